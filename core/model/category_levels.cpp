#include "category_levels.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace veleta {

Levels::Levels(const std::vector<std::string>& labels, bool has_missing) : has_missing_(has_missing) {
  for (const std::string& label : labels) dictionary_.code_of(label);
}

std::vector<int32_t> Levels::of_rows(const Column& column) const {
  const int32_t missing = has_missing_ ? static_cast<int32_t>(dictionary_.size()) : kOther;
  return by_label(column, missing, [this](const std::string& label) { return level_of(label); });
}

/// A boolean is "true" where it comes from JSON, and "True" or "TRUE" where pandas or a spreadsheet wrote it into CSV.
int32_t Levels::level_of(const std::string& label) const {
  static constexpr std::array<std::array<std::string_view, 3>, 2> kSpellings{
      {{"true", "True", "TRUE"}, {"false", "False", "FALSE"}}};
  if (const int32_t level = dictionary_.find(label); level != kOther) return level;
  for (const auto& spellings : kSpellings) {
    if (std::ranges::find(spellings, label) == spellings.end()) continue;
    for (const std::string_view spelling : spellings)
      if (const int32_t level = dictionary_.find(spelling); level != kOther) return level;
  }
  return kOther;
}

void Levels::write_to(json::object& object) const {
  json::array labels;
  labels.reserve(dictionary_.size());
  for (const std::string& label : dictionary_.labels()) labels.emplace_back(label);
  object["levels"] = std::move(labels);
  object["missing"] = has_missing_;
}

Levels Levels::read_from(const json::object& object) {
  std::vector<std::string> labels;
  for (const auto& label : object.at("levels").as_array()) labels.emplace_back(label.as_string());
  if (std::adjacent_find(labels.begin(), labels.end(), std::greater_equal<>()) != labels.end())
    throw Error(ErrorCode::kBadData, "the levels of a category must be in order, each once");
  return {labels, object.at("missing").as_bool()};
}

LevelChoice choose_levels(const Column& column, const TrainingRows& rows) {
  std::vector<size_t> counts(column.dictionary.size());
  size_t missing_count = 0, kept_count = 0;
  for (const uint32_t row : rows.order) {
    const int32_t code = column.codes[row];
    ++(code < 0 ? missing_count : counts[static_cast<size_t>(code)]);
  }
  const size_t least = std::max<size_t>(rows.options.min_level_rows, 1);
  std::vector<std::string> labels;
  for (size_t code = 0; code < counts.size(); ++code)
    if (counts[code] >= least) {
      labels.push_back(column.dictionary.label(static_cast<int32_t>(code)));
      kept_count += counts[code];
    }
  std::ranges::sort(labels);
  const bool has_missing = missing_count >= least;
  if (has_missing) kept_count += missing_count;
  return {Levels(labels, has_missing), kept_count < rows.order.size()};
}

}  // namespace veleta
