#include <sys/resource.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/ids.hpp"
#include "sql/sql.hpp"
#include "store_behaviour.hpp"

// What the embedded store alone promises: its files.
namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SqliteStoreFile : public ::testing::Test {
 protected:
  ~SqliteStoreFile() override { fs::remove_all(folder_); }

  std::unique_ptr<Store> open() const { return open_store("sqlite:///" + path().string()); }
  fs::path path() const { return folder_ / "var" / "veleta.db"; }

  static void add_batch(Store& store, const std::string& pipeline, const std::string& id) {
    store.start_run(pipeline, "run-" + id);
    BatchRecord batch;
    batch.pipeline = pipeline;
    batch.id = id;
    batch.run_id = "run-" + id;
    batch.payload = store.blobs().put("payload");
    store.add_batch(batch);
  }

  /// The rows of a query as a person sees them in the sqlite3 shell.
  std::vector<std::string> query(const std::string& sql, int column_count) const {
    const auto connection = sql::open_sqlite(path(), sql::SqliteAccess::kReadOnly);
    std::vector<std::string> rows;
    auto row = connection->query(sql);
    while (row.step()) {
      std::string& text = rows.emplace_back();
      for (int i = 0; i < column_count; ++i) text += (i ? "|" : "") + (row.is_null(i) ? "NULL" : row.string(i));
    }
    return rows;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-store-" + new_id());
};

Table small_table() {
  Table table;
  table.columns = {number_column("price", {1.5, NAN}), category_column("zip code", {"00601", nullptr}),
                   time_column("sold", {1561680000, 1561716000}), category_column("batch_id", {"a", "b"})};
  return table;
}

TEST_F(SqliteStoreFile, APersonCanReadCleanRows) {
  const auto store = open();
  add_batch(*store, "my realty", "b0");
  store->write_clean("my realty", "b0", small_table());
  EXPECT_THAT(query("SELECT batch_id, row_number, price, \"zip code\", sold, batch_id_2 FROM clean_my_realty", 6),
              ElementsAre("b0|0|1.5|00601|2019-06-28|a", "b0|1|NULL|NULL|2019-06-28T10:00:00Z|b"));
  EXPECT_THAT(query("SELECT name, clean_table FROM pipelines", 2), ElementsAre("my realty|clean_my_realty"));
  EXPECT_THAT(query("SELECT id, state, row_count FROM batches", 3), ElementsAre("b0|clean|2"));
}

TEST_F(SqliteStoreFile, PutsEverythingBesideTheDatabase) {
  const auto store = open();
  const std::string digest = store->blobs().put("payload").digest;
  const auto lock = store->lock_pipeline("realty");
  EXPECT_TRUE(fs::exists(path()));
  EXPECT_TRUE(fs::exists(path().string() + ".blobs/" + digest.substr(0, 2) + "/" + digest + ".zst"));
  EXPECT_FALSE(fs::is_empty(path().string() + ".locks"));
}

TEST_F(SqliteStoreFile, StaysWhereItWasOpenedWhenTheWorkingFolderChanges) {
  const fs::path before = fs::current_path();
  fs::create_directories(folder_ / "elsewhere");
  fs::current_path(folder_);
  const auto store = open_store("sqlite:///veleta.db");
  fs::current_path(folder_ / "elsewhere");
  add_batch(*store, "realty", "b0");
  EXPECT_TRUE(store->find_batch("realty", "b0"));
  fs::current_path(before);
  EXPECT_TRUE(fs::is_empty(folder_ / "elsewhere"));
}

TEST_F(SqliteStoreFile, RefusesAFileOfANewerProgram) {
  open();
  {
    const auto connection = sql::open_sqlite(path(), sql::SqliteAccess::kReadWrite);
    connection->run("INSERT INTO schema_versions VALUES ('store', 99, '2030-01-01T00:00:00.000Z')");
  }
  std::string message;
  EXPECT_EQ(code_of([&] { open(); }, &message), ErrorCode::kUnsupported);
  EXPECT_THAT(message, AllOf(HasSubstr(path().string()), HasSubstr("99")));
}

TEST_F(SqliteStoreFile, RefusesAFileThatIsNoDatabase) {
  fs::create_directories(path().parent_path());
  std::ofstream(path()) << "price,bed\n1,2\n" << std::string(2000, '3');
  std::string message;
  EXPECT_EQ(code_of([&] { open(); }, &message), ErrorCode::kBadData);
  EXPECT_THAT(message, HasSubstr(path().string()));
}

TEST_F(SqliteStoreFile, RefusesOtherSchemes) {
  EXPECT_EQ(code_of([] { open_store("mysql://localhost/veleta"); }), ErrorCode::kInvalidArgument);
}

TEST_F(SqliteStoreFile, TellsCleanRowsThatSomebodyDeleted) {
  const auto store = open();
  add_batch(*store, "realty", "b0");
  store->write_clean("realty", "b0", small_table());
  {
    const auto connection = sql::open_sqlite(path(), sql::SqliteAccess::kReadWrite);
    connection->run("DELETE FROM clean_realty WHERE row_number = 1");
  }
  EXPECT_EQ(code_of([&] { store->read_clean("realty", {"b0"}); }), ErrorCode::kBadData);
}

/// As long as it lives, no file of this process grows beyond `byte_count`: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t byte_count) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{byte_count, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// Bytes that no compressor makes smaller.
std::string noise(size_t byte_count) {
  std::mt19937_64 random(1);
  std::string bytes(byte_count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST_F(SqliteStoreFile, AFullDiskLosesNothingAndIsTold) {
  const auto store = open();
  add_batch(*store, "realty", "b0");
  add_batch(*store, "realty", "b1");
  store->write_clean("realty", "b0", made_table(100));
  const Table large = made_table(30'000);
  {
    const FullDisk full(1'000'000);
    std::string message;
    EXPECT_EQ(code_of([&] { store->write_clean("realty", "b1", large); }, &message), ErrorCode::kUnavailable);
    EXPECT_THAT(message, AllOf(HasSubstr("'b1'"), HasSubstr("veleta.db")));
    const auto blob = store->blobs().create();
    EXPECT_EQ(code_of([&] { store->blobs().put(noise(2'000'000)); }), ErrorCode::kUnavailable);
  }
  EXPECT_EQ(store->find_batch("realty", "b1")->state, BatchState::kRaw);
  expect_equal(store->read_clean("realty", {"b0"}), made_table(100));
  store->write_clean("realty", "b1", large);
  expect_equal(store->read_clean("realty", {"b1"}), large);
}

}  // namespace
}  // namespace veleta
