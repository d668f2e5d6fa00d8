#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "random.hpp"

namespace veleta::data_api {

/// `count` different names for the cities of a state: its real ones where the state has few, else made of the usual
/// parts, so that a name occurs in several states, as Springfield does.
std::vector<std::string> city_names(std::string_view state, size_t count, Random& random);

}  // namespace veleta::data_api
