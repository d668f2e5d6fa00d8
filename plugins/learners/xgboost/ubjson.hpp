#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xgboost_plugin {

/// A value of Universal Binary JSON, as far as XGBoost writes it. Numbers are kept as doubles, which hold each of its
/// floats and 32-bit integers exactly; an array of numbers of one type is `numbers`, any other array is `items`.
struct Ubjson {
  enum class Kind { kNull, kBoolean, kNumber, kText, kNumbers, kItems, kObject };

  Kind kind = Kind::kNull;
  double number = 0;  ///< also a boolean: 0 or 1
  std::string text;
  std::vector<double> numbers;
  std::vector<Ubjson> items;
  std::map<std::string, Ubjson, std::less<>> members;

  /// The member at a path such as "learner/objective/name". Throws kBadData if there is none.
  const Ubjson& at(std::string_view path) const;
  /// The content, where it is of that kind. Throw kBadData otherwise.
  const std::string& as_text() const;
  const std::vector<double>& as_numbers() const;
  const std::vector<Ubjson>& as_items() const;
};

/// Parses one whole document (ubjson.org draft 12, and 64-bit lengths as XGBoost writes them). Throws kBadData.
Ubjson parse_ubjson(std::string_view bytes);

}  // namespace xgboost_plugin
