// The store on PostgreSQL, beside SQLite and what Python users write to PostgreSQL with: wall time, as the server works
// too.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/ids.hpp"
#include "batches.hpp"
#include "harness.hpp"
#include "store/store.hpp"

namespace veleta::bench {
namespace {

constexpr unsigned kLargestBatch = 5;
constexpr size_t kChunkRows = 1000;
constexpr size_t kChunks = 50;

const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("veleta_bench_" + new_id());

std::shared_ptr<Store> open(const std::string& uri) {
  StoreOptions options;
  options.blobs = (folder / "blobs").string();
  return open_store(uri, options);
}

/// A batch in RAW, whose rows may be written.
std::string new_batch(Store& store) {
  BatchRecord batch;
  batch.pipeline = "realty";
  batch.id = batch.run_id = new_id();
  batch.payload = store.blobs().put(batch.id);
  store.start_run(batch.pipeline, batch.run_id);
  store.add_batch(batch);
  return batch.id;
}

void add_store(const std::string& who, const std::string& uri, const std::shared_ptr<Table>& rows) {
  const auto store = open(uri);
  const Amount amount{rows->row_count(), 0};
  add_waiting("CLEAN load of 361k rows", who, amount,
              [store, rows] { store->write_clean("realty", new_batch(*store), *rows); });
  const std::string batch = new_batch(*store);
  store->write_clean("realty", batch, *rows);
  add_waiting("CLEAN read of 361k rows", who, amount, [store, batch] { store->read_clean("realty", {batch}); });
  const std::string input = R"({"bed": 3, "bath": 2, "house_size": 1500, "state": "Texas", "zip_code": "77084"})";
  const std::vector<InferenceRecord> chunk(kChunkRows, {new_id(), 1, "realty", "3", input, 350'000, 200, "", 90});
  const auto writer = std::make_shared<InferenceChunk>(InferenceChunk{new_id(), 0});
  add_waiting("inference log, 1000 rows a write", who, {kChunkRows * kChunks, 0}, [store, chunk, writer] {
    for (size_t i = 0; i < kChunks; ++i) {
      ++writer->number;
      store->append_inferences(chunk, *writer);
    }
  });
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  using namespace veleta;
  using namespace veleta::bench;
  std::filesystem::create_directories(folder);
  const auto rows = std::make_shared<Table>(batch_table(kLargestBatch));
  const char* postgres = std::getenv("VELETA_BENCH_POSTGRES");
  if (postgres) {
    add_store("veleta", postgres, rows);
    if (has_python()) {
      const std::string csv = (folder / "rows.csv").string();
      std::ofstream(csv) << to_csv(*rows);
      for (const auto& [who, function] :
           {std::pair("psycopg COPY", "load_by_copy"), std::pair("pandas.to_sql", "load_by_pandas")})
        add_python("CLEAN load of 361k rows", who, {rows->row_count(), 0}, function, {csv});
    }
  }
  add_store(postgres ? "veleta on SQLite" : "veleta", "sqlite:///" + (folder / "veleta.db").string(), rows);
  const int status = run(argc, argv);
  std::filesystem::remove_all(folder);
  return status;
}
