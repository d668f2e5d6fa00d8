#pragma once

#include <string>

#include "drift_output.hpp"

namespace veleta {

/// One HTML file with its own style and pictures, for light and dark screens: the sentence, a table, then a card for
/// each column, the worst first. It loads and runs nothing, and is told to be kept from doing so; texts that come from
/// the data stay texts.
std::string drift_page(const ToldDrift& drift);

}  // namespace veleta
