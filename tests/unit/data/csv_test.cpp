#include <gmock/gmock.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "data/csv_lines.hpp"
#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(Csv, ReadsQuotedCommasAndNewlines) {
  const auto result = csv("name,\"the, note\"\n\"a, b\",\"first\nsecond\"\n\"say \"\"hi\"\"\",\"\"\"\"\n");
  EXPECT_THAT(texts(result.table, "name"), ElementsAre("a, b", "say \"hi\""));
  EXPECT_THAT(texts(result.table, "the, note"), ElementsAre("first\nsecond", "\""));
}

TEST(Csv, ReadsEveryLineEndMarkAndBlankLine) {
  const auto plain = csv("a,b\n1,x\n2,y\n").table;
  for (const char* text : {"a,b\r\n1,x\r\n2,y\r\n",
                           "\xEF\xBB\xBF"
                           "a,b\n1,x\n2,y",
                           "a,b\r\n\r\n1,\"x\"\r\n\r\n2,y\r\n\n", "\"a\",\"b\"\r\n\"1\" ,x\r\n2,\"y\"",
                           "\xEF\xBB\xBF\"a\",b\n1 , x\n2,y\r"}) {
    const auto result = csv(text);
    EXPECT_EQ(to_csv(result.table), to_csv(plain)) << text;
    EXPECT_FALSE(result.report.truncated_last_line) << text;
  }
}

TEST(Csv, ReadsMissingCells) {
  const auto result = csv("n,c\n,\nNA,N/A\nNaN,null\nNULL,None\n\"\",\"  \"\n0,na\n");
  EXPECT_EQ(result.table.at("n").missing_count(), 5u);
  EXPECT_THAT(texts(result.table, "c"), ElementsAre("", "", "", "", "", "na"));
}

TEST(Csv, TakesOnlyWholeFiniteNumbers) {
  ReadOptions options;
  options.rules.numeric = {"n"};
  const auto result = csv("n\n1.5\n-3\n.5\n1e3\ninf\n-infinity\nnan\n1e999\n12abc\n0x10\n1_000\n", options);
  EXPECT_THAT(texts(result.table, "n"), ElementsAre("1.5", "-3", "0.5", "1000", "", "", "", "", "", "", ""));
  ASSERT_EQ(result.report.retyped.size(), 1u);
  EXPECT_EQ(result.report.retyped[0].retyped_count, 7u);
}

TEST(Csv, ReadsMinusZeroAsZero) {
  EXPECT_THAT(texts(csv("n\n-0.0\n-0\n-0e5\n").table, "n"), ElementsAre("0", "0", "0"));
}

TEST(Csv, IsTheSameInPiecesOfAnySize) {
  std::string text =
      "\xEF\xBB\xBF"
      "a,b,c\r\n";
  for (int i = 0; i < 300; ++i)
    text += std::to_string(i) + ",\"x \"\"" + std::to_string(i % 7) + "\"\",\r\n\",2019-06-28\r\n";
  const auto whole = csv(text);
  EXPECT_EQ(whole.table.row_count(), 300u);
  for (const size_t piece_bytes : {1, 7, 4096}) {
    PieceReader pieces(text, piece_bytes);
    EXPECT_EQ(to_csv(read_csv(pieces, {}).table), to_csv(whole.table)) << piece_bytes;
    PieceReader packed(gzip(text), piece_bytes);
    EXPECT_EQ(to_csv(read_csv(packed, {}).table), to_csv(whole.table)) << piece_bytes;
  }
}

TEST(Csv, ReadsRowsAcrossBlocks) {
  // Rows of 1,000 bytes against blocks of 1 MiB, and one row that is longer than a block.
  std::string text = "i,note\n";
  for (int i = 0; i < 3000; ++i)
    text += std::to_string(i) + ",\"" + std::string(i == 1500 ? 3000000 : 1000, 'x') + "\"\n";
  const Table table = csv(text).table;
  ASSERT_EQ(table.row_count(), 3000u);
  for (size_t row = 0; row < 3000; ++row) ASSERT_EQ(table.at("i").numbers[row], static_cast<double>(row));
  EXPECT_EQ(table.at("note").label(1500).size(), 3000000u);
}

TEST(Csv, LeavesOutALastLineThatWasCutShort) {
  for (const char* text : {"a,b\n1,2\n3", "a,b\n1,2\n3,\"x", "a,b\n1,2\n\"3", "a,b\n1,2\n\""}) {
    const auto result = csv(text);
    EXPECT_EQ(result.table.row_count(), 1u) << text;
    EXPECT_TRUE(result.report.truncated_last_line) << text;
  }
  EXPECT_EQ(csv("a,b\n1,2\n3,4").table.row_count(), 2u);
}

TEST(Csv, RefusesRowsWithAnotherNumberOfCells) {
  const auto few = error_of([] { csv("a,b,c\n1,2,3\n\"4\n4\",5\n6,7,8\n"); });
  EXPECT_EQ(few.code(), ErrorCode::kBadData);
  EXPECT_THAT(few.what(), HasSubstr("line 3 has 2 cells: expected 3"));
  const auto many = error_of([] { csv("a,b\n\"1\n2\",3\n\n4,5,6"); });
  EXPECT_THAT(many.what(), HasSubstr("line 5 has 3 cells: expected 2"));
}

TEST(Csv, RefusesBrokenQuotes) {
  const auto open = error_of([] { csv("a,b\n1,2\n3,\"4\n5,6\n7,8\n"); });
  EXPECT_EQ(open.code(), ErrorCode::kBadData);
  EXPECT_THAT(open.what(), HasSubstr("the quote that opens in line 3 never ends"));
  EXPECT_THAT(error_of([] { csv("a,b\n1,\"2\"x\n"); }).what(), HasSubstr("line 2 has text after the closing quote"));
  EXPECT_THAT(error_of([] { csv("a\n\"" + std::string(20000000, 'x')); }).what(), HasSubstr("longer than 16 MiB"));
}

TEST(Csv, RefusesHeadersThatNameAColumnTwice) {
  EXPECT_THAT(error_of([] { csv("a,b, a\n1,2,3\n"); }).what(), HasSubstr("names column 'a' twice"));
}

TEST(Csv, NeedsAHeader) {
  EXPECT_EQ(error_of([] { csv(""); }).code(), ErrorCode::kBadData);
  EXPECT_EQ(error_of([] { csv("\n\n"); }).code(), ErrorCode::kBadData);
  const auto empty = csv("a,b\n");
  EXPECT_EQ(empty.table.row_count(), 0u);
  EXPECT_THAT(empty.schema.names(), ElementsAre("a", "b"));
}

TEST(Csv, TakesNamesFromTheRulesWhereTheFileHasNone) {
  ReadOptions options;
  options.rules.names = {"a", "b"};
  EXPECT_THAT(texts(csv("1,2\n3,4\n", options).table, "b"), ElementsAre("2", "4"));
  EXPECT_THAT(texts(csv("b,a\n1,2\n3,4\n", options).table, "b"), ElementsAre("1", "3"));
}

TEST(Csv, NamesColumnsWithoutAName) { EXPECT_THAT(csv(",b\n1,2\n").schema.names(), ElementsAre("column_1", "b")); }

TEST(Csv, RefusesAGzipThatGrowsOutOfProportion) {
  std::string packed;
  const std::string member = gzip(std::string(100'000'000, '\n'));
  for (int i = 0; i < 11; ++i) packed += member;
  const auto plain = gunzip_if_needed(read_text(packed));
  std::string block(1 << 20, '\0');
  const auto error = error_of([&] {
    while (plain->read(block.data(), block.size()) > 0) {
    }
  });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_THAT(error.what(), HasSubstr("more than 200 times as large"));
}

TEST(Csv, ReadsSeveralGzipMembersAndRefusesAPartOfOne) {
  const std::string packed = gzip("a\n1\n") + gzip("2\n");
  EXPECT_THAT(texts(csv(packed).table, "a"), ElementsAre("1", "2"));
  const std::string one = gzip("a\n1\n2\n3\n");
  for (size_t size = 2; size < one.size(); ++size)
    EXPECT_EQ(error_of([&] { csv(one.substr(0, size)); }).code(), ErrorCode::kBadData) << size;
}

TEST(Csv, ReadsFilesAndNamesTheOnesThatAreNotThere) {
  const auto folder = std::filesystem::temp_directory_path() / ("veleta_data_" + new_id());
  write_file_atomically(folder / "rows.csv.gz", gzip("a\n1\n2\n"));
  const auto bytes = open_file((folder / "rows.csv.gz").string());
  EXPECT_EQ(read_csv(*bytes, {}).table.row_count(), 2u);
  std::filesystem::remove_all(folder);
  const auto error = error_of([&] { open_file((folder / "rows.csv.gz").string()); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("rows.csv.gz"));
}

TEST(Csv, CutAtAnyByteIsRowsOrAnError) {
  const std::string text = "a,b\n1,\"x, \"\"y\"\"\"\n2,\"z\r\nw\"\n";
  for (size_t size = 0; size < text.size(); ++size) {
    const auto error = error_of([&] { EXPECT_LE(csv(text.substr(0, size)).table.row_count(), 2u); });
    EXPECT_TRUE(error.code() == ErrorCode::kBadData || std::string(error.what()).empty()) << size << error.what();
  }
}

TEST(Csv, GivesBackTheTableThatWasWritten) {
  std::mt19937_64 random(7);
  const std::vector<std::string> labels{"plain", "a,b",    "say \"hi\"", "two\nlines", "ñandú",
                                        "1.50",  "x\r\ny", "'",          "\\"};
  for (int round = 0; round < 50; ++round) {
    Table table;
    table.columns = {{"n", ColumnType::kNumber, {}, {}, {}},
                     {"c, \"d\"", ColumnType::kCategory, {}, {}, {}},
                     {"t", ColumnType::kTime, {}, {}, {}}};
    if (round % 5 == 0) table.columns.erase(table.columns.begin(), table.columns.begin() + 2);
    const size_t row_count = random() % 40;
    for (size_t row = 0; row < row_count; ++row)
      for (auto& column : table.columns) {
        if (random() % 5 == 0)
          column.append_missing();
        else if (column.type == ColumnType::kNumber)
          column.append_number(
              std::ldexp(static_cast<double>(random() % 100000) - 50000, static_cast<int>(random() % 40) - 20));
        else if (column.type == ColumnType::kTime)
          column.append_number(static_cast<double>(random() % 4000000000) / 4);
        else
          column.append_label(labels[random() % labels.size()]);
      }
    ReadOptions options;
    options.schema = schema_of(table);
    const auto result = csv(to_csv(table), options);
    EXPECT_EQ(row_hashes(result.table), row_hashes(table));
    for (const auto& column : table.columns) {
      EXPECT_EQ(texts(result.table, column.name), texts(table, column.name));
      for (size_t row = 0; row < column.numbers.size(); ++row)
        EXPECT_TRUE(column.is_missing(row) || result.table.at(column.name).numbers[row] == column.numbers[row]);
    }
  }
}

TEST(CsvLines, CountThoseInsideQuotesAndBlankOnes) {
  const std::string text = "a,b\n\"x\ny\",2\n\n3,4\n";
  const auto line = [&](size_t row, const ReadOptions& options = {}) {
    return csv_line_of_row(*read_text(text), options, row);
  };
  EXPECT_EQ(line(0), 2U);
  EXPECT_EQ(line(1), 5U);
  EXPECT_EQ(line(2), 0U) << "no such row";
  ReadOptions headless;
  headless.rules.names = {"p", "q"};
  EXPECT_EQ(line(0, headless), 1U);
}

}  // namespace
}  // namespace veleta
