#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/log.hpp"
#include "base/text.hpp"
#include "batch_target.hpp"
#include "later_columns.hpp"
#include "pipeline/decision.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

/// "a, b, c and 2 more": the columns that the batch brought.
std::string columns_found(const ReadResult& read) {
  static constexpr size_t kTold = 12;
  const ReadReport& report = read.report;
  std::vector<std::string> names;
  for (const auto& name : read.schema.names())
    if (std::ranges::find(report.missing_columns, name) == report.missing_columns.end()) names.push_back(name);
  names.insert(names.end(), report.unexpected_columns.begin(), report.unexpected_columns.end());
  if (names.empty()) return "none";
  const size_t rest = names.size() - std::min(names.size(), kTold);
  names.resize(names.size() - rest);
  return join(names, ", ") + (rest > 0 ? fmt::format(" and {} more", rest) : "");
}

/// Looks a batch over. What stands in the way of training on it is a problem; the rest is worth a warning.
class Inspection {
 public:
  /// `later_columns`: those that the batch is not held to.
  Inspection(const ReadResult& read, const PipelineConfig& config, const std::vector<std::string>& later_columns)
      : read_(read), config_(config), later_columns_(later_columns) {
    inspect_columns();
    if (read.table.row_count() == 0) {
      problems.push_back({"empty", "the batch has no rows"});
      return;
    }
    inspect_cells();
    inspect_rows();
    if (read.table.find(config.pipeline.target)) inspect_target();
  }

  std::vector<Reason> problems;
  std::vector<Reason> warnings;
  /// True for problems of content, for which the rows must not enter CLEAN.
  bool unsound = false;
  /// Columns with more missing cells than validate.max_missing_share, and their share.
  std::vector<std::pair<std::string, double>> missing_shares;

 private:
  template <typename... Args>
  void refuse(const char* code, fmt::format_string<Args...> format, Args&&... args) {
    problems.push_back({code, fmt::format(format, std::forward<Args>(args)...)});
    unsound = true;
  }

  void inspect_columns() {
    const ReadReport& report = read_.report;
    if (!later_columns_.empty())
      warnings.push_back({"later_column", "the batch is older than columns: " + join(later_columns_, ", ")});
    for (const auto& name : report.missing_columns) {
      if (came_later(name)) continue;
      const auto renamed = nearest(name, report.unexpected_columns);
      const std::string hint = renamed ? fmt::format(" (was it renamed to '{}'?)", *renamed)
                               : report.unexpected_columns.size() == 1
                                   ? fmt::format(" ('{}' is new)", report.unexpected_columns[0])
                                   : "";
      if (name == config_.pipeline.target)
        refuse("missing_column", "the target column '{}' is gone; the batch has {}{}", name, columns_found(read_),
               hint);
      else
        refuse("missing_column", "column '{}' is gone{}", name, hint);
    }
    if (report.missing_columns.empty() && !report.unexpected_columns.empty())
      warnings.push_back({"new_column", "new columns: " + join(report.unexpected_columns, ", ")});
    if (report.truncated_last_line) warnings.push_back({"truncated_line", "the last line was cut off and is left out"});
    if (!read_.schema.find(config_.pipeline.target)) {
      const auto meant = nearest(config_.pipeline.target, read_.schema.names());
      refuse("no_target", "the batch has no target column '{}'; it has {}{}", config_.pipeline.target,
             columns_found(read_), meant ? fmt::format(" (did you mean '{}'?)", *meant) : "");
    }
  }

  void inspect_cells() {
    const double rows = static_cast<double>(read_.table.row_count());
    for (const auto& issue : read_.report.retyped) {
      const double share = static_cast<double>(issue.retyped_count) / rows;
      const std::string found = fmt::format("{:.1f} % of column '{}' are not of type {}: the first is '{}' in row {}",
                                            share * 100, issue.name, to_string(read_.schema.find(issue.name)->type),
                                            issue.retyped_example, issue.retyped_row);
      if (share > config_.validate.max_retyped_share)
        refuse("retyped_column", "{}", found);
      else
        warnings.push_back({"retyped_cells", found});
    }
    for (const auto& column : read_.table.columns) {
      if (came_later(column.name)) continue;
      const size_t missing_count = column.missing_count() - retyped_count(column.name);  // those are told already
      const double share = static_cast<double>(missing_count) / rows;
      if (share > config_.validate.max_missing_share) missing_shares.emplace_back(column.name, share);
    }
  }

  bool came_later(const std::string& name) const {
    return std::ranges::find(later_columns_, name) != later_columns_.end();
  }

  size_t retyped_count(const std::string& name) const {
    const auto& retyped = read_.report.retyped;
    const auto issue = std::ranges::find(retyped, name, &ColumnIssues::name);
    return issue == retyped.end() ? 0 : issue->retyped_count;
  }

  void inspect_rows() {
    const size_t rows = read_.table.row_count();
    if (static_cast<int64_t>(rows) < config_.validate.min_rows)
      problems.push_back(
          {"too_small", fmt::format("the batch has {} rows, {} are needed", with_thousands(static_cast<double>(rows)),
                                    with_thousands(static_cast<double>(config_.validate.min_rows)))});
    std::unordered_set<uint64_t> distinct;
    for (const uint64_t hash : row_hashes(read_.table)) distinct.insert(hash);
    const double share = 1 - static_cast<double>(distinct.size()) / static_cast<double>(rows);
    if (share > config_.validate.max_duplicate_share)
      refuse("duplicates", "{:.0f} % of the rows repeat an earlier one, {:.0f} % are allowed", share * 100,
             config_.validate.max_duplicate_share * 100);
    else if (share > 0.01)
      warnings.push_back({"duplicates", fmt::format("{:.1f} % of the rows repeat an earlier one", share * 100)});
  }

  void inspect_target() {
    const Column& target = read_.table.at(config_.pipeline.target);
    if (target.type != ColumnType::kNumber) return;
    size_t below = 0, above = 0;
    const auto& rules = config_.validate;
    for (const double value : target.numbers) {
      below += rules.min_target && value < *rules.min_target;
      above += rules.max_target && value > *rules.max_target;
    }
    if (below > 0)
      refuse("target_range", "{} rows have a {} below {}", with_thousands(static_cast<double>(below)), target.name,
             format_number(*rules.min_target));
    if (above > 0)
      refuse("target_range", "{} rows have a {} above {}", with_thousands(static_cast<double>(above)), target.name,
             format_number(*rules.max_target));
  }

  const ReadResult& read_;
  const PipelineConfig& config_;
  const std::vector<std::string>& later_columns_;
};

/// A column that is mostly missing is a problem, unless the data has always been so.
void judge_missing(Inspection& inspection, RunContext& context) {
  const Champion* champion = context.champion();
  for (const auto& [name, share] : inspection.missing_shares) {
    const ColumnProfile* before = champion ? champion->bundle->parts().profile.find(name) : nullptr;
    const double total = before ? before->row_count + before->missing_count : 0;
    const double usual = before && total > 0 ? (before->missing_count - before->wrong_type_count) / total : 0;
    const std::string found =
        fmt::format("{:.0f} % of column '{}' are missing ({:.0f} % were when the production model was trained)",
                    share * 100, name, usual * 100);
    const bool always_so = !champion && name != context.config.pipeline.target;
    if (always_so || usual > context.config.validate.max_missing_share)
      inspection.warnings.push_back({"missing", found});
    else {
      inspection.problems.push_back({"missing", found});
      inspection.unsound = true;
    }
  }
}

/// Of the production model; without one, of the batches before.
std::set<std::string> known_labels(RunContext& context) {
  const PipelineConfig::Pipeline& pipeline = context.config.pipeline;
  if (const Champion* champion = context.champion()) {
    const TargetSpec& spec = champion->bundle->parts().target;
    if (spec.column == pipeline.target && spec.task == Task::kBinary) return {spec.negative, spec.positive};
  }
  std::set<std::string> labels;
  for (const auto& batch : context.store.list_batches(pipeline.name)) {
    if (batch.state != BatchState::kClean || batch.id == context.batch().id) continue;
    const Table rows = context.store.read_clean(pipeline.name, {batch.id});
    if (const Column* target = rows.find(pipeline.target)) labels.merge(distinct_labels(*target, 3));
    if (labels.size() >= 2) break;
  }
  return labels;
}

void judge_target(Inspection& inspection, const Table& rows, RunContext& context) {
  const Column* target = rows.find(context.config.pipeline.target);
  if (!target) return;
  const bool has_labels = context.config.pipeline.task == "classification";
  const auto labels = has_labels ? known_labels(context) : std::set<std::string>{};
  if (const auto problem = target_problem(*target, context.config, labels)) {
    inspection.problems.push_back(*problem);
    inspection.unsound = true;
  }
}

/// Names in [columns] that the first batch does not know: later batches are held to its columns. The target is told of
/// apart.
void warn_of_unknown_names(Inspection& inspection, const ReadResult& first, const PipelineConfig& config) {
  const ColumnRules& rules = config.columns;
  std::vector<std::string> known = first.schema.names();
  known.insert(known.end(), first.report.ignored_columns.begin(), first.report.ignored_columns.end());
  for (const auto* names : {&rules.numeric, &rules.categorical, &rules.date, &rules.ignore})
    for (const auto& name : *names)
      if (name != config.pipeline.target && std::ranges::find(known, name) == known.end())
        inspection.warnings.push_back(
            {"unknown_name",
             fmt::format("[columns] names '{}', which the batch does not have.{}", name, did_you_mean(name, known))});
}

/// What the first batch leaves open is settled for good.
void warn_of_empty_columns(Inspection& inspection, const ReadResult& first, const ColumnRules& rules) {
  for (const auto& column : first.table.columns)
    if (column.type == ColumnType::kCategory && column.missing_count() == column.size() &&
        std::ranges::find(rules.categorical, column.name) == rules.categorical.end())
      inspection.warnings.push_back(
          {"empty_column", fmt::format("column '{}' has no value and is taken for categories: name it in [columns] "
                                       "before the first batch if it is one of numbers or dates",
                                       column.name)});
}

bool adapts_to_new_columns(const RunContext& context, const ReadResult& read) {
  return read.report.missing_columns.empty() && !read.report.unexpected_columns.empty() &&
         is_ground(context.config.retrain, "schema");
}

}  // namespace

json::object validate(RunContext& context) {
  std::vector<std::string> new_columns;
  if (adapts_to_new_columns(context, context.batch_rows())) {
    new_columns = context.batch_rows().report.unexpected_columns;
    read_new_columns(context, new_columns);
  }
  const ReadResult& read = context.batch_rows();
  const std::vector<std::string> came_later = later_columns(context);
  Inspection inspection(read, context.config, came_later);
  judge_missing(inspection, context);
  judge_target(inspection, read.table, context);
  if (!context.store.schema(context.config.pipeline.name)) {
    warn_of_unknown_names(inspection, read, context.config);
    warn_of_empty_columns(inspection, read, context.config.columns);
  }
  for (const auto& warning : inspection.warnings)
    log(LogLevel::kWarning, fmt::format("batch {}: {}", context.run.batch_id, warning.sentence));

  return {{"rows", read.table.row_count()},
          {"sound", !inspection.unsound && read.table.row_count() > 0},
          {"problems", to_json(inspection.problems)},
          {"warnings", to_json(inspection.warnings)},
          {"new_columns", to_json_array(new_columns)}};
}

}  // namespace veleta
