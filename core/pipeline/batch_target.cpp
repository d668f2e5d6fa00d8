#include "batch_target.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <vector>

#include "base/text.hpp"

namespace veleta {

namespace {

constexpr size_t kLongestLabel_bytes = 60;
/// A column with more is no class.
constexpr size_t kMostLabels = 20;
constexpr size_t kToldLabels = 4;

/// Rows of one kind.
struct RowTally {
  size_t count = 0;
  size_t first = 0;

  void add(size_t row) {
    if (count++ == 0) first = row;
  }
};

using LabelTallies = std::map<std::string, RowTally>;

std::string rows_have(size_t count) {
  return fmt::format("{} row{}", with_thousands(static_cast<double>(count)), count == 1 ? " has" : "s have");
}

std::string quoted(const std::string& label) { return fmt::format("'{}'", clipped(label, kLongestLabel_bytes)); }

LabelTallies tally(const Column& column) {
  LabelTallies labels;
  for (size_t row = 0; row < column.size() && labels.size() <= kMostLabels; ++row)
    if (!column.is_missing(row)) labels[column.text(row)].add(row);
  return labels;
}

/// "'Yes' (row 17), 'no' (400 rows, from row 0) and 2 more": the rarest first, for they are the odd ones.
std::string told(const LabelTallies& labels) {
  std::vector<std::pair<std::string, RowTally>> sorted(labels.begin(), labels.end());
  std::ranges::stable_sort(sorted, {}, [](const auto& label) { return label.second.count; });
  std::vector<std::string> parts;
  for (const auto& [label, rows] : sorted) {
    if (parts.size() == kToldLabels) break;
    parts.push_back(rows.count == 1 ? fmt::format("{} (row {})", quoted(label), rows.first)
                                    : fmt::format("{} ({} rows, from row {})", quoted(label),
                                                  with_thousands(static_cast<double>(rows.count)), rows.first));
  }
  if (labels.size() > kMostLabels) return join(parts, ", ") + ", …";  // the others were not counted
  const size_t more = labels.size() - parts.size();
  return join(parts, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
}

/// Labels that are neither of the two.
std::optional<Reason> strangers(const std::string& target, const LabelTallies& labels,
                                const std::set<std::string>& expected) {
  LabelTallies found = labels;
  std::erase_if(found, [&](const auto& label) { return expected.contains(label.first); });
  if (found.empty()) return std::nullopt;
  return Reason{"target_label", fmt::format("the target '{}' is {} or {}, and the batch also has {}", target,
                                            quoted(*expected.begin()), quoted(*expected.rbegin()), told(found))};
}

std::optional<Reason> label_problem(const std::string& target, const std::string& positive, const LabelTallies& labels,
                                    std::set<std::string> expected) {
  if (expected.size() < 2 && !positive.empty()) expected.insert(positive);
  if (expected.size() == 2) return strangers(target, labels, expected);
  if (expected.size() > 2) return std::nullopt;
  if (!positive.empty() && labels.size() == 2 && !labels.contains(positive))
    return Reason{"target_label", fmt::format("the target '{}' has no label {}, which pipeline.positive names; it has "
                                              "{}",
                                              target, quoted(positive), told(labels))};
  for (const auto& [label, rows] : labels) expected.insert(label);
  if (expected.size() <= 2) return std::nullopt;
  return Reason{"target_label",
                fmt::format("the target '{}' has {} labels, and classification needs exactly 2: {}", target,
                            labels.size() > kMostLabels ? fmt::format("more than {}", kMostLabels)
                                                        : std::to_string(expected.size()),
                            told(labels))};
}

/// Values that the log transform does not take.
std::optional<Reason> negative_values(const Column& target) {
  RowTally below;
  double least = 0;
  for (size_t row = 0; row < target.size(); ++row) {
    if (!(target.numbers[row] < 0)) continue;
    below.add(row);
    least = std::min(least, target.numbers[row]);
  }
  if (below.count == 0) return std::nullopt;
  return Reason{"target_range", fmt::format("{} a {} below 0, which the log transform does not take: the least is {}, "
                                            "the first {} in row {}",
                                            rows_have(below.count), target.name, format_number(least),
                                            format_number(target.numbers[below.first]), below.first)};
}

std::optional<Reason> regression_problem(const Column& target, const PipelineConfig& config) {
  if (target.type != ColumnType::kNumber)
    return Reason{
        "target_type",
        fmt::format("the target '{}' is a {} column since the first batch, and regression needs numbers: give "
                    "the pipeline another name (pipeline.name) to begin anew",
                    target.name, to_string(target.type))};
  return config.pipeline.transform == "log" ? negative_values(target) : std::nullopt;
}

}  // namespace

std::optional<Reason> target_problem(const Column& target, const PipelineConfig& config,
                                     const std::set<std::string>& known_labels) {
  if (config.pipeline.task == "regression") return regression_problem(target, config);
  return label_problem(target.name, config.pipeline.positive, tally(target), known_labels);
}

std::set<std::string> distinct_labels(const Column& column, size_t most) {
  std::set<std::string> labels;
  for (size_t row = 0; row < column.size() && labels.size() < most; ++row)
    if (!column.is_missing(row)) labels.insert(column.text(row));
  return labels;
}

}  // namespace veleta
