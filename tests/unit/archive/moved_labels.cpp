#include "moved_labels.hpp"

#include <gmock/gmock.h>

#include "base/files.hpp"

namespace veleta::testing {

namespace fs = std::filesystem;

ArchiveCounts Backends::export_to(const fs::path& folder) const {
  return export_archive("realty", *store, *registry, folder, nullptr);
}

ArchiveCounts Backends::import_from(const fs::path& folder) const {
  return import_archive(folder, *store, *registry, nullptr);
}

void Backends::serve(const std::string& request_id, int64_t time_ms, size_t rows) const {
  store->append_inferences(
      std::vector<InferenceRecord>(rows, {request_id, time_ms, "realty", "1", R"({"bed":2})", 10, 200, "", 90}));
}

void Backends::label(const std::string& request_id, const std::vector<std::string>& labels) const {
  ASSERT_EQ(store->streams().add_labels("realty", {{request_id, labels}}).at(0).how, Labelled::kStored);
}

void Backends::watch_labels(size_t count) const {
  ASSERT_TRUE(store->streams().claim_streams("realty", "w", 0));
  StreamsSave save;
  save.pipeline = "realty";
  save.watcher = "w";
  save.label_number = store->streams().labelled_rows("realty", 0, static_cast<int>(count)).back().number;
  store->streams().save_streams(save);
}

std::vector<KeptLabel> Backends::labels() const {
  std::vector<KeptLabel> all;
  store->streams().each_label("realty", [&](const KeptLabel& label) { all.push_back(label); });
  return all;
}

Backends embedded_backends(const fs::path& folder) {
  const std::string uri = "sqlite:///" + (folder / "veleta.db").string();
  return {open_store(uri), open_registry(uri)};
}

void expect_labels_to_move(const Backends& there, const fs::path& folder) {
  constexpr int64_t kRequests = 1500, kLabels = kRequests + 4;  // more than are imported at once
  const Backends from = embedded_backends(folder / "from"), back = embedded_backends(folder / "back");
  std::vector<InferenceRecord> served;
  std::vector<RequestLabels> labels;
  for (int64_t i = 0; i < kRequests; ++i) {
    const std::string id = "q" + std::to_string(i);
    served.push_back({id, 1000 + i, "realty", "1", "{}", 10, 200, "", 90});
    labels.push_back({id, {std::to_string(i) + ".50"}});
  }
  from.store->append_inferences(served);
  from.store->streams().add_labels("realty", labels);
  from.serve("twice", 5000, 3);
  from.label("twice", {"1", "null", "\"Ñ \\n\""});
  from.serve("twice", 6000, 3);
  from.label("twice", {"null", "true", "3e5"});
  from.watch_labels(1200);
  const fs::path out = folder / "out", over = folder / "over", home = folder / "home";
  EXPECT_EQ(from.export_to(out).labels, kLabels);
  const std::string lines = read_file(out / "labels.jsonl");

  EXPECT_EQ(there.import_from(out).labels, kLabels);
  EXPECT_EQ(there.import_from(out).labels, 0);
  EXPECT_EQ(there.export_to(over).labels, kLabels);
  EXPECT_EQ(read_file(over / "labels.jsonl"), lines);
  EXPECT_EQ(back.import_from(over).labels, kLabels);
  back.export_to(home);
  EXPECT_EQ(read_file(home / "archive.json"), read_file(over / "archive.json"));
  EXPECT_EQ(read_file(home / "labels.jsonl"), lines);

  from.serve("late", 7000, 1);
  from.label("late", {"7"});
  from.export_to(out);
  EXPECT_EQ(there.import_from(out).labels, 1) << "what is new since the last time";
  const auto rows = there.store->streams().labelled_rows("realty", 0, 10'000);
  ASSERT_EQ(static_cast<int64_t>(rows.size()), kLabels + 1);
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].was_watched, i < 1200) << i;
  EXPECT_EQ(rows.back().request_id, "late");
}

}  // namespace veleta::testing
