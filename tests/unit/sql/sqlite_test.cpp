#include "sql/sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cmath>
#include <fstream>
#include <thread>

#include "base/ids.hpp"
#include "veleta/error.hpp"

namespace veleta::sql {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::array kOneTable = {"CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT, number DOUBLE PRECISION)"};
constexpr std::array kTwoSteps = {kOneTable[0], "ALTER TABLE notes ADD COLUMN color TEXT"};

class Sqlite : public ::testing::Test {
 protected:
  ~Sqlite() override { fs::remove_all(folder_); }

  Database open() const { return Database(uri(), "notes", kOneTable); }
  fs::path path() const { return folder_ / "notes.db"; }
  std::string uri() const { return "sqlite:///" + path().string(); }

  static int64_t count(Database& database) {
    return database.read("count", [](Connection& connection) {
      auto row = connection.query("SELECT count(*) FROM notes");
      row.step();
      return row.integer(0);
    });
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-sqlite-" + new_id());
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

TEST_F(Sqlite, LooksIntoAFileWithoutChangingIt) {
  EXPECT_FALSE(has_component(uri(), "notes"));
  EXPECT_FALSE(fs::exists(folder_)) << "nothing is made";
  open();
  EXPECT_TRUE(has_component(uri(), "notes"));
  EXPECT_FALSE(has_component(uri(), "others"));
  // Somebody else's: an empty file is a database without tables.
  const fs::path foreign = folder_ / "foreign.db", text = folder_ / "text.db";
  std::ofstream(foreign).flush();
  EXPECT_FALSE(has_component("sqlite:///" + foreign.string(), "notes"));
  EXPECT_EQ(fs::file_size(foreign), 0U);
  std::ofstream(text) << std::string(1000, 'x');
  EXPECT_EQ(error_of([&] { has_component("sqlite:///" + text.string(), "notes"); }).code(), ErrorCode::kBadData);
}

TEST_F(Sqlite, KeepsEveryTypeAsItWasBound) {
  Database database(uri(), "notes", kOneTable);
  const std::string text("quote ' \" emoji 🧭 zero \0 end", 31);
  database.write("insert", [&](Connection& connection) {
    connection.run("INSERT INTO notes VALUES (?, ?, ?)", INT64_MIN, text, 0.1);
    connection.run("INSERT INTO notes VALUES (?, ?, ?)", 1, std::string_view(), std::nan(""));
    connection.run("INSERT INTO notes VALUES (?, ?, ?)", 2, nullptr, -INFINITY);
  });
  database.read("select", [&](Connection& connection) {
    auto row = connection.query("SELECT id, text, number FROM notes ORDER BY id");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), INT64_MIN);
    EXPECT_EQ(row.string(1), text);
    EXPECT_EQ(row.number(2), 0.1);
    ASSERT_TRUE(row.step());
    EXPECT_FALSE(row.is_null(1));
    EXPECT_TRUE(row.is_null(2));
    EXPECT_TRUE(std::isnan(row.number(2)));
    ASSERT_TRUE(row.step());
    EXPECT_TRUE(row.is_null(1));
    EXPECT_EQ(row.number(2), -INFINITY);
    EXPECT_FALSE(row.step());
  });
}

TEST_F(Sqlite, UndoesAWriteThatThrows) {
  Database database(uri(), "notes", kOneTable);
  EXPECT_THROW(database.write("insert",
                              [](Connection& connection) {
                                connection.run("INSERT INTO notes (id) VALUES (1)");
                                throw std::runtime_error("changed my mind");
                              }),
               std::runtime_error);
  EXPECT_EQ(count(database), 0);
}

TEST_F(Sqlite, TellsAViolatedConstraintAsAConflict) {
  Database database(uri(), "notes", kOneTable);
  const auto insert = [&] {
    database.write("keep note 7", [](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (7)"); });
  };
  insert();
  const Error error = error_of(insert);
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("keep note 7"), HasSubstr("notes.db"), HasSubstr("UNIQUE")));
}

TEST_F(Sqlite, LendsTheSameStatementTwiceAtATime) {
  Database database(uri(), "notes", kOneTable);
  database.write("insert", [](Connection& connection) {
    for (int id = 1; id <= 3; ++id) connection.run("INSERT INTO notes (id) VALUES (?)", id);
  });
  const int pairs = database.read("pair", [](Connection& connection) {
    int found = 0;
    auto outer = connection.query("SELECT id FROM notes");
    while (outer.step()) {
      auto inner = connection.query("SELECT id FROM notes");
      while (inner.step()) ++found;
    }
    return found;
  });
  EXPECT_EQ(pairs, 9);
}

TEST_F(Sqlite, AReaderSeesOneSnapshotWhileOthersWrite) {
  Database database(uri(), "notes", kOneTable);
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
}

TEST_F(Sqlite, AReadCannotWrite) {
  Database database(uri(), "notes", kOneTable);
  EXPECT_THROW(
      database.read("sneak", [](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (1)"); }),
      Error);
}

TEST_F(Sqlite, AppliesMissingMigrationsAloneAndKeepsTheRows) {
  {
    Database database(uri(), "notes", kOneTable);
    database.write("insert", [](Connection& connection) { connection.run("INSERT INTO notes (id) VALUES (1)"); });
  }
  Database database(uri(), "notes", kTwoSteps);
  EXPECT_EQ(count(database), 1);
  database.write("color", [](Connection& connection) {
    EXPECT_EQ(connection.run("UPDATE notes SET color = 'green' WHERE id = 1"), 1);
  });
  Database(uri(), "notes", kTwoSteps);
}

TEST_F(Sqlite, LeavesNothingOfAMigrationThatFails) {
  constexpr std::array kBroken = {kOneTable[0], "CREATE TABLE half (id BIGINT); CREATE TABLE notes (id BIGINT)"};
  EXPECT_THROW(Database(uri(), "notes", kBroken), Error);
  Database database(uri(), "notes", kOneTable);
  EXPECT_EQ(count(database), 0);
  EXPECT_EQ(error_of([&] {
              database.read("look", [](Connection& connection) { connection.query("SELECT * FROM half").step(); });
            }).code(),
            ErrorCode::kInternal);
}

TEST_F(Sqlite, RefusesTablesOfANewerProgram) {
  Database(uri(), "notes", kTwoSteps);
  const Error error = error_of([&] { Database(uri(), "notes", kOneTable); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("notes.db"), HasSubstr("version 2"), HasSubstr("up to version 1")));
}

TEST_F(Sqlite, ComponentsOfOneFileCountTheirOwnVersions) {
  constexpr std::array kOther = {"CREATE TABLE others (id BIGINT)"};
  Database(uri(), "notes", kTwoSteps);
  Database(uri(), "others", kOther);
  Database database(uri(), "notes", kTwoSteps);
  database.read("look", [](Connection& connection) { EXPECT_FALSE(connection.query("SELECT * FROM others").step()); });
}

TEST_F(Sqlite, ManyProcessesMayOpenANewFileAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        Database database(uri(), "notes", kTwoSteps);
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
  Database database(uri(), "notes", kTwoSteps);
  EXPECT_EQ(count(database), 6);
}

TEST_F(Sqlite, ThreadsWriteAndReadAtOnce) {
  Database database(uri(), "notes", kOneTable);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 20; ++i) {
        database.write("insert", [&](Connection& connection) {
          connection.run("INSERT INTO notes (id) VALUES (?)", thread * 1000 + i);
        });
        EXPECT_GT(count(database), i);
      }
    });
  threads.clear();
  EXPECT_EQ(count(database), 160);
}

TEST_F(Sqlite, TellsAFullDatabaseAndUndoesTheWrite) {
  Database database(uri(), "notes", kOneTable);
  const auto owned = open_sqlite(path(), SqliteAccess::kReadWrite);
  Connection& connection = *owned;
  connection.set_purpose("fill the disk");
  connection.run_script("PRAGMA max_page_count = 30");
  const Error error = error_of([&] {
    Transaction transaction(connection, TransactionKind::kWrite);
    for (int id = 0; id < 1000; ++id)
      connection.run("INSERT INTO notes (id, text) VALUES (?, ?)", id, std::string(1000, 'x'));
    transaction.commit();
  });
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("fill the disk"), HasSubstr("full")));
  EXPECT_EQ(count(database), 0);
  connection.run("INSERT INTO notes (id) VALUES (1)");
  EXPECT_EQ(count(database), 1);
}

TEST_F(Sqlite, TellsAFileThatIsNoDatabase) {
  fs::create_directories(folder_);
  std::ofstream(path()) << std::string(5000, 'x');
  const Error error = error_of([&] { open(); });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("notes.db"), HasSubstr("not a database")));
}

TEST_F(Sqlite, TellsADamagedFile) {
  {
    Database database(uri(), "notes", kOneTable);
    database.write("insert", [](Connection& connection) {
      for (int id = 0; id < 5000; ++id) connection.run("INSERT INTO notes (id, text) VALUES (?, 'some text')", id);
    });
  }
  fs::resize_file(path(), 20'000);
  const Error error = error_of([&] {
    Database database(uri(), "notes", kOneTable);
    count(database);
  });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), HasSubstr("notes.db"));
}

TEST_F(Sqlite, TellsAFolderThatCannotBeMade) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x";
  const Error error =
      error_of([&] { Database("sqlite:///" + (folder_ / "file" / "notes.db").string(), "notes", kOneTable); });
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
}

TEST(SqliteName, IsQuoted) {
  EXPECT_EQ(quoted("price"), "\"price\"");
  EXPECT_EQ(quoted("a \"b\""), "\"a \"\"b\"\"\"");
}

}  // namespace
}  // namespace veleta::sql
