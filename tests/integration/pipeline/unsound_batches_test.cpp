#include <fmt/format.h>
#include <gmock/gmock.h>
#include <functional>

#include "base/files.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// A pipeline of a folder of CSV files, which trains on each sound batch.
class UnsoundBatches : public testing::Test {
 protected:
  void SetUp() override { configure("target = \"y\""); }

  void configure(const std::string& pipeline_keys, const std::string& more = "",
                 const std::string& when = R"("volume")") const {
    write_file_atomically(folder_ / "csv.toml", fmt::format(R"(
[pipeline]
name = "realty"
{1}
[source]
plugin = "csv"
path = "{0}/rows"
[validate]
min_rows = 100
[retrain]
when = [{3}]
[[learner]]
plugin = "ridge"
[store]
uri = "sqlite:///{0}/realty.db"
[registry]
uri = "sqlite:///{0}/realty.db"
{2}
)",
                                                            folder_.path().string(), pipeline_keys, more, when));
  }

  /// 1,000 rows, no two alike in all batches.
  void write_rows(const std::string& name, const std::string& header,
                  const std::function<std::string(int row)>& cells) {
    std::string text = header + "\n";
    for (int row = 0; row < 1000; ++row) text += fmt::format("{},{}\n", next_++ * 7 % 99991, cells(row));
    write_file_atomically(folder_ / "rows" / name, text);
  }

  /// Takes the next file, or judges a batch again; the run must not fail.
  json::object run(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", (folder_ / "csv.toml").string(), "--json"});
    const Outcome outcome = pipeline_.veleta(more);
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.last();
  }

  static std::string sentence(const json::object& result) { return text_or_empty(result, "sentence"); }
  static std::string outcome(const json::object& result) { return text_or_empty(result, "outcome"); }
  std::string state(const std::string& batch) const {
    return pipeline_.query(fmt::format("select state from batches where id = '{}'", batch));
  }

  Folder folder_;
  Pipeline pipeline_{folder_, "http://127.0.0.1:9"};
  int next_ = 0;
};

TEST_F(UnsoundBatches, AreThoseOfAColumnMostlyMissingAlsoWithAMistypedCell) {
  write_rows("1.csv", "x,c,y", [](int row) { return fmt::format("{},{}", row % 13, row % 101); });
  ASSERT_EQ(outcome(run()), "promoted");
  write_rows("2.csv", "x,c,y", [](int row) {
    return fmt::format("{},{}", row == 0 ? "x" : row % 20 == 0 ? "1" : "", row % 101);
  });
  const auto skipped = run();
  EXPECT_EQ(outcome(skipped), "skipped");
  EXPECT_THAT(sentence(skipped), HasSubstr("95 % of column 'c' are missing (0 % were when the production model"));
  EXPECT_EQ(state("2.csv"), "rejected");
}

TEST_F(UnsoundBatches, AreNotThoseWhoseMistypedCellsAreAllowedAndLeaveFewMissing) {
  write_rows("1.csv", "x,c,y", [](int row) { return fmt::format("{},{}", row % 13, row % 101); });
  ASSERT_EQ(outcome(run()), "promoted");
  write_rows("2.csv", "x,c,y", [](int row) {
    return fmt::format("{},{}", row % 20 == 0 ? "x" : row % 20 < 11 ? "" : "3", row % 101);
  });
  EXPECT_NE(outcome(run()), "skipped") << "5 % are mistyped, and 50 % missing";
  EXPECT_EQ(state("2.csv"), "clean");
}

}  // namespace
}  // namespace veleta::test
