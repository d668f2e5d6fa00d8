#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "plugins/params.hpp"

namespace veleta {

/// The values of a section, by name.
class Values {
 public:
  explicit Values(ParamValues values) : values_(std::move(values)) {}
  double number(const char* name) const { return find(name).number; }
  /// Of a number whose default is none.
  std::optional<double> optional_number(const char* name) const {
    return std::isnan(number(name)) ? std::nullopt : std::optional(number(name));
  }
  int64_t integer(const char* name) const { return find(name).integer; }
  bool flag(const char* name) const { return find(name).integer != 0; }
  const std::string& text(const char* name) const { return find(name).text; }
  const std::vector<std::string>& list(const char* name) const { return find(name).items; }

 private:
  /// A required key that is missing has been complained of; its value does not matter.
  const ParamValue& find(const char* name) const {
    static const ParamValue kAbsent;
    const auto found =
        std::find_if(values_.begin(), values_.end(), [&](const auto& value) { return value.name == name; });
    return found == values_.end() ? kAbsent : *found;
  }
  ParamValues values_;
};

}  // namespace veleta
