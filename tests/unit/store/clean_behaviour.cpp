#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "store_behaviour.hpp"

// CLEAN.
namespace veleta {

Table made_table(size_t row_count, uint64_t seed) {
  std::mt19937_64 random(seed);
  Table table;
  table.columns = {number_column("price", {}), category_column("city", {}), time_column("sold", {}),
                   number_column("bed", {})};
  const std::vector<std::string> cities = {"San Juan", "Adjuntas", "Ponce", "Mayagüez", kOddText, ""};
  for (size_t row = 0; row < row_count; ++row) {
    table.columns[0].append_number(std::ldexp(static_cast<double>(random()), -40));
    random() % 7 ? table.columns[1].append_label(cities[random() % cities.size()]) : table.columns[1].append_missing();
    random() % 5 ? table.columns[2].append_number(86400.0 * static_cast<double>(random() % 20000))
                 : table.columns[2].append_missing();
    random() % 9 ? table.columns[3].append_number(static_cast<double>(random() % 6))
                 : table.columns[3].append_missing();
  }
  return table;
}

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

bool same_cell(const Column& a, const Column& b, size_t row) {
  if (a.is_missing(row) || b.is_missing(row)) return a.is_missing(row) && b.is_missing(row);
  if (a.type == ColumnType::kCategory) return a.label(row) == b.label(row);
  return a.numbers[row] == b.numbers[row];
}

Table table_of(std::vector<Column> columns) {
  Table table;
  table.columns = std::move(columns);
  return table;
}

}  // namespace

void expect_equal(const Table& actual, const Table& expected) {
  ASSERT_EQ(actual.columns.size(), expected.columns.size());
  ASSERT_EQ(actual.row_count(), expected.row_count());
  int told = 0;
  for (size_t i = 0; i < expected.columns.size(); ++i) {
    EXPECT_EQ(actual.columns[i].name, expected.columns[i].name);
    ASSERT_EQ(actual.columns[i].type, expected.columns[i].type);
    for (size_t row = 0; row < expected.row_count() && told < 5; ++row)
      if (!same_cell(actual.columns[i], expected.columns[i], row))
        ADD_FAILURE() << "cell " << ++told << ": column '" << expected.columns[i].name << "', row " << row
                      << ": expected '" << expected.columns[i].text(row) << "', found '" << actual.columns[i].text(row)
                      << "'";
  }
}

namespace {

TEST_P(StoreBehaviour, HasNoSchemaBeforeTheFirstCleanBatch) {
  add_batch("realty", "0");
  EXPECT_EQ(store().schema("realty"), std::nullopt);
  EXPECT_EQ(store().read_clean("realty", {}).columns.size(), 0u);
}

TEST_P(StoreBehaviour, WritesAndReadsABatch) {
  add_batch("realty", "0");
  const Table table = made_table(200);
  store().write_clean("realty", "0", table);
  expect_equal(store().read_clean("realty", {"0"}), table);
  EXPECT_EQ(store().schema("realty"), schema_of(table));
  const auto batch = store().find_batch("realty", "0");
  EXPECT_EQ(batch->state, BatchState::kClean);
  EXPECT_EQ(batch->row_count, 200);
}

TEST_P(StoreBehaviour, ReadsBatchesInTheOrderAsked) {
  Table expected;
  for (const char* id : {"2", "0", "1"}) {
    add_batch("realty", id);
    store().write_clean("realty", id, made_table(50, static_cast<uint64_t>(id[0])));
  }
  expected = made_table(50, '1');
  expected.append(made_table(50, '2'));
  expect_equal(store().read_clean("realty", {"1", "2"}), expected);
  const Table none = store().read_clean("realty", {});
  EXPECT_EQ(none.row_count(), 0u);
  EXPECT_EQ(schema_of(none), schema_of(expected));
}

TEST_P(StoreBehaviour, KeepsNumbersExactly) {
  using Limits = std::numeric_limits<double>;
  add_batch("realty", "0");
  const std::vector<double> numbers = {
      0.0,   -0.0, 0.1, 1.0 / 3, 1e300,        -5e-324,  Limits::max(), Limits::min(), 9007199254740993.0,
      -1e18, 1e19, 3,   -7,      4294967296.0, INFINITY, -INFINITY};
  store().write_clean("realty", "0", table_of({number_column("x", numbers)}));
  const Table found = store().read_clean("realty", {"0"});
  ASSERT_EQ(found.row_count(), numbers.size());
  for (size_t row = 0; row < numbers.size(); ++row) EXPECT_EQ(found.columns[0].numbers[row], numbers[row]);
}

TEST_P(StoreBehaviour, NanIsMissing) {
  add_batch("realty", "0");
  store().write_clean("realty", "0", table_of({number_column("x", {1, std::nan(""), 3})}));
  const Table found = store().read_clean("realty", {"0"});
  EXPECT_FALSE(found.columns[0].is_missing(0));
  EXPECT_TRUE(found.columns[0].is_missing(1));
  EXPECT_FALSE(found.columns[0].is_missing(2));
}

TEST_P(StoreBehaviour, KeepsTimesToTheFractionOfASecond) {
  add_batch("realty", "0");
  // 2024-02-29, a leap day; noon; before 1970; half a second before it; microseconds; the first and the last year.
  const std::vector<double> times = {1709164800,        1709208000,     -86400 * 365.0, -0.5,
                                     1700000000.123456, -62167219200.0, 253402300799.0, std::nan("")};
  store().write_clean("realty", "0", table_of({time_column("t", times)}));
  expect_equal(store().read_clean("realty", {"0"}), table_of({time_column("t", times)}));
}

TEST_P(StoreBehaviour, RefusesTimesOutsideTheCalendar) {
  for (const double time : {253402300800.0, -62167219201.0, std::numeric_limits<double>::infinity()}) {
    const std::string id = std::to_string(time);
    add_batch("realty", id);
    std::string message;
    EXPECT_EQ(code_of(
                  [&] {
                    store().write_clean("realty", id, table_of({time_column("sold", {0, time})}));
                  },
                  &message),
              ErrorCode::kBadData);
    EXPECT_THAT(message, AllOf(HasSubstr("'sold'"), HasSubstr("row 1")));
    EXPECT_EQ(store().find_batch("realty", id)->state, BatchState::kRaw);
  }
  EXPECT_EQ(store().schema("realty"), std::nullopt);
}

TEST_P(StoreBehaviour, KeepsLabelsApartThatLookAlike) {
  add_batch("realty", "0");
  const Table table = table_of(
      {category_column("c", {"00601", "601", "601.0", nullptr, "NULL", "a", "A", " a", "Ñ", kOddText.c_str()})});
  store().write_clean("realty", "0", table);
  expect_equal(store().read_clean("realty", {"0"}), table);
}

TEST_P(StoreBehaviour, TakesEveryColumnName) {
  add_batch("realty", "0");
  Table table;
  for (const char* name :
       {"batch_id", "ROW_NUMBER", "row_number", "Batch_Id", "price", "Price", "PRICE", "price_2", "select",
        "with space", "quo\"te", "semi;colon", "ñandú", "🧭", "rowid", "oid", "x'; DROP TABLE runs; --"})
    table.columns.push_back(number_column(name, {static_cast<double>(table.columns.size()), std::nan("")}));
  store().write_clean("realty", "0", table);
  reopen();
  expect_equal(store().read_clean("realty", {"0"}), table);
}

TEST_P(StoreBehaviour, TakesColumnNamesThatADatabaseCannot) {
  add_batch("realty", "0");
  Table table;
  const std::string long_name(62, 'x');
  for (const std::string& name : {long_name + "ñ", long_name + "ñ2", long_name + "y", std::string("a\0b", 3),
                                  std::string("a_b"), std::string("ctid"), std::string("xmin"), std::string("what?")})
    table.columns.push_back(number_column(name, {static_cast<double>(table.columns.size()), std::nan("")}));
  Column labels = category_column("label", {"\xEF\xB7\x90 begins with a noncharacter"});
  labels.append_label(std::string_view("a\0b", 3));
  table.columns.push_back(labels);
  store().write_clean("realty", "0", table);
  reopen();
  expect_equal(store().read_clean("realty", {"0"}), table);
}

TEST_P(StoreBehaviour, RefusesAColumnWithoutAName) {
  add_batch("realty", "0");
  EXPECT_EQ(code_of([&] { store().write_clean("realty", "0", table_of({number_column("", {1})})); }),
            ErrorCode::kBadData);
  EXPECT_EQ(store().schema("realty"), std::nullopt);
}

TEST_P(StoreBehaviour, ABatchThatIsCleanIsLeftAsItIs) {
  add_batch("realty", "0");
  store().write_clean("realty", "0", made_table(20, 1));
  store().write_clean("realty", "0", made_table(30, 2));
  store().write_clean("realty", "0", table_of({number_column("other", {1})}));
  expect_equal(store().read_clean("realty", {"0"}), made_table(20, 1));
  EXPECT_EQ(store().find_batch("realty", "0")->row_count, 20);
}

TEST_P(StoreBehaviour, HoldsLaterBatchesToTheSchema) {
  for (const char* id : {"0", "1"}) add_batch("realty", id);
  store().write_clean("realty", "0", made_table(5));
  Table retyped = made_table(5), renamed = made_table(5), reordered = made_table(5), fewer = made_table(5);
  retyped.columns[3] = category_column("bed", {"1", "2", "3", "4", "5"});
  renamed.columns[3].name = "beds";
  std::swap(reordered.columns[0], reordered.columns[3]);
  fewer.columns.pop_back();
  for (const auto& table : {retyped, renamed, reordered, fewer}) {
    std::string message;
    EXPECT_EQ(code_of([&] { store().write_clean("realty", "1", table); }, &message), ErrorCode::kConflict);
    EXPECT_THAT(message, AllOf(HasSubstr("'realty'"), HasSubstr("(number)"))) << message;
  }
  EXPECT_EQ(store().find_batch("realty", "1")->state, BatchState::kRaw);
  EXPECT_EQ(store().schema("realty"), schema_of(made_table(5)));
  store().write_clean("realty", "1", made_table(6));
  EXPECT_EQ(store().read_clean("realty", {"0", "1"}).row_count(), 11u);
}

TEST_P(StoreBehaviour, NewColumnsAtTheEndExtendTheTable) {
  for (const char* id : {"0", "1"}) add_batch("realty", id);
  store().write_clean("realty", "0", made_table(2));
  Table extended = made_table(2, 9);
  extended.columns.push_back(category_column("PRICE", {"high", nullptr}));
  extended.columns.push_back(time_column("listed", {86400, std::nan("")}));
  store().write_clean("realty", "1", extended);
  EXPECT_EQ(store().schema("realty"), schema_of(extended));

  Table expected = made_table(2);
  expected.columns.push_back(category_column("PRICE", {nullptr, nullptr}));
  expected.columns.push_back(time_column("listed", {std::nan(""), std::nan("")}));
  expect_equal(store().read_clean("realty", {"0"}), expected);
  expected.append(extended);
  expect_equal(store().read_clean("realty", {"0", "1"}), expected);
}

TEST_P(StoreBehaviour, PipelinesWithTheSameIdentifierKeepTheirRowsApart) {
  const std::vector<std::string> pipelines = {"a-b", "a_b", "A b", "a_b_2", "ñ", "é"};
  for (size_t i = 0; i < pipelines.size(); ++i) {
    add_batch(pipelines[i], "0");
    store().write_clean(pipelines[i], "0", made_table(5, i));
  }
  for (size_t i = 0; i < pipelines.size(); ++i) expect_equal(store().read_clean(pipelines[i], {"0"}), made_table(5, i));
}

TEST_P(StoreBehaviour, KeepsABatchWithoutRows) {
  add_batch("realty", "0");
  store().write_clean("realty", "0", made_table(0));
  EXPECT_EQ(store().find_batch("realty", "0")->state, BatchState::kClean);
  expect_equal(store().read_clean("realty", {"0"}), made_table(0));
}

TEST_P(StoreBehaviour, ReadsNoBatchThatIsNotClean) {
  for (const char* id : {"0", "1", "2"}) add_batch("realty", id);
  store().write_clean("realty", "0", made_table(5));
  store().reject_batch("realty", "2");
  std::string message;
  EXPECT_EQ(code_of([&] { store().read_clean("realty", {"0", "1"}); }, &message), ErrorCode::kNotFound);
  EXPECT_THAT(message, AllOf(HasSubstr("'1'"), HasSubstr("raw")));
  EXPECT_EQ(code_of([&] { store().read_clean("realty", {"2"}); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { store().read_clean("realty", {"3"}); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { store().write_clean("realty", "3", made_table(1)); }), ErrorCode::kNotFound);
}

TEST_P(StoreBehaviour, KeepsAHundredThousandRowsOverReopening) {
  add_batch("realty", "0");
  const Table table = made_table(100'000);
  store().write_clean("realty", "0", table);
  reopen();
  expect_equal(store().read_clean("realty", {"0"}), table);
}

TEST_P(StoreBehaviour, OfManyThreadsWritingABatchOneSetsItsRows) {
  add_batch("realty", "0");
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < 8; ++i)
    threads.emplace_back([&, i] { store().write_clean("realty", "0", made_table(10 + i, i)); });
  threads.clear();
  const Table found = store().read_clean("realty", {"0"});
  ASSERT_GE(found.row_count(), 10u);
  expect_equal(found, made_table(found.row_count(), found.row_count() - 10));
}

TEST_P(StoreBehaviour, ReadersSeeWholeBatchesWhileOthersAreWritten) {
  for (int id = 0; id < 20; ++id) add_batch("realty", std::to_string(id));
  store().write_clean("realty", "0", made_table(500));
  std::jthread writer([&] {
    for (int id = 1; id < 20; ++id) store().write_clean("realty", std::to_string(id), made_table(500));
  });
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      for (size_t clean_count = 0; clean_count < 20;) {
        std::vector<std::string> clean;
        for (const auto& batch : store().list_batches("realty"))
          if (batch.state == BatchState::kClean) clean.push_back(batch.id);
        EXPECT_GE(clean.size(), clean_count);
        clean_count = clean.size();
        EXPECT_EQ(store().read_clean("realty", clean).row_count(), 500 * clean_count);
      }
    });
}

}  // namespace
}  // namespace veleta
