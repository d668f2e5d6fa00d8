#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "source_under_test.hpp"

namespace veleta::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class CsvSource : public ::testing::Test {
 protected:
  CsvSource() { fs::create_directories(folder_); }
  ~CsvSource() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }

  std::string gzip_file(const std::string& name, const std::string& content) const {
    gzFile out = gzopen((folder_ / name).c_str(), "wb");
    gzwrite(out, content.data(), static_cast<unsigned>(content.size()));
    gzclose(out);
    return folder_ / name;
  }

  static void written_ago(const fs::path& path, fs::file_time_type::duration age) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - age);
  }

  Settings cut(const std::string& path, int rows) const {
    return {{"path", path}, {"batch_rows", std::to_string(rows)}};
  }

  /// Payloads of all batches until the end, each call with the last one's cursor.
  static std::vector<std::string> payloads(SourceHandle& source) {
    std::vector<std::string> all;
    std::optional<std::string> cursor;
    for (Taken taken = take(source); taken.batch.outcome == Batch::Outcome::kBatch; taken = take(source, cursor)) {
      EXPECT_EQ(taken.error, std::nullopt) << taken.message;
      if (taken.error) break;
      EXPECT_EQ(taken.batch.id, std::to_string(all.size()));
      all.push_back(taken.payload);
      cursor = taken.batch.cursor;
    }
    return all;
  }

  static std::atomic<int> count_;
  const fs::path folder_ =
      fs::temp_directory_path() / ("veleta_csv_source_" + std::to_string(::getpid()) + "_" + std::to_string(count_++));
};

std::atomic<int> CsvSource::count_ = 0;

TEST_F(CsvSource, CutsAFileIntoBatchesUnderItsHeader) {
  const auto source = make_source("csv", cut(file("a.csv", "x,y\n1,2\n3,4\n5,6\n"), 2));
  EXPECT_EQ(payloads(*source), (std::vector<std::string>{"x,y\n1,2\n3,4\n", "x,y\n5,6\n"}));
}

TEST_F(CsvSource, TakesAFileWholeByDefault) {
  const std::string content = "x,y\r\n1,2\r\n3,4";
  const std::string path = file("a.csv", content);
  written_ago(path, std::chrono::seconds(10));
  const Taken taken = take(*make_source("csv", {{"path", path}}));
  EXPECT_EQ(taken.payload, content);
  EXPECT_EQ(taken.batch.format, Batch::Format::kCsv);
}

TEST_F(CsvSource, DoesNotCutARowAtAQuotedLineBreak) {
  const auto source = make_source("csv", cut(file("a.csv", "x,y\n\"a\n\"\"b\"\"\",2\n3,4\n"), 1));
  EXPECT_EQ(payloads(*source), (std::vector<std::string>{"x,y\n\"a\n\"\"b\"\"\",2\n", "x,y\n3,4\n"}));
}

TEST_F(CsvSource, CutsRowsWhereTheReaderDoes) {
  // A quote within a cell opens nothing; a doubled one stays inside; blank lines are no rows.
  const std::string content = "\xEF\xBB\xBF\"x\",y\n1,5\" pipe\n\r\n2,\"a \"\"b\n\"\n\n3,c\n\n";
  const auto source = make_source("csv", cut(file("a.csv", content), 1));
  const std::string header = "\xEF\xBB\xBF\"x\",y\n";
  EXPECT_EQ(payloads(*source),
            (std::vector<std::string>{header + "1,5\" pipe\n", header + "2,\"a \"\"b\n\"\n", header + "3,c\n"}));
}

TEST_F(CsvSource, LeavesARowThatIsStillBeingWrittenForLater) {
  for (const char* part : {"3", "3,\"c"}) {
    const std::string start = "x,y\n1,a\n2,b\n";
    const auto source = make_source("csv", cut(file("a.csv", start + part), 2));
    const Taken first = take(*source);
    EXPECT_EQ(first.payload, start);
    EXPECT_EQ(take(*source, first.batch.cursor).batch.outcome, Batch::Outcome::kNothingNew);
    written_ago(file("a.csv", start + "3,\"c\""), std::chrono::seconds(10));
    EXPECT_EQ(take(*source, first.batch.cursor).payload, "x,y\n3,\"c\"");
  }
}

TEST_F(CsvSource, DoesNotTakeAValueThatIsStillBeingWritten) {
  const std::string start = "x,y\n1,a\n";
  const auto source = make_source("csv", {{"path", file("a.csv", start + "2,1")}});
  const Taken first = take(*source);
  EXPECT_EQ(first.payload, start);
  file("a.csv", start + "2,17.25\n");
  const Taken second = take(*source, first.batch.cursor);
  EXPECT_EQ(second.payload, "x,y\n2,17.25\n");
  EXPECT_EQ(take(*source, second.batch.cursor).batch.outcome, Batch::Outcome::kEndOfData);
}

TEST_F(CsvSource, ReadsAFinishedFileWithoutALastLineEndToItsEnd) {
  const std::string path = file("a.csv", "x\n1\n2");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(payloads(*make_source("csv", {{"path", path}})), (std::vector<std::string>{"x\n1\n", "x\n2"}));
  EXPECT_GT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  written_ago(path, std::chrono::seconds(10));
  EXPECT_EQ(payloads(*make_source("csv", {{"path", path}})), (std::vector<std::string>{"x\n1\n2"}));
}

TEST_F(CsvSource, LeavesALastRowWithoutALineEndForAsLongAsItIsTold) {
  const std::string path = file("a.csv", "x\n1");
  written_ago(path, std::chrono::minutes(9));
  const auto source = make_source("csv", {{"path", path}, {"settle_s", "600"}});
  EXPECT_EQ(take(*source).batch.outcome, Batch::Outcome::kNothingNew);
  written_ago(path, std::chrono::minutes(11));
  EXPECT_EQ(take(*source).payload, "x\n1");
}

TEST_F(CsvSource, PassesOverALastRowThatItTookThoughTheFileWasTouched) {
  const std::string path = file("a.csv", "x\n1\n2");
  written_ago(path, std::chrono::seconds(10));
  const auto source = make_source("csv", {{"path", path}});
  const auto cursor = take(*source).batch.cursor;
  file("a.csv", "x\n1\n2\n3\n");
  EXPECT_EQ(take(*source, cursor).payload, "x\n3\n");
}

TEST_F(CsvSource, CutsAFileWithoutAHeader) {
  Settings settings = cut(file("a.csv", "0.1,p\n0.2,q\n0.3,r\n"), 2);
  settings["header"] = "no";
  EXPECT_EQ(payloads(*make_source("csv", settings)), (std::vector<std::string>{"0.1,p\n0.2,q\n", "0.3,r\n"}));
}

TEST_F(CsvSource, RefusesToRepeatARowAsAHeader) {
  for (const char* content :
       {"0.1,p\n0.2,q\n", "p,\"-5\"\nq,7\n", "2026-11-24,a\n2026-11-25,b\n", "\"a,b\", .5\nc,1\n"}) {
    const std::string path = file("a.csv", content);
    const Taken taken = take(*make_source("csv", cut(path, 1)));
    EXPECT_EQ(taken.error, ErrorCode::kInvalidArgument) << content;
    EXPECT_THAT(taken.message, AllOf(HasSubstr("a.csv"), HasSubstr("header = \"no\""))) << content;
    EXPECT_EQ(take(*make_source("csv", {{"path", path}})).payload, content) << "one batch repeats nothing";
    Settings sure = cut(path, 1);
    sure["header"] = "yes";
    EXPECT_EQ(take(*make_source("csv", sure)).payload, content);
  }
}

TEST_F(CsvSource, TakesNamesThatAreNumbersBesideOthers) {
  for (const char* content : {"400,401,y\n1,2,3\n", ",2019\n0,5\n", "400,y\na,b\n"})
    EXPECT_EQ(take(*make_source("csv", cut(file("a.csv", content), 1))).payload, content);
}

TEST_F(CsvSource, RefusesARowWithoutEnd) {
  const Taken taken = take(*make_source("csv", cut(file("a.csv", "x\n\"" + std::string(20'000'000, '\n')), 1)));
  EXPECT_EQ(taken.error, ErrorCode::kBadData);
  EXPECT_THAT(taken.message, HasSubstr("a row is longer than 16 MiB: does a quote in it never end?"));
}

TEST_F(CsvSource, CutsACompressedFileAlike) {
  const auto source = make_source("csv", cut(gzip_file("a.csv.gz", "x\n1\n2\n3\n"), 2));
  EXPECT_EQ(payloads(*source), (std::vector<std::string>{"x\n1\n2\n", "x\n3\n"}));
}

TEST_F(CsvSource, CutsRowsThatSpanReadBlocks) {
  std::string content = "x\n";
  for (int row = 0; row < 40'000; ++row) content += std::to_string(row) + ",0123456789\n";
  const auto batches = payloads(*make_source("csv", cut(file("a.csv", content), 7'000)));
  std::string whole = "x\n";
  for (const std::string& batch : batches) whole += batch.substr(2);
  EXPECT_EQ(batches.size(), 6u);
  EXPECT_EQ(whole, content);
}

TEST_F(CsvSource, NamesTheFileAndRowsOfABatch) {
  const std::string path = file("a.csv", "x\n1\n2\n3\n");
  const auto source = make_source("csv", cut(path, 2));
  const Taken first = take(*source);
  EXPECT_EQ(first.batch.origin, path + ", rows 1 to 2");
  EXPECT_EQ(take(*source, first.batch.cursor).batch.origin, path + ", rows 3 to 3");
}

TEST_F(CsvSource, GoesOnWhereTheCursorSaysInANewProcess) {
  const std::string path = file("a.csv", "x\n1\n2\n3\n");
  const auto cursor = take(*make_source("csv", cut(path, 1))).batch.cursor;
  EXPECT_EQ(take(*make_source("csv", cut(path, 1)), cursor).payload, "x\n2\n");
}

TEST_F(CsvSource, SaysThatAFileShrankSinceTheLastBatch) {
  const auto source = make_source("csv", cut(file("a.csv", "x\n1\n2\n3\n"), 3));
  const auto cursor = take(*source).batch.cursor;
  file("a.csv", "x\n1\n");
  const Taken taken = take(*source, cursor);
  EXPECT_EQ(taken.error, ErrorCode::kBadData);
  EXPECT_THAT(taken.message, AllOf(HasSubstr("a.csv"), HasSubstr("1 rows"), HasSubstr("3 were taken")));
}

TEST_F(CsvSource, RefusesACursorOfAnotherSource) {
  const auto source = make_source("csv", cut(file("a.csv", "x\n1\n"), 1));
  for (const char* cursor : {"a.csv", "[]", "{\"batch\":1}"}) {
    const Taken taken = take(*source, cursor);
    EXPECT_EQ(taken.error, ErrorCode::kBadData) << cursor;
    EXPECT_THAT(taken.message, HasSubstr(cursor));
  }
}

TEST_F(CsvSource, TellsAnEmptyFileFromOneWithoutRows) {
  EXPECT_EQ(take(*make_source("csv", cut(file("empty.csv", ""), 1))).error, ErrorCode::kBadData);
  const Taken header_alone = take(*make_source("csv", cut(file("header.csv", "x,y\n"), 1)));
  EXPECT_EQ(header_alone.error, std::nullopt);
  EXPECT_EQ(header_alone.batch.outcome, Batch::Outcome::kEndOfData);
}

TEST_F(CsvSource, SaysThatACompressedFileIsCutShort) {
  std::string rows = "x\n";
  for (int row = 0; row < 5'000; ++row) rows += std::to_string(row * 7919 % 5003) + "\n";
  const fs::path path = gzip_file("a.csv.gz", rows);
  fs::resize_file(path, fs::file_size(path) / 2);
  const Taken taken = take(*make_source("csv", {{"path", path}}));
  EXPECT_EQ(taken.error, ErrorCode::kBadData);
  EXPECT_THAT(taken.message, HasSubstr("a.csv.gz"));
}

TEST_F(CsvSource, NamesAFileThatIsNotThere) {
  const Taken taken = take(*make_source("csv", {{"path", folder_ / "none.csv"}}));
  EXPECT_EQ(taken.error, ErrorCode::kUnavailable);
  EXPECT_THAT(taken.message, HasSubstr("none.csv: No such file or directory"));
}

TEST_F(CsvSource, BringsAFoldersFilesInTheOrderOfTheirNames) {
  file("b.csv", "x\n2\n"), file("a.csv", "x\n1\n"), file("notes.txt", "no"), file(".c.csv", "hidden");
  gzip_file("c.csv.gz", "x\n3\n");
  const auto source = make_source("csv", {{"path", folder_}});
  const Taken a = take(*source), b = take(*source, a.batch.cursor), c = take(*source, b.batch.cursor);
  EXPECT_EQ(a.batch.id, "a.csv");
  EXPECT_EQ(a.payload, "x\n1\n");
  EXPECT_EQ(b.batch.id, "b.csv");
  EXPECT_EQ(c.batch.id, "c.csv.gz");
  EXPECT_EQ(c.payload.substr(0, 2), "\x1F\x8B");  // as it is
  EXPECT_EQ(take(*source, c.batch.cursor).batch.outcome, Batch::Outcome::kNothingNew);
  file("d.csv", "x\n4\n");
  EXPECT_EQ(take(*source, c.batch.cursor).batch.id, "d.csv");
}

TEST_F(CsvSource, LeavesAFileThatIsStillBeingWrittenForLater) {
  const std::string path = file("a.csv", "x\n1\n");
  const auto source = make_source("csv", {{"path", folder_}, {"settle_s", "3600"}});
  EXPECT_EQ(take(*source).batch.outcome, Batch::Outcome::kNothingNew);
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_EQ(take(*source).batch.id, "a.csv");
}

TEST_F(CsvSource, DoesNotPassOverAFileThatIsStillBeingWritten) {
  for (const char* name : {"a1.csv", "a2.csv", "a3.csv"}) written_ago(file(name, "x\n1\n"), std::chrono::hours(2));
  written_ago(folder_ / "a2.csv", std::chrono::seconds(0));
  const auto source = make_source("csv", {{"path", folder_}, {"settle_s", "3600"}});
  const Taken first = take(*source);
  EXPECT_EQ(first.batch.id, "a1.csv");
  EXPECT_EQ(take(*source, first.batch.cursor).batch.outcome, Batch::Outcome::kNothingNew);
  written_ago(folder_ / "a2.csv", std::chrono::hours(2));
  const Taken second = take(*source, first.batch.cursor);
  EXPECT_EQ(second.batch.id, "a2.csv");
  EXPECT_EQ(take(*source, second.batch.cursor).batch.id, "a3.csv");
}

TEST_F(CsvSource, TakesAFileOfAClockThatIsAhead) {
  written_ago(file("a.csv", "x\n1\n"), std::chrono::seconds(-30));
  EXPECT_EQ(take(*make_source("csv", {{"path", folder_}})).batch.id, "a.csv");
  EXPECT_EQ(take(*make_source("csv", {{"path", folder_}, {"settle_s", "5"}})).batch.id, "a.csv");
  EXPECT_EQ(take(*make_source("csv", {{"path", folder_}, {"settle_s", "60"}})).batch.outcome,
            Batch::Outcome::kNothingNew);
}

}  // namespace
}  // namespace veleta::testing
