#include <fmt/format.h>
#include <gmock/gmock.h>
#include <algorithm>

#include "base/files.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr int kExitUsage = 2;

/// A pipeline of a folder of CSV files, which trains on each batch that brings as many rows as the last.
class TargetColumn : public testing::Test {
 protected:
  void write_rows(const std::string& name, const std::string& header) const {
    std::string text = header + "\n";
    const auto columns = std::count(header.begin(), header.end(), ',') + 1;
    for (int row = 0; row < 400; ++row)
      for (int column = 0; column < columns; ++column)
        text += std::to_string((column + 1) * row + row % 7) + (column + 1 < columns ? "," : "\n");
    write_file_atomically(folder_ / "rows" / name, text);
  }

  Outcome run(const std::string& target, std::vector<std::string> more = {}) const {
    write_file_atomically(folder_ / "csv.toml", fmt::format(R"(
[pipeline]
name = "realty"
target = {0}
[source]
plugin = "csv"
path = "{1}/rows"
[validate]
min_rows = 100
[retrain]
when = ["volume"]
[[learner]]
plugin = "ridge"
[store]
uri = "sqlite:///{1}/realty.db"
[registry]
uri = "sqlite:///{1}/realty.db"
)",
                                                            target, folder_.path().string()));
    std::vector<std::string> arguments{"run", (folder_ / "csv.toml").string(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return pipeline_.veleta(arguments);
  }

  static std::string sentence(const Outcome& outcome) { return text_or_empty(outcome.last(), "sentence"); }

  Folder folder_;
  Pipeline pipeline_{folder_, "http://127.0.0.1:9"};
};

TEST_F(TargetColumn, OfAnotherNameEndsTheRunBeforeItTrains) {
  write_rows("a.csv", "x,y,z");
  ASSERT_EQ(text_or_empty(run("\"y\"").last(), "outcome"), "promoted");
  write_rows("b.csv", "x,y,z");
  const Outcome changed = run("\"z\"");
  EXPECT_EQ(changed.status, kExitUsage) << changed.output;
  EXPECT_THAT(sentence(changed), HasSubstr("(version 1) predicts 'y' (regression), and this file says 'z'"));
  EXPECT_THAT(sentence(changed), HasSubstr("give the pipeline another name"));
  EXPECT_EQ(pipeline_.query("select count(*) from steps where name = 'prepare'"), "1");

  const Outcome back = run("\"y\"");
  EXPECT_EQ(back.status, 0) << back.output;
  EXPECT_EQ(pipeline_.query("select count(*) from steps where name = 'prepare'"), "2");
}

TEST_F(TargetColumn, MayBeTransformedOtherwise) {
  write_rows("a.csv", "x,y,z");
  ASSERT_EQ(text_or_empty(run("\"y\"").last(), "outcome"), "promoted");
  write_rows("b.csv", "x,y,z");
  const Outcome transformed = run("\"y\"\ntransform = \"log\"");
  EXPECT_EQ(transformed.status, 0) << transformed.output;
  EXPECT_THAT(sentence(transformed), HasSubstr("mae"));
}

TEST_F(TargetColumn, ThatABatchLacksIsToldWithTheColumnsFoundAndTheWayBack) {
  write_rows("a.csv", "c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,price");
  const Outcome skipped = run("\"prcie\"");
  EXPECT_EQ(skipped.status, 0) << skipped.output;
  EXPECT_EQ(sentence(skipped),
            "Skipped: the batch has no target column 'prcie'; it has c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 "
            "and 2 more (did you mean 'price'?). Once the cause is mended, `veleta run CONFIG --batch "
            "a.csv` judges it again.");
  EXPECT_EQ(text_or_empty(run("\"price\"", {"--batch", "a.csv"}).last(), "outcome"), "promoted");
}

TEST_F(TargetColumn, ThatIsGoneIsToldWithTheColumnsFound) {
  write_rows("a.csv", "x,y,z");
  ASSERT_EQ(text_or_empty(run("\"y\"").last(), "outcome"), "promoted");
  write_rows("b.csv", "x,z,price");
  const std::string told = sentence(run("\"y\""));
  EXPECT_THAT(told, HasSubstr("Skipped: the target column 'y' is gone; the batch has x, z, price ('price' is new); "));
  EXPECT_THAT(told, EndsWith(" Once the cause is mended, `veleta run CONFIG --batch b.csv` judges it again."));
}

TEST_F(TargetColumn, OfATooSmallBatchAsksForNothing) {
  write_file_atomically(folder_ / "rows" / "a.csv", "x,y\n1,2\n3,4\n");
  EXPECT_THAT(sentence(run("\"y\"")), EndsWith("the batch has 2 rows, 100 are needed."));
}

}  // namespace
}  // namespace veleta::test
