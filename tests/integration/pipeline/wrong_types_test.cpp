#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/files.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::HasSubstr;

/// A pipeline of a folder of CSV files, each with a number column that holds some texts.
class WrongTypes : public testing::Test {
 protected:
  WrongTypes() {
    write_file_atomically(folder_ / "csv.toml", fmt::format(R"(
[pipeline]
name = "realty"
target = "y"
[source]
plugin = "csv"
path = "{0}/rows"
[columns]
numeric = ["x", "y"]
[validate]
max_retyped_share = 0.5
[[drift]]
plugin = "type_violation"
min_effect = 0.05
[retrain]
when = ["drift"]
[[learner]]
plugin = "ridge"
[store]
uri = "sqlite:///{0}/realty.db"
[registry]
uri = "sqlite:///{0}/realty.db"
)",
                                                            folder_.path().string()));
  }

  /// 2,000 rows, of which a share has no number for x.
  void write_rows(const std::string& name, double share) const {
    std::string text = "x,y\n";
    for (int row = 0; row < 2000; ++row) {
      const bool is_wrong = row % 100 < share * 100;
      text += fmt::format("{},{}\n", is_wrong ? "unknown" : std::to_string(row * 7 % 1999), row % 1009);
    }
    write_file_atomically(folder_ / "rows" / name, text);
  }

  Outcome veleta(const std::string& command, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {command, (folder_ / "csv.toml").string()});
    return pipeline_.veleta(more);
  }

  /// Takes the next file; what type_violation says of x.
  std::string verdict_of_next() const {
    const Outcome outcome = veleta("run", {"--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    const json::value history = parse_json(veleta("history", {"--json"}).output, "the history");
    for (const auto& result : history.as_array().back().at_pointer("/record/detect/drift/results").as_array())
      if (result.at("column") == "x") return std::string(result.at("verdict").as_string());
    return "none";
  }

  Folder folder_;
  Pipeline pipeline_{folder_, "http://127.0.0.1:9"};
};

TEST_F(WrongTypes, AreHeldAgainstThoseOfTheTrainingWindow) {
  write_rows("1.csv", 0.1);
  EXPECT_EQ(verdict_of_next(), "none") << "the first batch is trained on";
  write_rows("2.csv", 0.1);
  EXPECT_EQ(verdict_of_next(), "stable");
  write_rows("3.csv", 0.3);
  EXPECT_EQ(verdict_of_next(), "drifted");
}

TEST_F(WrongTypes, LeaveVersionsThatCanBeTrainedAgain) {
  write_rows("1.csv", 0);
  verdict_of_next();
  write_rows("2.csv", 0.4);
  EXPECT_EQ(verdict_of_next(), "drifted");
  ASSERT_EQ(pipeline_.query("select count(*) from model_versions"), "2") << "the second batch was trained on";
  const json::value history = parse_json(veleta("history", {"--json"}).output, "the history");
  for (const auto& decision : history.as_array()) {
    const Outcome again = veleta("reproduce", {std::string(decision.at("run_id").as_string())});
    EXPECT_EQ(again.status, 0) << again.output;
    EXPECT_THAT(again.output, HasSubstr("bit for bit the same"));
  }
}

}  // namespace
}  // namespace veleta::test
