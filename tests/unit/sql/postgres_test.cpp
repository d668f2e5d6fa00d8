#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "commit_dropper.hpp"
#include "postgres_testing.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/servers.hpp"
#include "veleta/error.hpp"

namespace veleta::sql {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PostgresSchema;
using testing::rows_in_postgres;
using testing::run_in_postgres;
using testing::with_parameter;

constexpr std::array kOneTable = {
    "CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT, number DOUBLE PRECISION, \"odd?\" BIGINT)"};
constexpr std::array kTwoSteps = {kOneTable[0], "CREATE TABLE numbered (number $identity PRIMARY KEY, text TEXT)"};

class Postgres : public ::testing::Test {
 protected:
  Database open() const { return Database(schema_.uri(), "notes", kOneTable); }

  static int64_t count(Database& database) {
    return database.read("count", [](Connection& connection) {
      auto row = connection.query("SELECT count(*) FROM notes");
      row.step();
      return row.integer(0);
    });
  }

  const PostgresSchema schema_;
};

template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kInternal, "no error was thrown"};
}

TEST_F(Postgres, KeepsEveryTypeAsItWasBound) {
  using Limits = std::numeric_limits<double>;
  Database database = open();
  const std::string text("quote ' \" emoji 🧭 zero \0 end", 31);
  const std::vector<double> numbers = {0.1, -0.0, 5e-324, Limits::max(), INFINITY, -INFINITY};
  database.write("insert", [&](Connection& connection) {
    connection.run("INSERT INTO notes VALUES (?, ?, ?)", INT64_MIN, text, std::nan(""));
    connection.run("INSERT INTO notes VALUES (?, ?, ?)", -1, nullptr, 3);
    BulkInsert rows = connection.insert_into("notes", {"id", "text", "number"});
    for (size_t i = 0; i < numbers.size(); ++i) {
      rows.bind(static_cast<int64_t>(i));
      rows.bind(text);
      rows.bind(numbers[i]);
      rows.end_row();
    }
    rows.finish();
  });
  database.read("select", [&](Connection& connection) {
    for (auto row : {0, 1}) {
      const char* sql = "SELECT id, text, number FROM notes ORDER BY id";
      Statement rows = row == 0 ? connection.query(sql) : connection.stream(sql);
      ASSERT_TRUE(rows.step());
      EXPECT_EQ(rows.integer(0), INT64_MIN);
      EXPECT_EQ(rows.string(1), text);
      EXPECT_TRUE(rows.is_null(2) && std::isnan(rows.number(2)));
      ASSERT_TRUE(rows.step());
      EXPECT_TRUE(rows.is_null(1));
      EXPECT_EQ(rows.number(2), 3.0);
      for (const double number : numbers) {
        ASSERT_TRUE(rows.step());
        EXPECT_EQ(rows.text(1), text);
        EXPECT_EQ(rows.number(2), number);
        EXPECT_EQ(std::signbit(rows.number(2)), std::signbit(number));
      }
      EXPECT_FALSE(rows.step());
    }
  });
}

TEST_F(Postgres, LeavesQuestionMarksInQuotesAlone) {
  Database database = open();
  database.write("insert", [](Connection& connection) {
    connection.run("INSERT INTO notes (\"odd?\", text, id) VALUES (?, 'it''s?' || ?, ?)", 7, "!", 1);
    auto row = connection.query("SELECT \"odd?\", text FROM notes WHERE text = 'it''s?!'");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), 7);
  });
}

TEST_F(Postgres, RefusesAValueOfAnotherTypeThanTheParameters) {
  Database database = open();
  const auto insert = [&](const auto& id) {
    database.write("insert", [&](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (?)", id); });
  };
  EXPECT_EQ(error_of([&] { insert("7"); }).code(), ErrorCode::kInternal);
  EXPECT_EQ(error_of([&] { insert(7.5); }).code(), ErrorCode::kInternal);
  EXPECT_EQ(count(database), 0);
}

TEST_F(Postgres, LendsTheSameStatementTwiceAtATime) {
  Database database = open();
  database.write("insert", [](Connection& connection) {
    for (int id = 1; id <= 3; ++id) connection.run("INSERT INTO notes (id) VALUES (?)", id);
  });
  const int pairs = database.read("pair", [](Connection& connection) {
    int found = 0;
    for (auto outer = connection.query("SELECT id FROM notes"); outer.step();)
      for (auto inner = connection.query("SELECT id FROM notes"); inner.step();) ++found;
    return found;
  });
  EXPECT_EQ(pairs, 9);
}

void insert_ids(Database& database, int64_t count) {
  database.write("insert", [count](Connection& connection) {
    BulkInsert rows = connection.insert_into("notes", {"id"});
    for (int64_t id = 0; id < count; ++id) {
      rows.bind(id);
      rows.end_row();
    }
    rows.finish();
  });
}

TEST_F(Postgres, StreamsMoreRowsThanOnePiece) {
  Database database = open();
  insert_ids(database, 10'000);
  database.read("read", [](Connection& connection) {
    int64_t expected = 100;
    for (auto row = connection.stream("SELECT id FROM notes WHERE id >= ? ORDER BY id", 100); row.step();)
      ASSERT_EQ(row.integer(0), expected++);
    EXPECT_EQ(expected, 10'000);
  });
}

TEST_F(Postgres, StreamsAsManyRowsAsFillPieces) {
  Database database = open();
  insert_ids(database, 2 * 4096);
  database.read("read", [](Connection& connection) {
    auto row = connection.stream("SELECT id FROM notes ORDER BY id");
    for (int64_t id = 0; id < 2 * 4096; ++id) ASSERT_TRUE(row.step() && row.integer(0) == id) << id;
    EXPECT_FALSE(row.step());
    EXPECT_FALSE(row.step());
  });
}

TEST_F(Postgres, GoesOnAfterAStreamThatIsNotReadToItsEnd) {
  Database database = open();
  insert_ids(database, 10'000);
  database.read("read", [](Connection& connection) {
    for (int i = 0; i < 3; ++i) {
      auto row = connection.stream("SELECT id FROM notes ORDER BY id");
      ASSERT_TRUE(row.step());
    }
    auto row = connection.query("SELECT count(*) FROM notes");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), 10'000);
  });
}

TEST_F(Postgres, LosesNoRowsOfAStreamToAnotherStatement) {
  Database database = open();
  insert_ids(database, 10'000);
  database.read("read", [](Connection& connection) {
    auto row = connection.stream("SELECT id FROM notes ORDER BY id");
    ASSERT_TRUE(row.step());
    ASSERT_TRUE(connection.query("SELECT 1").step());
    const auto read_on = [&row] {
      while (row.step()) {
      }
    };
    EXPECT_EQ(error_of(read_on).code(), ErrorCode::kInternal);
  });
}

TEST_F(Postgres, UndoesAWriteThatThrows) {
  Database database = open();
  EXPECT_THROW(database.write("insert",
                              [](Connection& connection) {
                                BulkInsert rows = connection.insert_into("notes", {"id"});
                                rows.bind(int64_t{1});
                                rows.end_row();
                                throw std::runtime_error("changed my mind");
                              }),
               std::runtime_error);
  EXPECT_EQ(count(database), 0);
}

TEST_F(Postgres, TellsWhatAConstraintRefused) {
  Database database = open();
  const auto insert = [&] {
    database.write("keep note 7", [](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (7)"); });
  };
  insert();
  const Error error = error_of(insert);
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("keep note 7"), HasSubstr("postgresql://127.0.0.1:"),
                                  HasSubstr("Key (id)=(7) already exists"), HasSubstr("23505")));
  EXPECT_EQ(count(database), 1);
}

TEST_F(Postgres, AReadSeesOneSnapshotAndCannotWrite) {
  Database database = open();
  database.read("count twice", [&](Connection& connection) {
    const auto count_here = [&] {
      auto row = connection.query("SELECT count(*) FROM notes");
      row.step();
      return row.integer(0);
    };
    EXPECT_EQ(count_here(), 0);
    database.write("insert", [](Connection& writer) { writer.run("INSERT INTO notes (id) VALUES (1)"); });
    EXPECT_EQ(count_here(), 0);
  });
  EXPECT_EQ(count(database), 1);
  EXPECT_EQ(error_of([&] {
              database.read("sneak", [](Connection& connection) { connection.run("DELETE FROM notes"); });
            }).code(),
            ErrorCode::kRefused);
}

TEST_F(Postgres, RunsATransactionAgainThatMetAnother) {
  std::vector<std::unique_ptr<Database>> hosts;
  for (int i = 0; i < 4; ++i) hosts.push_back(std::make_unique<Database>(schema_.uri(), "notes", kOneTable));
  hosts[0]->write("begin",
                  [](Connection& connection) { connection.run("INSERT INTO notes (id, \"odd?\") VALUES (1, 0)"); });
  std::atomic<int> tries = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j)
        hosts[static_cast<size_t>(i) % 4]->write("count one more", [&](Connection& connection) {
          ++tries;
          auto row = connection.query("SELECT \"odd?\" FROM notes WHERE id = 1");
          row.step();
          connection.run("UPDATE notes SET \"odd?\" = ? WHERE id = 1", row.integer(0) + 1);
        });
    });
  threads.clear();
  EXPECT_THAT(rows_in_postgres(schema_.uri(), "SELECT \"odd?\"::text FROM notes"), ElementsAre("80"));
  EXPECT_GT(tries, 80);
}

TEST_F(Postgres, ManyProcessesMayMakeTheTablesAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        Database database(schema_.uri(), "notes", kTwoSteps);
        database.write("insert",
                       [&](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (?)", i); });
        ::_exit(0);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        ::_exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  Database database(schema_.uri(), "notes", kTwoSteps);
  EXPECT_EQ(count(database), 8);
}

TEST_F(Postgres, AppliesMissingMigrationsAloneAndNumbersRows) {
  open().write("insert", [](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (1)"); });
  Database database(schema_.uri(), "notes", kTwoSteps);
  EXPECT_EQ(count(database), 1);
  database.write("number", [](Connection& connection) {
    for (const char* text : {"b", "a"}) connection.run("INSERT INTO numbered (text) VALUES (?)", text);
  });
  EXPECT_THAT(rows_in_postgres(schema_.uri(), "SELECT text FROM numbered ORDER BY number"), ElementsAre("b", "a"));
  const Error error = error_of([&] { open(); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("version 2"), HasSubstr("up to version 1")));
}

TEST_F(Postgres, LooksWithoutChangingAnything) {
  EXPECT_FALSE(has_component(schema_.uri(), "notes"));
  EXPECT_THAT(rows_in_postgres(schema_.uri(), "SELECT to_regclass('schema_versions')::text"), ElementsAre("NULL"));
  open();
  EXPECT_TRUE(has_component(schema_.uri(), "notes"));
  EXPECT_FALSE(has_component(schema_.uri(), "others"));
}

TEST_F(Postgres, GoesOnWhenItsSessionsAreEnded) {
  Database database = open();
  EXPECT_EQ(count(database), 0);
  int tries = 0;
  database.write("insert", [&](Connection& connection) {
    connection.run("INSERT INTO notes (id) VALUES (?)", ++tries);
    if (tries == 1)
      run_in_postgres(schema_.uri(),
                      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
                      "pg_backend_pid() AND query LIKE '%INTO notes%'");
  });
  EXPECT_EQ(tries, 2);
  EXPECT_THAT(rows_in_postgres(schema_.uri(), "SELECT id::text FROM notes"), ElementsAre("2"));
}

TEST_F(Postgres, RunsATransactionAgainWhoseCommitWasLostOnTheWay) {
  Database direct = open();
  run_in_postgres(schema_.uri(), R"(
      CREATE SEQUENCE commits;
      CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN IF nextval(''commits'') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION die_once())");
  int tries = 0;
  direct.write("insert", [&](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (?)", ++tries); });
  EXPECT_EQ(tries, 2);
  EXPECT_THAT(rows_in_postgres(schema_.uri(), "SELECT id::text FROM notes"), ElementsAre("2"));
}

TEST_F(Postgres, RunsNoTransactionAgainWhoseCommitHappenedUnheard) {
  testing::CommitDropper dropper(testing::server_url("postgres"));
  Database database(with_parameter(dropper.uri(), "options", "-csearch_path=" + schema_.name()), "notes", kOneTable);
  dropper.drop_next_answer();
  int tries = 0;
  const int returned = database.write("insert", [&](Connection& connection) {
    connection.run("INSERT INTO notes (id) VALUES (?)", ++tries);
    return tries * 10;
  });
  EXPECT_EQ(dropper.dropped_count(), 1);
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(returned, 10);
  EXPECT_EQ(count(database), 1);
}

TEST_F(Postgres, TakesALockThoughTheServerIsLostMeanwhile) {
  testing::FaultProxy proxy(schema_.uri());
  Database database(proxy.url(), "notes", kOneTable);
  proxy.plan({.kind = testing::Fault::Kind::kCutBeforeAnswer}, 1, 2, "pg_try_advisory_lock");
  const auto lock = database.lock("the pipeline is being run", "pipeline");
  EXPECT_EQ(proxy.counts().faults, 2);
  EXPECT_EQ(error_of([&] { open().lock("the pipeline is being run", "pipeline"); }).code(), ErrorCode::kConflict);
}

TEST_F(Postgres, HoldsNoMoreConnectionsThanItsPool) {
  Database database = open();
  std::atomic<int64_t> most = 0;
  const std::string mine = fmt::format("veleta % pid {}", ::getpid());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 24; ++i)
    threads.emplace_back([&] {
      database.read("look", [&](Connection& connection) {
        auto row = connection.query("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE ?", mine);
        row.step();
        for (int64_t seen = most; seen < row.integer(0) && !most.compare_exchange_weak(seen, row.integer(0));) {
        }
        std::this_thread::sleep_for(milliseconds(5));
      });
    });
  threads.clear();
  EXPECT_LE(most, 8);
}

TEST_F(Postgres, WhoFindsNoFreeConnectionIsTold) {
  DatabaseOptions impatient;
  impatient.patience = milliseconds(50);
  Database database(schema_.uri(), "notes", kOneTable, impatient);
  const std::function<void(int)> nest = [&](int depth) {
    database.read("nest", [&](Connection&) { depth < 9 ? nest(depth + 1) : void(); });
  };
  const Error error = error_of([&] { nest(1); });
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.what(), HasSubstr("all 8 connections are in use"));
}

TEST_F(Postgres, TellsAStatementThatTookTooLong) {
  Database database(with_parameter(testing::server_url("postgres"), "options",
                                   "-csearch_path=" + schema_.name() + " -cstatement_timeout=50ms"),
                    "notes", kOneTable);
  const Error error = error_of(
      [&] { database.read("sleep", [](Connection& connection) { connection.query("SELECT pg_sleep(10)").step(); }); });
  EXPECT_EQ(error.code(), ErrorCode::kTimeout);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot sleep"), HasSubstr("statement timeout")));
  EXPECT_EQ(count(database), 0) << "the connection is usable still";
}

/// What opening with a changed uri throws.
Error opening_error(const std::string& uri) {
  DatabaseOptions impatient;
  impatient.patience = milliseconds(100);
  return error_of([&] { Database(uri, "notes", kOneTable, impatient); });
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(PostgresUri, TellsWhoIsRefusedWithoutThePassword) {
  const std::string uri = testing::server_url("postgres");
  const Error error = opening_error(changed(uri, ":veletasecret@", ":hunter22@"));
  EXPECT_EQ(error.code(), ErrorCode::kRefused);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("password authentication failed for user \"veleta\""),
                                  HasSubstr("postgresql://127.0.0.1:"), Not(HasSubstr("hunter22"))));
  EXPECT_EQ(opening_error(changed(uri, ":veletasecret@", "@")).code(), ErrorCode::kRefused) << "no password at all";
}

TEST(PostgresUri, TellsADatabaseThatIsNotThere) {
  const std::string uri = testing::server_url("postgres");
  const Error error = opening_error(uri.substr(0, uri.rfind('/')) + "/atlantis");
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("\"atlantis\" does not exist"));
}

TEST(PostgresUri, TellsAServerThatIsAway) {
  const Error error = opening_error("postgresql://ann:hunter22@127.0.0.1:1/veleta");
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.what(),
              AllOf(HasSubstr("postgresql://127.0.0.1:1/veleta"), HasSubstr("tried for"), Not(HasSubstr("hunter22"))));
}

TEST(PostgresUri, RefusesWhatItCannotReadWithoutThePassword) {
  for (const char* uri : {"postgresql://ann:hunter22@db:port/veleta", "postgresql://ann:hunter22@db/veleta?colour=red",
                          "postgresql://ann:hunter22@[::1/veleta"}) {
    const Error error = opening_error(uri);
    EXPECT_TRUE(error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kUnavailable) << error.what();
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter22")));
  }
}

}  // namespace
}  // namespace veleta::sql
