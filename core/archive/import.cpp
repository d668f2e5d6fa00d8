#include <fmt/format.h>
#include <algorithm>
#include <fstream>
#include <unordered_set>

#include "archive/archive.hpp"
#include "archive_folder.hpp"
#include "base/clock.hpp"
#include "base/digest.hpp"
#include "data/reader.hpp"
#include "record_json.hpp"
#include "table_bytes.hpp"

namespace veleta {

namespace {

constexpr size_t kInferencesAtOnce = 1000;
constexpr size_t kLabelsAtOnce = 1000;
constexpr const char* kLabels = "labels.jsonl";
/// When an imported version was made, in the registry that made it.
constexpr const char* kCreatedTag = "imported.created_at";

/// Requests of the inference log, by what tells them apart: a client may send one id twice, but not at one time.
class KnownRequests {
 public:
  KnownRequests(Store& store, const std::string& pipeline) {
    store.each_inference(pipeline, [&](const InferenceRecord& record) { keys_.insert(key_of(record)); });
  }
  bool contains(const InferenceRecord& record) const { return keys_.contains(key_of(record)); }

 private:
  static uint64_t key_of(const InferenceRecord& record) {
    return hash64(record.request_id, static_cast<uint64_t>(record.time_ms));
  }
  std::unordered_set<uint64_t> keys_;
};

/// The runs, models and files of the registry.
class RegistryImport {
 public:
  RegistryImport(const ArchiveReader& archive, const std::string& pipeline, Registry& registry, ArchiveCounts& counts,
                 const ArchiveProgress& progress)
      : archive_(archive), pipeline_(pipeline), registry_(registry), counts_(counts), progress_(progress) {
    for (const auto& name : archive_.list("versions"))
      if (name.ends_with("/version.json")) versions_.push_back(version_from_json(archive_.get_json(name), name));
    for (const auto& version : registry_.list_versions(pipeline_)) known_[version.version] = version;
    check_versions();
  }

  /// Gives the ids that the runs have in this registry, by those that they had in the other.
  std::map<std::string, std::string> bring() {
    for (const auto& name : archive_.list("tracking"))
      if (name.ends_with("/run.json")) bring_run(name.substr(0, name.size() - std::string_view("run.json").size()));
    for (const auto& version : versions_) bring_version(version);
    if (!has_moved_on()) bring_aliases();
    for (const auto& [id, run] : runs_to_end_) registry_.end_run(id, run.status, run.end_ms);
    return new_ids_;
  }

 private:
  /// The archive's versions are the next ones here, or are here already.
  void check_versions() const {
    int next = known_.empty() ? 1 : known_.rbegin()->first + 1;
    for (const auto& version : versions_) {
      const auto known = known_.find(version.version);
      if (known == known_.end() && version.version != next++)
        throw Error(ErrorCode::kConflict,
                    fmt::format("version {} of '{}' cannot be imported: the next version here is {}", version.version,
                                pipeline_, next - 1));
      if (known != known_.end() && tag_of(known->second.tags, "digest") != tag_of(version.tags, "digest"))
        throw Error(ErrorCode::kConflict, fmt::format("version {} of '{}' cannot be imported: another one is here",
                                                      version.version, pipeline_));
    }
  }

  void bring_run(const std::string& folder) {
    const TrackedRun run = tracked_run_from_json(archive_.get_json(folder + "run.json"), folder + "run.json");
    if (progress_) progress_("tracked run " + run.name);
    std::string key = tag_of(run.tags, kTrackingKeyTag);
    if (key.empty()) key = tag_of(run.tags, "veleta.run_id");  // runs of before have no other
    const TrackedRun here =
        registry_.create_run(run.experiment, key.empty() ? run.id : key, run.name, run.tags, run.start_ms);
    new_ids_[run.id] = here.id;
    if (here.status != "RUNNING") return;  // it was brought whole
    registry_.log_params(here.id, run.params);
    registry_.log_metrics(here.id, metrics_of(folder));
    registry_.log_inputs(here.id, run.inputs);
    const std::string artifacts = folder + "artifacts";
    for (const auto& name : archive_.list(artifacts))
      registry_.put_artifact(here.id, name.substr(artifacts.size() + 1), archive_.get(name));
    if (run.status != "RUNNING") runs_to_end_.emplace_back(here.id, run);
    ++counts_.tracked_runs;
  }

  std::vector<MetricPoint> metrics_of(const std::string& folder) const {
    std::vector<MetricPoint> points;
    const std::string name = folder + "metrics.json";
    const json::value listed = archive_.get_json(name);
    for (const auto& point : listed.as_array()) points.push_back(metric_point_from_json(point, name));
    return points;
  }

  std::map<std::string, std::string> files_of(const ModelVersion& version) const {
    const std::string folder = fmt::format("versions/{:06}/files", version.version);
    std::map<std::string, std::string> files;
    for (const auto& name : archive_.list(folder)) files[name.substr(folder.size() + 1)] = archive_.get(name);
    return files;
  }

  void bring_version(const ModelVersion& version) {
    const auto known = known_.find(version.version);
    if (known != known_.end()) {
      const ModelVersion& here = known->second;
      const bool is_told = std::includes(here.tags.begin(), here.tags.end(), version.tags.begin(), version.tags.end());
      if (here.description != version.description || !is_told)
        registry_.describe_version(pipeline_, version.version, version.description, version.tags);
      return;
    }
    if (progress_) progress_(fmt::format("version {} of {}", version.version, versions_.size()));
    auto tags = version.tags;
    tags.emplace(kCreatedTag, format_time(version.created_ms));
    const ModelVersion made =
        registry_.create_version(pipeline_, new_ids_.at(version.run_id), files_of(version), version.description, tags);
    if (made.version != version.version)
      throw Error(ErrorCode::kConflict, fmt::format("version {} of '{}' became version {}: somebody else adds versions",
                                                    version.version, pipeline_, made.version));
    ++counts_.versions;
  }

  /// Whether this registry has versions that the archive does not know: then its aliases are right, not the archive's.
  bool has_moved_on() const {
    return !known_.empty() && (versions_.empty() || known_.rbegin()->first > versions_.back().version);
  }

  void bring_aliases() {
    for (const auto& version : versions_)
      for (const auto& alias : version.aliases) {
        const auto current = registry_.version_by_alias(pipeline_, alias);
        const auto expected = current ? std::optional(current->version) : std::nullopt;
        if (expected != version.version && !registry_.move_alias(pipeline_, alias, version.version, expected))
          throw Error(ErrorCode::kConflict,
                      fmt::format("the alias '{}' of '{}' was moved by somebody else meanwhile", alias, pipeline_));
      }
  }

  const ArchiveReader& archive_;
  const std::string pipeline_;
  Registry& registry_;
  ArchiveCounts& counts_;
  const ArchiveProgress& progress_;
  std::vector<ModelVersion> versions_;  ///< of the archive, by number
  std::map<int, ModelVersion> known_;   ///< of the registry before
  std::map<std::string, std::string> new_ids_;
  std::vector<std::pair<std::string, TrackedRun>> runs_to_end_;
};

/// The value with ids of tracked runs replaced, wherever a record names one.
json::value with_new_ids(const json::value& value, const std::map<std::string, std::string>& new_ids) {
  if (const auto* array = value.if_array()) {
    json::array result;
    for (const auto& each : *array) result.push_back(with_new_ids(each, new_ids));
    return result;
  }
  if (const auto* object = value.if_object()) {
    json::object result;
    for (const auto& [key, each] : *object) {
      const bool names_run = key == "tracking_run" && each.is_string();
      const auto known = names_run ? new_ids.find(std::string(each.get_string())) : new_ids.end();
      result[key] = known == new_ids.end() ? with_new_ids(each, new_ids) : json::value(known->second);
    }
    return result;
  }
  return value;
}

/// The runs, batches, inferences and labels of the store.
class StoreImport {
 public:
  StoreImport(const ArchiveReader& archive, const std::string& pipeline, Store& store, ArchiveCounts& counts,
              const ArchiveProgress& progress)
      : archive_(archive), pipeline_(pipeline), store_(store), counts_(counts), progress_(progress) {
    check_batches();
  }

  void bring(const std::map<std::string, std::string>& new_ids) {
    for (const auto& name : archive_.list("runs")) bring_run(name, new_ids);
    for (const auto& name : archive_.list("batches")) bring_batch(name);
    bring_inferences();
    bring_labels();
    if (archive_.about().at("source_unsure").as_bool()) store_.set_source_unsure(pipeline_, true);
  }

 private:
  /// The batches here are the archive's, as far as both have one in a place.
  void check_batches() const {
    std::map<int64_t, BatchRecord> known;
    for (const auto& batch : store_.list_batches(pipeline_)) known[batch.ordinal] = batch;
    for (const auto& name : archive_.list("batches")) {
      const BatchRecord batch = batch_from_json(archive_.get_json(name), name);
      const auto here = known.find(batch.ordinal);
      if (here == known.end() || (here->second.id == batch.id && here->second.run_id == batch.run_id &&
                                  here->second.payload.digest == batch.payload.digest))
        continue;
      throw Error(ErrorCode::kConflict,
                  fmt::format("the archive is of another history of '{}': its batch number {} is '{}' of run {}, the "
                              "store's '{}' of run {}",
                              pipeline_, batch.ordinal, batch.id, batch.run_id, here->second.id, here->second.run_id));
    }
  }

  void bring_run(const std::string& name, const std::map<std::string, std::string>& new_ids) {
    const json::value record = with_new_ids(archive_.get_json(name), new_ids);
    const RunRecord run = run_from_json(record.at("run"), name);
    std::vector<StepRecord> steps;
    for (const auto& step : record.at("steps").as_array()) steps.push_back(step_from_json(step, name));
    std::optional<DecisionRecord> decision;
    if (!record.at("decision").is_null()) decision = decision_from_json(record.at("decision"), name);
    if (!store_.find_run(run.id)) ++counts_.runs;
    store_.restore_run(run, steps, decision);
  }

  void bring_batch(const std::string& name) {
    const BatchRecord batch = batch_from_json(archive_.get_json(name), name);
    if (progress_) progress_("batch " + batch.id);
    const auto known = store_.find_batch(pipeline_, batch.id);
    if (!store_.blobs().contains(batch.payload.digest)) bring_payload(batch.payload.digest);
    store_.restore_batch(batch);
    if (!known) ++counts_.batches;
    if (batch.state != BatchState::kClean || (known && known->state == BatchState::kClean)) return;
    const std::string rows_name = fmt::format("clean/{:06}.table", batch.ordinal);
    const Table rows = table_from_bytes(archive_.get(rows_name), rows_name);
    store_.write_clean(pipeline_, batch.id, rows);
    counts_.clean_rows += static_cast<int64_t>(rows.row_count());
  }

  void bring_payload(const std::string& digest) {
    const auto from = open_file(archive_.path("payloads/" + digest).string());
    const auto to = store_.blobs().create();
    std::string block(size_t{1} << 18, '\0');
    while (const size_t count = from->read(block.data(), block.size())) to->write({block.data(), count});
    if (to->commit().digest != digest)
      throw Error(ErrorCode::kBadData, fmt::format("the payload {} of the archive is another one", digest));
  }

  /// A request's rows stand together, and go into the store together: what is there of it is all of it.
  void bring_inferences() {
    const KnownRequests known(store_, pipeline_);
    std::ifstream file(archive_.path("inferences.jsonl"), std::ios::binary);
    std::vector<InferenceRecord> waiting;
    std::string line;
    while (std::getline(file, line)) {
      InferenceRecord record = inference_from_json(parse_json(line, "inferences.jsonl"), "inferences.jsonl");
      if (known.contains(record)) continue;
      const bool is_next_request = !waiting.empty() && waiting.back().request_id != record.request_id;
      if (is_next_request && waiting.size() >= kInferencesAtOnce) append(waiting);
      waiting.push_back(std::move(record));
    }
    append(waiting);
  }

  void append(std::vector<InferenceRecord>& records) {
    store_.append_inferences(records);
    counts_.inferences += static_cast<int64_t>(records.size());
    records.clear();
  }

  void bring_labels() {
    if (!archive_.contains(kLabels)) return;  // written before archives had them
    std::ifstream file(archive_.path(kLabels), std::ios::binary);
    std::vector<KeptLabel> waiting;
    std::string line;
    for (int64_t number = 1; std::getline(file, line); ++number) {
      const std::string what = fmt::format("{}, line {}", kLabels, number);
      waiting.push_back(label_from_json(parse_json(line, what), what));
      if (waiting.size() >= kLabelsAtOnce) restore(waiting);
    }
    restore(waiting);
  }

  void restore(std::vector<KeptLabel>& labels) {
    try {
      counts_.labels += static_cast<int64_t>(store_.streams().restore_labels(pipeline_, labels));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      throw Error(ErrorCode::kBadData, fmt::format("{}: {}", kLabels, error.what()));
    }
    labels.clear();
  }

  const ArchiveReader& archive_;
  const std::string pipeline_;
  Store& store_;
  ArchiveCounts& counts_;
  const ArchiveProgress& progress_;
};

}  // namespace

std::string archived_pipeline(const std::filesystem::path& folder) {
  return text_or_empty(read_about(folder), "pipeline");
}

ArchiveCounts import_archive(const std::filesystem::path& folder, Store& store, Registry& registry,
                             const ArchiveProgress& progress) {
  const ArchiveReader archive(folder);
  const std::string pipeline = text_or_empty(archive.about(), "pipeline");
  ArchiveCounts counts;
  // Both look before either writes.
  StoreImport to_store(archive, pipeline, store, counts, progress);
  RegistryImport to_registry(archive, pipeline, registry, counts, progress);
  to_store.bring(to_registry.bring());
  return counts;
}

}  // namespace veleta
