#pragma once

#include <string>

#include "base/json.hpp"

namespace veleta {

/// JSON in one line, as JsonWriter writes it. An object is copied to become a value, unless it is moved from.
std::string to_text(const json::value& value);

/// What a value is, for people: "an object", "a list", "a number".
const char* type_name(const json::value& value);

}  // namespace veleta
