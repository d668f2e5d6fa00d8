#include "counted_labels.hpp"

#include <algorithm>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <cstdint>

namespace veleta {

namespace {

/// A label with what orders it, side by side: most comparisons then need no look at the text itself.
struct CountedLabel {
  uint64_t rarity;     ///< the count's bits inverted: of numbers that are not negative, they order as the numbers do
  uint64_t beginning;  ///< the first 8 bytes, as a number that orders as they do
  const std::string* label;

  CountedLabel(double count, const std::string& text)
      : rarity(~std::bit_cast<uint64_t>(count)), beginning(0), label(&text) {
    for (size_t i = 0; i < 8; ++i) beginning = beginning << 8 | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
  }
  double count() const { return std::bit_cast<double>(~rarity); }
  /// Without a branch, which nobody could foresee.
  static bool is_before(const CountedLabel& one, const CountedLabel& other) {
    return (one.rarity < other.rarity) | ((one.rarity == other.rarity) & (one.beginning < other.beginning));
  }
  bool is_level_with(const CountedLabel& other) const { return rarity == other.rarity && beginning == other.beginning; }
};

/// Most frequent first, ties in the order of the labels.
void sort(std::vector<CountedLabel>& counted) {
  boost::sort::pdqsort_branchless(counted.begin(), counted.end(), CountedLabel::is_before);
  for (auto from = counted.begin(); from != counted.end();) {
    const auto to =
        std::find_if_not(from + 1, counted.end(), [&](const auto& each) { return each.is_level_with(*from); });
    if (to - from > 1)
      std::sort(from, to, [](const auto& one, const auto& other) { return *one.label < *other.label; });
    from = to;
  }
}

}  // namespace

double& CountedLabels::count_of(const std::string& label) {
  const auto code = static_cast<size_t>(dictionary_.code_of(label));
  if (code >= counts_.size()) counts_.resize(code + 1);
  return counts_[code];
}

void CountedLabels::add(const Column& column) {
  std::vector<size_t> rows_of_code(column.dictionary.size());
  for (const int32_t code : column.codes)
    if (code >= 0) ++rows_of_code[static_cast<size_t>(code)];
  if (dictionary_.size() == 0) {  // the usual case of one piece: no label is looked up
    dictionary_ = column.dictionary;
    counts_.assign(rows_of_code.begin(), rows_of_code.end());
    return;
  }
  for (size_t code = 0; code < rows_of_code.size(); ++code)
    if (rows_of_code[code] > 0) count_of(column.dictionary.labels()[code]) += static_cast<double>(rows_of_code[code]);
}

void CountedLabels::add(const std::vector<std::string>& labels, const std::vector<double>& counts) {
  for (size_t i = 0; i < labels.size(); ++i) count_of(labels[i]) += counts[i];
}

void CountedLabels::write(std::vector<std::string>& labels, std::vector<double>& counts) const {
  std::vector<CountedLabel> counted;
  counted.reserve(counts_.size());
  for (size_t code = 0; code < counts_.size(); ++code)
    if (counts_[code] > 0) counted.emplace_back(counts_[code], dictionary_.labels()[code]);
  sort(counted);
  labels.reserve(counted.size());
  counts.reserve(counted.size());
  for (const CountedLabel& level : counted) {
    labels.push_back(*level.label);
    counts.push_back(level.count());
  }
}

}  // namespace veleta
