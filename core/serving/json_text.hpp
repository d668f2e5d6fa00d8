#pragma once

#include <string>

#include "base/json.hpp"

namespace veleta {

/// JSON in one line. Numbers are written in the shortest form that reads back equal (0.12, 601), NaN and infinity as
/// null. An object is copied to become a value, unless it is moved from.
std::string to_text(const json::value& value);

/// What a value is, for people: "an object", "a list", "a number".
const char* type_name(const json::value& value);

}  // namespace veleta
