#include <unistd.h>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "base/ids.hpp"
#include "postgres_testing.hpp"
#include "servers/servers.hpp"
#include "store_behaviour.hpp"

// What a store on a server must do beside the behaviour that all have.
namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PostgresSchema;
using testing::PostgresServer;
using testing::rows_in_postgres;
using testing::run_in_postgres;
using testing::with_parameter;

class PostgresStore : public ::testing::Test {
 protected:
  ~PostgresStore() override { fs::remove_all(folder_); }

  std::unique_ptr<Store> open(const std::string& uri) const {
    StoreOptions options;
    options.blobs = folder_.string();
    return open_store(uri, options);
  }

  static BatchRecord new_batch(Store& store, const std::string& id, const std::string& run_id) {
    BatchRecord batch;
    batch.pipeline = "realty";
    batch.id = id;
    batch.run_id = run_id;
    batch.payload = store.blobs().put("payload of " + id);
    return batch;
  }
  static void add_batch(Store& store, const std::string& id) {
    store.start_run("realty", "run-" + id);
    store.add_batch(new_batch(store, id, "run-" + id));
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-store-" + new_id());
};

std::vector<InferenceRecord> inferences(const std::string& id, size_t count = 1) {
  return std::vector<InferenceRecord>(count, {id, 1, "realty", "3", "{}", 1, 200, "", 90});
}

/// A server that knows nothing of a table yet, plans for an empty one, and keeps to the plan while the table grows.
TEST_F(PostgresStore, FindsWhatStandsInTheWayByItsIndexFromTheFirstRequestOn) {
  constexpr int kRequests = 50;
  const PostgresSchema schema;
  auto store = open(schema.uri());
  for (int i = 0; i < kRequests; ++i) {
    NewRequest request;
    request.pipeline = "realty";
    request.id = std::to_string(i);
    request.body = "{}";
    request.max_before = 1000;
    ASSERT_EQ(store->queue().submit(request).how, Submitted::kCreated);
    store->queue().cancel("realty", request.id);
  }
  store.reset();  // a session tells the server's statistics when it ends
  const std::string scans = "SELECT (idx_scan >= 50)::text FROM pg_stat_user_indexes WHERE schemaname = '" +
                            schema.name() + "' AND indexrelname = 'requests_under_way'";
  std::vector<std::string> found;
  for (int i = 0; i < 100 && found != std::vector<std::string>{"true"}; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    found = rows_in_postgres(schema.uri(), scans);
  }
  EXPECT_THAT(found, ElementsAre("true"));
}

TEST_F(PostgresStore, NeedsAPlaceForItsPayloads) {
  const PostgresSchema schema;
  std::string message;
  EXPECT_EQ(code_of([&] { open_store(schema.uri()); }, &message), ErrorCode::kInvalidArgument);
  EXPECT_THAT(message, HasSubstr("store.blobs"));
}

TEST_F(PostgresStore, IsThereWhenItWasOpened) {
  const PostgresSchema schema;
  EXPECT_FALSE(store_exists(schema.uri()));
  open(schema.uri());
  EXPECT_TRUE(store_exists(schema.uri()));
}

TEST_F(PostgresStore, APersonCanReadCleanRows) {
  const PostgresSchema schema;
  const auto store = open(schema.uri());
  add_batch(*store, "b0");
  Table table;
  table.columns = {number_column("price", {1.5, NAN}), category_column("zip code", {"00601", nullptr}),
                   time_column("sold", {1561680000, 1561716000}), category_column("batch_id", {"a", "b"})};
  store->write_clean("realty", "b0", table);
  EXPECT_THAT(rows_in_postgres(schema.uri(),
                               "SELECT batch_id, row_number::text, price::text, \"zip code\", sold, batch_id_2"
                               " FROM clean_realty ORDER BY row_number",
                               6),
              ElementsAre("b0|0|1.5|00601|2019-06-28|a", "b0|1|NULL|NULL|2019-06-28T10:00:00Z|b"));
}

TEST_F(PostgresStore, NamesTheHolderOfAPipeline) {
  const PostgresSchema schema;
  const auto store = open(schema.uri()), other = open(schema.uri());
  const auto lock = store->lock_pipeline("realty");
  std::string message;
  EXPECT_EQ(code_of([&] { other->lock_pipeline("realty"); }, &message), ErrorCode::kConflict);
  char host[41] = "";
  ::gethostname(host, 40);
  EXPECT_THAT(message, AllOf(HasSubstr(fmt::format("is being run by veleta {} pid {} since 20", host, ::getpid())),
                             HasSubstr("postgresql://127.0.0.1:")));
}

TEST_F(PostgresStore, SchemasOfOneDatabaseHaveLocksOfTheirOwn) {
  const PostgresSchema one, two;
  const auto first = open(one.uri()), second = open(two.uri());
  const auto lock = first->lock_pipeline("realty");
  EXPECT_NE(second->lock_pipeline("realty"), nullptr);
}

/// Ends the sessions that hold a pipeline's lock.
void end_lock_sessions(const std::string& uri) {
  run_in_postgres(uri,
                  "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                  " WHERE locktype = 'advisory' AND application_name LIKE '%pid " +
                      std::to_string(::getpid()) + "'");
}

TEST_F(PostgresStore, TakesALockAgainWhoseSessionWasLost) {
  const PostgresSchema schema;
  const auto store = open(schema.uri()), other = open(schema.uri());
  const auto lock = store->lock_pipeline("realty");
  end_lock_sessions(schema.uri());
  store->start_run("realty", "r1");
  EXPECT_EQ(code_of([&] { other->lock_pipeline("realty"); }), ErrorCode::kConflict);
}

TEST_F(PostgresStore, WritesNothingMoreWhenAnotherTookItsLock) {
  const PostgresSchema schema;
  const auto store = open(schema.uri()), other = open(schema.uri());
  const auto lock = store->lock_pipeline("realty");
  end_lock_sessions(schema.uri());
  const auto taken = other->lock_pipeline("realty");
  EXPECT_EQ(code_of([&] { store->start_run("realty", "r1"); }), ErrorCode::kConflict);
  EXPECT_EQ(store->find_run("r1"), std::nullopt);
  other->start_run("realty", "r2");
}

TEST_F(PostgresStore, ManyHostsAddBatchesWithoutGaps) {
  const PostgresSchema schema;
  std::vector<std::jthread> hosts;
  for (int host = 0; host < 6; ++host)
    hosts.emplace_back([&, host] {
      const auto store = open(schema.uri());
      for (int i = 0; i < 5; ++i) {
        add_batch(*store, fmt::format("{}.{}", host, i));
        store->append_inferences(inferences("q", 10));
      }
    });
  hosts.clear();
  const auto store = open(schema.uri());
  const auto batches = store->list_batches("realty");
  ASSERT_EQ(batches.size(), 30U);
  for (size_t i = 0; i < batches.size(); ++i) EXPECT_EQ(batches[i].ordinal, static_cast<int64_t>(i));
  EXPECT_EQ(store->list_inferences("realty", 1000).size(), 300U);
}

TEST_F(PostgresStore, ARoleOfItsOwnIsEnough) {
  const std::string server = testing::server_url("postgres");
  const std::string name = "role_" + new_id();
  const std::string script = VELETA_SOURCE_FOLDER "/deploy/postgres/role.sql";
  const std::string command =
      fmt::format("psql -qX -v ON_ERROR_STOP=1 -v role={0} -v password=its0wn -f {1} '{2}'", name, script, server);
  for (int times = 0; times < 2; ++times) ASSERT_EQ(std::system(command.c_str()), 0) << "repeated, it changes nothing";

  std::string uri = server;
  uri.replace(uri.find("veleta:veletasecret"), 19, name + ":its0wn");
  {
    const auto store = open(uri);
    const auto lock = store->lock_pipeline("realty");
    for (const char* id : {"0", "1"}) add_batch(*store, id);
    store->write_clean("realty", "0", made_table(10));
    Table wider = made_table(10);
    wider.columns.push_back(number_column("more", std::vector<double>(10, 1)));
    store->write_clean("realty", "1", wider);
    store->append_inferences(inferences("q"), InferenceChunk{"w", 1});
    EXPECT_EQ(store->read_clean("realty", {"0", "1"}).row_count(), 20U);
  }
  EXPECT_THAT(rows_in_postgres(uri, "SELECT DISTINCT schemaname::text FROM pg_tables WHERE tableowner = current_user"),
              ElementsAre(name));
  EXPECT_EQ(code_of([&] { run_in_postgres(uri, "CREATE TABLE public.escaped (id BIGINT)"); }), ErrorCode::kRefused);
  EXPECT_EQ(code_of([&] { run_in_postgres(uri, "CREATE SCHEMA more"); }), ErrorCode::kRefused);
  EXPECT_EQ(code_of([&] { run_in_postgres(uri, "CREATE ROLE more"); }), ErrorCode::kRefused);
  EXPECT_EQ(code_of([&] { run_in_postgres(uri, "SELECT pg_read_file('/etc/passwd')"); }), ErrorCode::kRefused);
  run_in_postgres(server, fmt::format("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", name));
}

/// Ends the sessions of this process, once, in the middle of what they read.
class Cut {
 public:
  explicit Cut(std::string uri) : uri_(std::move(uri)) {}
  void operator()() {
    if (std::exchange(is_done_, true)) return;
    run_in_postgres(uri_,
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND application_name LIKE '%pid " +
                        std::to_string(::getpid()) + "'");
  }

 private:
  std::string uri_;
  bool is_done_ = false;
};

TEST_F(PostgresStore, RowsAreVisitedOnceThoughTheConnectionIsLostMeanwhile) {
  constexpr int64_t kRows = 20'000;  // more than come at once
  const PostgresSchema schema;
  const auto store = open(schema.uri());
  store->append_inferences(inferences("q", kRows));
  std::vector<KeptLabel> labels;
  for (int64_t row = 0; row < kRows; ++row) labels.push_back({"q", 1, row, "1", 17, false});
  ASSERT_EQ(store->streams().restore_labels("realty", labels), static_cast<size_t>(kRows));

  int64_t visited = 0;
  Cut of_the_log(schema.uri());
  store->each_inference("realty", [&](const InferenceRecord&) {
    ++visited;
    of_the_log();
  });
  EXPECT_EQ(visited, kRows);
  visited = 0;
  Cut of_the_labels(schema.uri());
  store->streams().each_label("realty", [&](const KeptLabel& label) {
    EXPECT_EQ(label.row, visited++);
    of_the_labels();
  });
  EXPECT_EQ(visited, kRows);
}

/// What many threads wrote while the server went down and came back again and again.
class Writers {
 public:
  explicit Writers(std::vector<std::unique_ptr<Store>> stores) : stores_(std::move(stores)) {
    for (size_t i = 0; i < stores_.size(); ++i)
      threads_.emplace_back([this, i](std::stop_token stop) {
        for (int number = 0; !stop.stop_requested(); ++number) write(*stores_[i], fmt::format("{}.{}", i, number));
      });
  }

  std::vector<std::string> stop() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
    return std::move(written_);
  }
  size_t written_count() {
    const std::lock_guard lock(mutex_);
    return written_.size();
  }

 private:
  void write(Store& store, const std::string& id) {
    try {
      store.start_run("realty", id);
      store.append_inferences(inferences(id));
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
      return;
    }
    const std::lock_guard lock(mutex_);
    written_.push_back(id);
  }

  std::vector<std::unique_ptr<Store>> stores_;
  std::mutex mutex_;
  std::vector<std::string> written_;
  std::vector<std::jthread> threads_;
};

TEST_F(PostgresStore, LosesNothingAndDoublesNothingWhenTheServerCrashes) {
  PostgresServer server("-c fsync=off");  // its processes die, the machine does not
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < 4; ++i) stores.push_back(open(server.uri()));
  Writers writers(std::move(stores));
  size_t before = 0;
  for (int crash = 0; crash < 3; ++crash) {
    while (writers.written_count() < before + 40) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    server.kill();
    server.start();
    before = writers.written_count();
  }
  const std::vector<std::string> written = writers.stop();

  const auto store = open(server.uri());
  std::map<std::string, int> logged;
  for (const auto& record : store->list_inferences("realty", 1'000'000)) ++logged[record.request_id];
  EXPECT_EQ(logged.size(), written.size());
  for (const auto& id : written) {
    ASSERT_EQ(logged[id], 1) << id;
    ASSERT_EQ(store->find_run(id)->attempt, 1) << id << " was started twice";
  }
}

TEST_F(PostgresStore, WritesABatchWholeWhenTheServerCrashesMeanwhile) {
  PostgresServer server("-c fsync=off");  // its processes die, the machine does not
  const auto store = open(server.uri());
  const Table table = made_table(60'000);
  for (int round = 0; round < 2; ++round) {
    const std::string id = std::to_string(round);
    add_batch(*store, id);
    std::jthread writer([&] { store->write_clean("realty", id, table); });
    std::this_thread::sleep_for(std::chrono::milliseconds(40 * (round + 1)));
    server.kill();
    server.start();
    writer.join();
    EXPECT_EQ(store->find_batch("realty", id)->state, BatchState::kClean);
    expect_equal(store->read_clean("realty", {id}), table);
  }
}

}  // namespace
}  // namespace veleta
