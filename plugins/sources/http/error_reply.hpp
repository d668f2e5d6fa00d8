#pragma once

#include <string>

namespace http_source {

/// What an error reply says: the `detail` of a JSON object, else the body's own beginning.
std::string detail_of(const std::string& body);

/// Whether `text` contains `part`, accents and case aside: "Ya se recolectó … mínima necesaria" contains "minima
/// necesaria".
bool contains_loosely(const std::string& text, const std::string& part);

}  // namespace http_source
