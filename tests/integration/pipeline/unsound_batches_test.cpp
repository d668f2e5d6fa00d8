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
                 const std::string& when = R"("volume")", const std::string& validate_keys = "") const {
    write_file_atomically(folder_ / "csv.toml",
                          fmt::format(R"(
[pipeline]
name = "realty"
{1}
[source]
plugin = "csv"
path = "{0}/rows"
[validate]
min_rows = 2
{4}
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
                                      folder_.path().string(), pipeline_keys, more, when, validate_keys));
  }

  /// Rows of which no two are alike in all batches.
  void write_rows(const std::string& name, const std::string& header, const std::function<std::string(int row)>& cells,
                  int rows = 1000) {
    std::string text = header + "\n";
    for (int row = 0; row < rows; ++row) text += fmt::format("{},{}\n", next_++ * 7 % 99991, cells(row));
    write_file_atomically(folder_ / "rows" / name, text);
  }

  /// Takes the next file, or judges a batch again; the run must not fail.
  json::object run(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", (folder_ / "csv.toml").string(), "--json"});
    const Outcome outcome = pipeline_.veleta(more);
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.last();
  }

  /// The decisions so far, oldest first.
  json::array history() const {
    const Outcome outcome = pipeline_.veleta({"history", (folder_ / "csv.toml").string(), "--json"});
    return parse_json(outcome.output, "the history").as_array();
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

/// "yes" for about half of the rows.
std::string sold(int row) { return row % 7 < 3 ? "yes" : "no"; }

TEST_F(UnsoundBatches, AreThoseOfAThirdLabelAndDoNotStopLaterOnes) {
  configure("target = \"y\"\ntask = \"classification\"");
  write_rows("1.csv", "x,y", sold);
  ASSERT_EQ(outcome(run()), "promoted");
  write_rows("2.csv", "x,y", [](int row) { return row == 17 ? "Yes" : sold(row); });
  EXPECT_EQ(sentence(run()),
            "Skipped: the target 'y' is 'no' or 'yes', and the batch also has 'Yes' (row 17). Once the cause is "
            "mended, `veleta run CONFIG --batch 2.csv` judges it again.");
  EXPECT_EQ(state("2.csv"), "rejected");
  write_rows("3.csv", "x,y", sold);
  EXPECT_THAT(sentence(run()), HasSubstr("Training: 1,000 rows came since the last training"));
}

TEST_F(UnsoundBatches, AreThoseThatTheLogTransformCannotTakeAndDoNotStopLaterOnes) {
  configure("target = \"y\"\ntransform = \"log\"");
  const auto good = [](int row) { return std::to_string(row % 101); };
  write_rows("1.csv", "x,y", good);
  ASSERT_EQ(outcome(run()), "promoted");
  write_rows("2.csv", "x,y", [&](int row) { return row % 100 == 3 ? "-5" : good(row); });
  EXPECT_THAT(sentence(run()), HasSubstr("Skipped: 10 rows have a y below 0, which the log transform does not take: "
                                         "the least is -5, the first -5 in row 3. Once"));
  EXPECT_EQ(state("2.csv"), "rejected");
  write_rows("3.csv", "x,y", good);
  EXPECT_THAT(sentence(run()), HasSubstr("Training: 1,000 rows came since the last training"));
}

TEST_F(UnsoundBatches, AreNotThoseOfOneClassAloneWhichWaitForTheOther) {
  configure("target = \"y\"\ntask = \"classification\"");
  write_rows("1.csv", "x,y", [](int) { return "no"; });
  EXPECT_EQ(sentence(run()),
            "Skipped: target 'y' has one label, 'no'; classification needs exactly 2; there is no "
            "production model yet.");
  EXPECT_EQ(state("1.csv"), "clean");
  write_rows("2.csv", "x,y", [](int row) { return row == 5 ? "maybe" : sold(row); });
  EXPECT_THAT(sentence(run()), HasSubstr("Skipped: the target 'y' has 3 labels")) << "of both batches";
  write_rows("3.csv", "x,y", sold);
  EXPECT_EQ(outcome(run()), "promoted");
}

TEST_F(UnsoundBatches, AreNotThoseOfTooFewRowsToHoldOut) {
  configure("target = \"y\"", "[train]\nholdout_share = 0.01\n");
  const auto good = [](int row) { return std::to_string(row % 101); };
  write_rows("1.csv", "x,y", good, 3);
  EXPECT_EQ(sentence(run()),
            "Skipped: 3 rows with a target leave 3 to train and 0 to hold out; both are needed; there "
            "is no production model yet.");
  write_rows("2.csv", "x,y", good);
  EXPECT_EQ(outcome(run()), "promoted");
}

TEST_F(UnsoundBatches, OfEarlierReleasesInCleanAreTold) {
  write_rows("1.csv", "x,y", [](int row) { return std::to_string(row % 101 - 1); });
  ASSERT_EQ(outcome(run()), "promoted");
  configure("target = \"y\"\ntransform = \"log\"");
  write_rows("2.csv", "x,y", [](int row) { return std::to_string(row % 101); });
  EXPECT_THAT(sentence(run()), HasSubstr("Skipped: the log transform of target 'y' needs values of 0 or more, and the "
                                         "training window has less; 1,000 rows came"));
}

TEST_F(UnsoundBatches, AreNotThoseFromBeforeAColumnCame) {
  configure("target = \"y\"", "[[drift]]\nplugin = \"missing_share\"\n", R"("schema", "drift")");
  const auto old_cells = [](int row) { return fmt::format("{},{}", row % 13, row % 101); };
  write_rows("1.csv", "x,c,y", old_cells);
  ASSERT_EQ(outcome(run()), "promoted");
  write_rows("2.csv", "x,c,y", old_cells);
  configure("target = \"y\"", "[[drift]]\nplugin = \"missing_share\"\n", R"("schema", "drift")", "max_target = 99");
  ASSERT_THAT(sentence(run()), HasSubstr("Skipped: 9 rows have a y above 99"));
  configure("target = \"y\"", "[[drift]]\nplugin = \"missing_share\"\n", R"("schema", "drift")");
  write_rows("3.csv", "x,c,z,y", [](int row) { return fmt::format("{},{},{}", row % 13, row % 101, row % 101); });
  ASSERT_THAT(sentence(run()), AllOf(HasSubstr("Training: the batch has new columns: z"), HasSubstr("Promoted")));

  const std::string same = "Skipped: nothing that matters changed since the production model was trained.";
  EXPECT_EQ(sentence(run({"--batch", "1.csv"})), same);
  EXPECT_EQ(state("2.csv"), "rejected");
  EXPECT_EQ(sentence(run({"--batch", "2.csv"})), same);
  EXPECT_EQ(state("2.csv"), "clean");
  EXPECT_EQ(pipeline_.query("select count(*) from clean_realty where batch_id = '2.csv' and z is null"), "1000");

  write_rows("4.csv", "x,c,y", old_cells);
  EXPECT_THAT(sentence(run()), HasSubstr("Skipped: column 'z' is gone")) << "it came before";
}

TEST_F(UnsoundBatches, AreNotFirstOnesWithATextInARegressionsTarget) {
  write_rows("1.csv", "x,y", [](int row) { return row == 4 ? "n.a." : std::to_string(row % 101); });
  const auto first = run();
  EXPECT_EQ(outcome(first), "promoted") << sentence(first);
  EXPECT_EQ(pipeline_.query("select count(*) from clean_realty where y is null"), "1");
  EXPECT_THAT(json::serialize(history().at(0).at_pointer("/record/validate/warnings")),
              HasSubstr("0.1 % of column 'y' are not of type number: the first is 'n.a.' in row 4"));
}

TEST_F(UnsoundBatches, AreThoseOfTextsForARegressionsTargetAndSetNoSchema) {
  write_rows("1.csv", "x,y", sold);
  EXPECT_THAT(sentence(run()), HasSubstr("Skipped: 100.0 % of column 'y' are not of type number: the first is 'yes'"));
  write_rows("2.csv", "x,y", [](int row) { return std::to_string(row % 101); });
  EXPECT_EQ(outcome(run()), "promoted");
}

TEST_F(UnsoundBatches, AreTheFollowingOnesWhereTheTargetIsNoNumberForGood) {
  configure("target = \"y\"\ntask = \"classification\"");
  write_rows("1.csv", "x,y", [](int) { return "no"; });
  run();
  ASSERT_EQ(state("1.csv"), "clean");
  configure("target = \"y\"");
  write_rows("2.csv", "x,y", [](int row) { return std::to_string(row % 101); });
  EXPECT_THAT(sentence(run()), HasSubstr("Skipped: the target 'y' is a category column since the first batch, and "
                                         "regression needs numbers: give the pipeline another name"));
}

TEST_F(UnsoundBatches, AreNotThoseOfTextsInAColumnThatWasEmptyAtFirst) {
  configure("target = \"y\"", "[columns]\nnumeric = [\"d\"]\n");
  write_rows("1.csv", "x,c,d,y", [](int row) { return fmt::format(",,{}", row % 101); });
  ASSERT_EQ(outcome(run()), "promoted");
  EXPECT_THAT(json::serialize(history().at(0).at_pointer("/record/validate/warnings")),
              AllOf(HasSubstr("column 'c' has no value and is taken for categories"), Not(HasSubstr("'d' has no"))));
  write_rows("2.csv", "x,c,d,y", [](int row) { return fmt::format("text,,{}", row % 101); });
  EXPECT_THAT(sentence(run()), HasSubstr("Training: 1,000 rows came"));
  write_rows("3.csv", "x,c,d,y", [](int row) { return fmt::format("7,text,{}", row % 101); });
  EXPECT_THAT(sentence(run()), HasSubstr("100.0 % of column 'd' are not of type number")) << "the file says so";
}

}  // namespace
}  // namespace veleta::test
