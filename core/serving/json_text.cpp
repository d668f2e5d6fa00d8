#include "json_text.hpp"

#include "base/json_writer.hpp"

namespace veleta {

const char* type_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::object: return "an object";
    case json::kind::array: return "a list";
    case json::kind::string: return "a string";
    case json::kind::bool_: return "a boolean";
    case json::kind::null: return "null";
    default: return "a number";
  }
}

std::string to_text(const json::value& value) { return JsonWriter().value(value).take(); }

}  // namespace veleta
