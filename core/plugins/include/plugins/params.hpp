#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "veleta/abi.h"

namespace veleta {

/// The host's own copy of a parameter's description (veleta_param says what each member means).
struct ParamDescription {
  std::string name, doc, unit;
  int32_t type = VELETA_TEXT;
  bool required = false;
  double default_number = 0;  ///< NaN: none
  int64_t default_integer = 0;
  std::string default_text;
  std::vector<std::string> default_items;  ///< of a list; a plugin's are empty
  double minimum = 0, maximum = 0;         ///< NaN: unbounded
  std::vector<std::string> choices;

  explicit ParamDescription(const veleta_param& from);
  /// "number", "integer", "true or false", "text", "list of texts", "table".
  std::string type_name() const;
  /// "0 or more", "1 to 64", "one of: a, b"; empty where all is allowed.
  std::string range() const;
  /// The default as TOML writes it; "none" for a number without; empty for a required parameter.
  std::string default_toml() const;
};

/// One parameter's value, of the type its description has.
struct ParamValue {
  std::string name;
  int32_t type = VELETA_TEXT;
  double number = 0;
  int64_t integer = 0;
  std::string text;
  std::vector<std::string> items;  ///< a list's texts; a table's name, text, name, text, …

  bool operator==(const ParamValue&) const = default;
};

/// What is wrong with a value: "expected 0 or more, found -1.5"; empty where it fits the description.
std::string problem_with(const ParamDescription& param, const ParamValue& value);

/// A value for each described parameter.
using ParamValues = std::vector<ParamValue>;

/// The values if the user sets none. Required ones are left out.
ParamValues default_values(const std::vector<ParamDescription>& params);

/// For records and worker jobs: params_from_json(to_json(v)) == v. Throws kBadData.
json::value to_json(const ParamValues& values);
ParamValues params_from_json(const json::value& value);

}  // namespace veleta
