#include <fmt/format.h>
#include <algorithm>
#include <fstream>

#include "archive/archive.hpp"
#include "archive_folder.hpp"
#include "record_json.hpp"
#include "table_bytes.hpp"

namespace veleta {

namespace {

constexpr int kRunsAtOnce = 1000;

class Exporter {
 public:
  Exporter(const std::string& pipeline, Store& store, Registry& registry, const std::filesystem::path& folder,
           const ArchiveProgress& progress)
      : pipeline_(pipeline), store_(store), registry_(registry), progress_(progress), files_(folder, pipeline) {}

  ArchiveCounts write() {
    write_runs();
    write_batches();
    // The log grows while the model serves: read after its labels, it has their rows.
    write_labels();
    write_inferences();
    write_tracked_runs();
    write_versions();
    files_.finish({{"source_unsure", store_.is_source_unsure(pipeline_)},
                   {"runs", counts_.runs},
                   {"batches", counts_.batches},
                   {"clean_rows", counts_.clean_rows},
                   {"inferences", counts_.inferences},
                   {"labels", counts_.labels},
                   {"tracked_runs", counts_.tracked_runs},
                   {"versions", counts_.versions}});
    return counts_;
  }

 private:
  void tell(const std::string& what) const {
    if (progress_) progress_(what);
  }

  /// Oldest first.
  std::vector<RunRecord> runs() {
    std::vector<RunRecord> all;
    while (true) {
      const auto older = store_.list_runs(pipeline_, kRunsAtOnce, static_cast<int>(all.size()));
      all.insert(all.end(), older.begin(), older.end());
      if (older.size() < kRunsAtOnce) break;
    }
    std::reverse(all.begin(), all.end());
    return all;
  }

  void write_runs() {
    for (const auto& run : runs()) {
      json::array steps;
      for (const auto& step : store_.steps(run.id)) steps.push_back(to_json(step));
      const auto decision = store_.find_decision(run.id);
      files_.put(fmt::format("runs/{:06}.json", counts_.runs++),
                 json::object{{"run", to_json(run)},
                              {"steps", std::move(steps)},
                              {"decision", decision ? json::value(to_json(*decision)) : json::value(nullptr)}});
    }
  }

  void write_batches() {
    const auto batches = store_.list_batches(pipeline_);
    for (const auto& batch : batches) {
      tell(fmt::format("batch {} of {}", ++counts_.batches, batches.size()));
      files_.put(fmt::format("batches/{:06}.json", batch.ordinal), to_json(batch));
      files_.put_file("payloads/" + batch.payload.digest,
                      [&](const std::filesystem::path& path) { copy_payload(batch.payload.digest, path); });
      if (batch.state != BatchState::kClean) continue;
      const Table rows = store_.read_clean(pipeline_, {batch.id});
      counts_.clean_rows += static_cast<int64_t>(rows.row_count());
      files_.put(fmt::format("clean/{:06}.table", batch.ordinal), to_bytes(rows));
    }
  }

  void copy_payload(const std::string& digest, const std::filesystem::path& path) {
    const auto payload = store_.blobs().open(digest);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    std::string block(size_t{1} << 18, '\0');
    while (const size_t count = payload->read(block.data(), block.size()))
      file.write(block.data(), static_cast<std::streamsize>(count));
    if (!file.flush()) throw Error(ErrorCode::kUnavailable, fmt::format("cannot write {}", path.string()));
  }

  /// A record a line, counted. `each` is given what takes a record.
  template <typename Each>
  void write_lines(const std::string& name, int64_t& count, Each&& each) {
    files_.put_file(name, [&](const std::filesystem::path& path) {
      std::ofstream file(path, std::ios::binary | std::ios::trunc);
      each([&](const auto& record) {
        file << json::serialize(to_json(record)) << '\n';
        ++count;
      });
      if (!file.flush()) throw Error(ErrorCode::kUnavailable, fmt::format("cannot write {}", path.string()));
    });
  }

  void write_labels() {
    write_lines("labels.jsonl", counts_.labels,
                [&](const auto& write) { store_.streams().each_label(pipeline_, write); });
  }

  void write_inferences() {
    write_lines("inferences.jsonl", counts_.inferences,
                [&](const auto& write) { store_.each_inference(pipeline_, write); });
  }

  void write_tracked_runs() {
    for (const auto& run : registry_.list_runs(pipeline_)) {
      const std::string folder = fmt::format("tracking/{:06}/", counts_.tracked_runs++);
      tell(fmt::format("tracked run {}", counts_.tracked_runs));
      files_.put(folder + "run.json", to_json(run));
      json::array points;
      for (const auto& [key, newest] : run.metrics)
        for (const auto& point : registry_.metric_history(run.id, key)) points.push_back(to_json(point));
      files_.put(folder + "metrics.json", points);
      for (const auto& path : registry_.list_artifacts(run.id))
        if (!path.starts_with("model")) files_.put(folder + "artifacts/" + path, registry_.get_artifact(run.id, path));
    }
  }

  void write_versions() {
    auto versions = registry_.list_versions(pipeline_);
    std::reverse(versions.begin(), versions.end());
    for (const auto& version : versions) {
      tell(fmt::format("version {} of {}", ++counts_.versions, versions.size()));
      const std::string folder = fmt::format("versions/{:06}/", version.version);
      files_.put(folder + "version.json", to_json(version));
      for (const auto& [path, bytes] : registry_.version_files(version)) files_.put(folder + "files/" + path, bytes);
    }
  }

  const std::string pipeline_;
  Store& store_;
  Registry& registry_;
  const ArchiveProgress& progress_;
  ArchiveWriter files_;
  ArchiveCounts counts_;
};

}  // namespace

ArchiveCounts export_archive(const std::string& pipeline, Store& store, Registry& registry,
                             const std::filesystem::path& folder, const ArchiveProgress& progress) {
  return Exporter(pipeline, store, registry, folder, progress).write();
}

}  // namespace veleta
