#include "run_context.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "batch_target.hpp"
#include "rows.hpp"

namespace veleta {

namespace {

constexpr uint64_t kValidationSeed = 1;
constexpr uint64_t kSampleSeed = 2;

Champion load_champion(ModelVersion version, Registry& registry, PluginHost& plugins) {
  Champion champion;
  champion.bundle = Bundle::open(parts_from_files(registry.version_files(version, kBundleFolder)), plugins);
  const json::object& notes = champion.bundle->parts().notes;
  champion.metrics = metrics_from_json(notes.at("metrics").as_object());
  champion.holdout_share = number_or_nan(notes, "holdout_share");
  champion.version = std::move(version);
  return champion;
}

/// The newest clean batches, as many as the window takes, in the order taken.
std::vector<std::string> window_batches(Store& store, const PipelineConfig& config) {
  std::vector<std::string> ids;
  for (const auto& batch : store.list_batches(config.pipeline.name))
    if (batch.state == BatchState::kClean) ids.push_back(batch.id);
  const auto limit = static_cast<size_t>(config.train.window_batches);
  if (limit > 0 && ids.size() > limit) ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(limit));
  return ids;
}

bool is_named(const std::string& column, const ColumnRules& rules) {
  return std::ranges::any_of(std::array{&rules.numeric, &rules.categorical, &rules.date},
                             [&](const auto* names) { return std::ranges::find(*names, column) != names->end(); });
}

/// A column inferred from no value: whatever comes later is a category's label, where a text would be no number.
void take_empty_for_categories(ReadResult& inferred, const ColumnRules& rules) {
  for (Column& column : inferred.table.columns) {
    if (column.type == ColumnType::kCategory || column.missing_count() < column.size() || is_named(column.name, rules))
      continue;
    column.codes.assign(column.size(), -1);
    column.numbers = {};
    column.type = ColumnType::kCategory;
  }
  inferred.schema = schema_of(inferred.table);
}

double second_fraction(uint64_t hash, uint64_t seed) {
  return hash_fraction(hash64({reinterpret_cast<const char*>(&hash), sizeof hash}, seed));
}

/// Splits the rows that have a target. A row's side depends on its content alone.
void split(TrainingWindow& window, const PipelineConfig::Train& rules) {
  std::vector<size_t> others;
  for (size_t row = 0; row < window.hashes.size(); ++row) {
    if (window.target[row] != window.target[row]) continue;
    if (hash_fraction(window.hashes[row]) < rules.holdout_share)
      window.holdout.push_back(row);
    else
      others.push_back(row);
  }
  double kept_share = 1;
  if (rules.max_rows > 0 && others.size() > static_cast<size_t>(rules.max_rows))
    kept_share = static_cast<double>(rules.max_rows) / static_cast<double>(others.size());
  for (const size_t row : others) {
    if (kept_share < 1 && second_fraction(window.hashes[row], kSampleSeed) >= kept_share) continue;
    const bool validates = second_fraction(window.hashes[row], kValidationSeed) < rules.validation_share;
    (validates ? window.validation : window.train).push_back(row);
  }
}

}  // namespace

RunContext::RunContext(const PipelineConfig& config, Store& store, Registry& registry, PluginHost& plugins,
                       const RunOptions& options, RunRecord run)
    : config(config), store(store), registry(registry), plugins(plugins), options(options), run(std::move(run)) {}

std::filesystem::path RunContext::folder_of(const std::string& run_id) const {
  // Names may share an identifier, and pipelines of one name may keep their history in different stores.
  const auto folder_name = [](const std::string& name, uint64_t seed) {
    return fmt::format("{}-{:016x}", identifier(name).substr(0, 100), hash64(name, seed));
  };
  return options.work_folder / folder_name(config.pipeline.name, hash64(without_secrets(config.store_uri))) /
         folder_name(run_id, 0);
}

void RunContext::report(const std::string& step, double fraction, const std::string& message) const {
  if (options.progress) options.progress({step, fraction, message, false});
}

void RunContext::check_cancelled() const {
  if (options.is_cancelled && options.is_cancelled()) throw Error(ErrorCode::kCancelled, "the run was cancelled");
}

PluginServices RunContext::services(const std::string& step) const {
  PluginServices services;
  services.log = [](int level, const std::string& message) { log(static_cast<LogLevel>(level), message); };
  services.progress = [this, step](double fraction, const std::string& what) { report(step, fraction, what); };
  services.is_cancelled = options.is_cancelled;
  return services;
}

const BatchRecord& RunContext::batch() {
  if (!batch_) {
    batch_ = store.find_batch(config.pipeline.name, text_or_empty(output("ingest"), "batch_id"));
    if (!batch_) throw Error(ErrorCode::kInternal, "the store has lost the batch of run " + run.id);
  }
  return *batch_;
}

const ReadResult& RunContext::batch_rows() {
  if (!batch_rows_) batch_rows_ = read_payload(store, batch(), config, store.schema(config.pipeline.name));
  return *batch_rows_;
}

const Champion* RunContext::champion() {
  if (!champion_known_) {
    if (auto version = registry.version_by_alias(config.pipeline.name, kProductionAlias))
      champion_ = load_champion(std::move(*version), registry, plugins);
    champion_known_ = true;
  }
  return champion_ ? &*champion_ : nullptr;
}

void RunContext::use_champion(std::optional<int> version) {
  champion_.reset();
  holdout_.reset();
  if (version) champion_ = load_champion(registry.get_version(config.pipeline.name, *version), registry, plugins);
  champion_known_ = true;
}

const Findings& RunContext::findings() {
  if (!findings_) findings_ = find_changes(*this);
  return *findings_;
}

/// The run's own batch, which comes last, need not be read back while it is at hand as it went into CLEAN.
Table RunContext::window_rows(std::vector<std::string> batch_ids) {
  const bool is_first_time = options.batch_id.empty();  // a batch judged again is clean as it was read then
  const bool has_own = is_first_time && batch_rows_ && !batch_ids.empty() && batch_ids.back() == run.batch_id;
  if (has_own) batch_ids.pop_back();
  Table rows = store.read_clean(config.pipeline.name, batch_ids);
  if (has_own) rows.append(batch_rows_->table);
  return rows;
}

TrainingWindow& RunContext::window() {
  if (!window_) {
    auto window = std::make_unique<TrainingWindow>();
    // What was prepared stays the window of this run, whatever other runs add.
    window->batch_ids =
        outputs.contains("prepare") ? texts(output("prepare").at("batches")) : window_batches(store, config);
    window->table = window_rows(window->batch_ids);
    window->hashes = row_hashes(window->table);
    window->target = target_spec(config, window->table).values(window->table);
    split(*window, config.train);
    window_ = std::move(window);
  }
  return *window_;
}

HoldoutRows& RunContext::holdout() {
  if (!holdout_) {
    const std::vector<size_t> rows = unseen_rows(window(), champion());
    holdout_ = HoldoutRows{window().table.select(rows), pick(window().target, rows)};
  }
  return *holdout_;
}

ReadResult read_payload(Store& store, const BatchRecord& batch, const PipelineConfig& config,
                        const std::optional<Schema>& schema) {
  ReadOptions options{config.columns, schema, batch.rows_pointer};
  const auto bytes = gunzip_if_needed(store.blobs().open(batch.payload.digest));
  ReadResult rows = batch.format == "csv" ? read_csv(*bytes, options) : read_json_rows(*bytes, options);
  if (!schema && rows.table.row_count() > 0) take_empty_for_categories(rows, config.columns);
  return rows;
}

TargetSpec target_spec(const PipelineConfig& config, const Table& table) {
  const Column& column = table.at(config.pipeline.target);
  TargetSpec spec;
  spec.column = column.name;
  if (config.pipeline.task == "regression") {
    if (column.type != ColumnType::kNumber)
      throw UnfitTarget(
          fmt::format("target '{}' is a {} column; regression needs numbers", column.name, to_string(column.type)));
    spec.transform = config.pipeline.transform == "log" ? TargetTransform::kLog : TargetTransform::kNone;
    return spec;
  }
  spec.task = Task::kBinary;
  const std::set<std::string> labels = distinct_labels(column, 3);
  if (labels.size() != 2)
    throw UnfitTarget(fmt::format("target '{}' has {}; classification needs exactly 2", column.name,
                                  labels.size() > 2    ? "more than 2 labels"
                                  : labels.size() == 1 ? fmt::format("one label, '{}'", *labels.begin())
                                                       : "no label"));
  spec.positive = config.pipeline.positive.empty() ? *labels.rbegin() : config.pipeline.positive;
  if (!labels.contains(spec.positive))
    throw UnfitTarget(fmt::format("target '{}' has no label '{}', which pipeline.positive names; it has {}",
                                  column.name, spec.positive, fmt::join(labels, ", ")));
  spec.negative = *labels.begin() == spec.positive ? *labels.rbegin() : *labels.begin();
  return spec;
}

std::vector<std::string> texts(const json::value& array) {
  std::vector<std::string> result;
  for (const auto& item : array.as_array()) result.emplace_back(item.as_string());
  return result;
}

json::array to_json_array(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::object to_json(const Metrics& metrics) {
  json::object object;
  for (const auto& [name, value] : metrics) object[name] = number_or_null(value);
  return object;
}

Metrics metrics_from_json(const json::object& object) {
  Metrics metrics;
  for (const auto& [name, value] : object) metrics[name] = number_or_nan(object, name);
  return metrics;
}

}  // namespace veleta
