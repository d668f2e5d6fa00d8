#include <gmock/gmock.h>

#include <pugixml.hpp>

#include "base/files.hpp"
#include "base/json.hpp"
#include "quickstart.hpp"

namespace veleta::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What `veleta explain` prints of a model that one learner made of two classes.
std::string explanation_by(const std::string& learner) {
  const Quickstart pipeline({{"task = \"regression\"", "task = \"classification\"\npositive = \"yes\""},
                             {"target = \"rent\"", "target = \"balcony\""},
                             {"transform = \"log\"", "# "},
                             {", \"balcony\"", ""},
                             {"plugin = \"xgboost\"", "plugin = \"" + learner + "\""},
                             {"[[learner]]\nplugin = \"ridge\"", ""},
                             {"metric = \"mae\"\ngates = ", "metric = \"log_loss\"\n# "}});
  const Outcome run = pipeline.run("run");
  EXPECT_EQ(run.status, 0) << run.output;
  return pipeline.run("explain", {"--row", R"({"size_m2": 62.5, "rooms": 2})"}).output;
}

TEST(Explain, SaysWhatItsNumbersCount) {
  EXPECT_THAT(explanation_by("ridge"), AllOf(HasSubstr("in log odds\n"), HasSubstr("probability of yes")));
  EXPECT_THAT(explanation_by("random_forest"),
              AllOf(HasSubstr("in probability\n"), Not(HasSubstr("log odds")), HasSubstr("probability of yes")));
}

/// The quick-start's model, trained once.
class ExplainRows : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::vector<std::pair<std::string, std::string>> trees_alone{{"[[learner]]\nplugin = \"ridge\"", ""}};
    pipeline_ = new Quickstart(trees_alone);
    ASSERT_EQ(pipeline_->run("run").status, 0);
  }
  static void TearDownTestSuite() {
    delete pipeline_;
    pipeline_ = nullptr;
  }
  static Outcome explain(std::vector<std::string> arguments) { return pipeline_->run("explain", std::move(arguments)); }
  static json::object told(std::vector<std::string> arguments) {
    const Outcome outcome = explain(std::move(arguments));
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return parse_json(outcome.output, "output").as_object();
  }
  static std::string file(const std::string& name, const std::string& text) {
    const std::string path = pipeline_->folder() / name;
    write_file_atomically(path, text);
    return path;
  }

  static constexpr const char* kRow = R"({"size_m2": 62.5, "rooms": 2, "district": "Harburg"})";
  static Quickstart* pipeline_;
};
Quickstart* ExplainRows::pipeline_ = nullptr;

TEST_F(ExplainRows, FoldsTheWeakerColumns) {
  EXPECT_THAT(explain({"--row", kRow, "--top", "2"}).output,
              AllOf(HasSubstr("district"), HasSubstr("other columns"), HasSubstr("prediction")));
  const json::object all = told({"--row", kRow, "--json"});
  const json::object row = told({"--row", kRow, "--json", "--top", "2"}).at("rows").at(0).as_object();
  EXPECT_EQ(row.at("attributions").as_array().size(), 2U);
  double sum = row.at("base_value").as_double() + row.at("rest").at("attribution").as_double();
  for (const auto& item : row.at("attributions").as_array()) sum += item.at("attribution").as_double();
  EXPECT_NEAR(sum, row.at("prediction").as_double(), 1e-6);
  EXPECT_EQ(row.at("attributions").at(0), all.at("rows").at(0).at("attributions").at(0));
}

TEST_F(ExplainRows, TakesAFileAsItTakesRows) {
  const std::string csv = file("rows.csv", "size_m2,rooms,district,rent\n62.5,2,Harburg,1\n,5,\"Alt\nona\",2\n");
  const json::object of_file = told({"--file", csv, "--json"});
  const json::object of_rows =
      told({"--row", std::string("[") + kRow + R"(, {"rooms": 5, "district": "Alt\nona"}])", "--json"});
  EXPECT_EQ(of_file.at("rows"), of_rows.at("rows"));
  EXPECT_THAT(explain({"--file", csv}).output, AllOf(HasSubstr("row 1\n"), HasSubstr("row 2\n")));
}

TEST_F(ExplainRows, NamesFileLineAndColumnOfWhatDoesNotFit) {
  const auto refused = [](const std::string& text) {
    const std::string path = file("broken.csv", text);
    const Outcome outcome = explain({"--file", path});
    EXPECT_EQ(outcome.status, 6);
    EXPECT_THAT(outcome.output, HasSubstr(path));
    return outcome.output;
  };
  EXPECT_THAT(refused("district,rooms\n\"a\nb\",2\nc,two\n"),
              HasSubstr(", line 4, column 'rooms': expected a number, found 'two'"));
  EXPECT_THAT(refused("distirct,rooms\na,2\n"),
              HasSubstr("column 'distirct': the model has no such input column. Did you "
                        "mean 'district'?"));
  EXPECT_THAT(refused("district,rooms\na,2,3\n"), HasSubstr("line 2 has 3 cells"));
  EXPECT_THAT(refused("district,rooms\n"), HasSubstr("has no rows"));
  EXPECT_EQ(explain({"--file", "absent.csv"}).status, 1);
}

TEST_F(ExplainRows, DrawsOneRow) {
  const std::string path = pipeline_->folder() / "why.svg";
  ASSERT_EQ(explain({"--row", R"({"district": "<&>\"", "rooms": 2})", "--top", "3", "--svg", path}).status, 0);
  const std::string svg = read_file(path);
  pugi::xml_document tree;
  EXPECT_TRUE(tree.load_buffer(svg.data(), svg.size()));
  EXPECT_THAT(svg, AllOf(HasSubstr("prefers-color-scheme:dark"), HasSubstr("other columns"), Not(HasSubstr("nan"))));
  EXPECT_EQ(explain({"--row", "[{}, {}]", "--svg", path}).status, 2);
}

TEST_F(ExplainRows, ShowsWhatMovesAllPredictions) {
  const json::object bars = told({"--global", "bar"});
  EXPECT_EQ(bars.at("bars").as_array().size(), 7U);
  EXPECT_EQ(bars.at("version"), 1);
  const std::string csv = file("many.csv", "size_m2,district\n50,Harburg\n80,Altona\n120,Harburg\n");
  EXPECT_EQ(told({"--global", "beeswarm", "--file", csv}).at("rows").as_array().size(), 3U);
  const json::object dependence = told({"--global", "dependence", "size_m2", "--file", csv});
  EXPECT_EQ(json::value_to<std::vector<double>>(dependence.at("values")), (std::vector<double>{50, 80, 120}));
  EXPECT_EQ(explain({"--global", "pie"}).status, 2);
  EXPECT_EQ(explain({"--global", "dependence"}).status, 2);
  EXPECT_THAT(explain({"--global", "dependence", "size"}).output, HasSubstr("no input column 'size'"));
}

TEST_F(ExplainRows, TakesAnotherExplainer) {
  EXPECT_EQ(told({"--row", kRow, "--json", "--explainer", "tree_shap"}).at("explainer"), "tree_shap");
  EXPECT_THAT(explain({"--row", kRow, "--explainer", "linear_shap"}).output, HasSubstr("'linear_shap' cannot read"));
  EXPECT_THAT(explain({"--row", kRow, "--explainer", "tree_shp"}).output, HasSubstr("Did you mean 'tree_shap'?"));
}

TEST_F(ExplainRows, TellsWhatPairsDidTogether) {
  const json::object row = told({"--row", kRow, "--json", "--interactions"}).at("rows").at(0).as_object();
  EXPECT_EQ(row.at("interactions").at("pairs").as_array().size(), 7U * 6 / 2);
  EXPECT_THAT(explain({"--row", kRow, "--interactions", "--top", "3"}).output,
              AllOf(HasSubstr("TOGETHER"), HasSubstr(" × "), HasSubstr("18 other pairs come to ")));
}

TEST_F(ExplainRows, WantsRows) {
  EXPECT_EQ(explain({}).status, 2);
  EXPECT_EQ(explain({"--row", kRow, "--file", "x.csv"}).status, 2);
  EXPECT_EQ(explain({"--row", R"({"rooms": "two"})"}).status, 2);
}

TEST_F(ExplainRows, ShowsNoProgressInFiles) {
  std::string text = "rooms\n";
  for (int row = 0; row < 600; ++row) text += "3\n";
  EXPECT_THAT(explain({"--global", "bar", "--file", file("long.csv", text)}).output, Not(HasSubstr("explain ")));
}

}  // namespace
}  // namespace veleta::test
