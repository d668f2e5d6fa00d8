#include <gmock/gmock.h>

#include "json_text.hpp"
#include "running_server.hpp"

// Over HTTP, every learner's model gives what it gives in the process, to the last bit.

namespace veleta::testing {
namespace {

std::string name_of(const ::testing::TestParamInfo<Recipe>& info) {
  const bool is_log = info.param.transform == TargetTransform::kLog;
  return std::string(info.param.learner) + (info.param.task == Task::kBinary ? "_binary" : is_log ? "_log" : "_plain");
}

class Predictions : public ::testing::TestWithParam<Recipe> {
 protected:
  Predictions() {
    version = server.publish(GetParam());
    server.promote(version);
    bundle = server.open(version);
    server.start();
  }

  json::object ask(const std::string& path, const json::value& body) {
    return body_of(server.ask("POST", path, to_text(body)));
  }
  bool is_binary() const { return GetParam().task == Task::kBinary; }

  RunningServer server;
  int version = 0;
  std::shared_ptr<const Bundle> bundle;
  const Table table = unseen_houses(40);
  const json::array rows = to_json_rows(table);
};

constexpr auto kRegression = Task::kRegression;
constexpr auto kLog = TargetTransform::kLog;
INSTANTIATE_TEST_SUITE_P(Learners, Predictions,
                         ::testing::Values(Recipe{"xgboost"}, Recipe{"xgboost", kRegression, kLog},
                                           Recipe{"xgboost", Task::kBinary}, Recipe{"ridge"},
                                           Recipe{"ridge", kRegression, kLog}, Recipe{"ridge", Task::kBinary},
                                           Recipe{"random_forest"}, Recipe{"random_forest", kRegression, kLog},
                                           Recipe{"random_forest", Task::kBinary}),
                         name_of);

TEST_P(Predictions, EqualTheBundlesToTheLastBit) {
  const std::vector<double> expected = bundle->predict(table);
  const json::object many = ask("/predict", {{"rows", rows}});
  ASSERT_EQ(many.at("predictions").as_array().size(), expected.size());
  for (size_t row = 0; row < expected.size(); ++row) {
    EXPECT_EQ(many.at("predictions").at(row).to_number<double>(), expected[row]) << row;
    EXPECT_EQ(ask("/predict", rows[row]).at("prediction").to_number<double>(), expected[row]) << row;
  }
}

TEST_P(Predictions, AreTheSameFromColumnsAndData) {
  json::array columns, data;
  for (const Column& column : table.columns) columns.emplace_back(column.name);
  for (const auto& row : rows) {
    json::array& cells = data.emplace_back(json::array{}).get_array();
    for (const auto& column : columns) cells.push_back(row.at(column.get_string()));
  }
  EXPECT_EQ(ask("/predict", {{"columns", columns}, {"data", data}}).at("predictions"),
            ask("/predict", {{"rows", rows}}).at("predictions"));
}

TEST_P(Predictions, NameTheirModel) {
  const Response response = server.ask("POST", "/predict", to_text(rows[0]));
  const json::object model = body_of(response).at("model").as_object();
  EXPECT_EQ(model.at("name").as_string(), kPipeline);
  EXPECT_EQ(model.at("version").as_string(), std::to_string(version));
  EXPECT_EQ(model.at("digest").as_string().size(), 64U);
  EXPECT_EQ(response.headers.at("x-model-version"), std::to_string(version));
  EXPECT_EQ(response.headers.at("x-request-id"), body_of(response).at("request_id").as_string());
}

TEST_P(Predictions, TellTheClassWhereThereIsOne) {
  const json::object one = ask("/predict", rows[0]);
  ASSERT_EQ(one.contains("class"), is_binary());
  if (!is_binary()) return;
  const double positive = one.at("prediction").to_number<double>();
  EXPECT_EQ(one.at("class"), positive >= 0.5 ? "yes" : "no");
  EXPECT_EQ(one.at("probability").to_number<double>(), positive >= 0.5 ? positive : 1 - positive);
}

TEST_P(Predictions, AreExplainedByAttributionsThatAddUp) {
  const std::vector<double> expected = bundle->predict(table);
  const json::object told = ask("/explain", {{"rows", rows}});
  ASSERT_EQ(told.at("explanations").as_array().size(), expected.size());
  EXPECT_EQ(told.at("explainer"), GetParam().learner == std::string("ridge") ? "linear_shap" : "tree_shap");
  EXPECT_EQ(told.at("space") == "target", !is_binary());
  for (size_t row = 0; row < expected.size(); ++row) {
    const json::object& one = told.at("explanations").at(row).as_object();
    const double prediction = one.at("prediction").to_number<double>();
    double sum = 0, last = std::numeric_limits<double>::infinity();
    for (const auto& item : one.at("attributions").as_array()) {
      const double attribution = item.at("attribution").to_number<double>();
      EXPECT_LE(std::abs(attribution), last) << "strongest first";
      EXPECT_EQ(to_text(item.at("value")), to_text(rows[row].at(item.at("column").as_string())));
      last = std::abs(attribution);
      sum += attribution;
    }
    const double rest = prediction - one.at("base_value").to_number<double>();
    EXPECT_NEAR(sum, rest, 1e-6 * std::max(std::abs(rest), std::abs(prediction))) << row;
    if (!is_binary()) {
      EXPECT_NEAR(prediction, expected[row], 1e-6 * std::abs(expected[row])) << row;
    }
  }
  const json::object one = ask("/explain", rows[3]);
  EXPECT_EQ(one.at("attributions"), told.at("explanations").at(3).at("attributions"));
}

TEST_P(Predictions, AreExplainedInOneRequest) {
  const json::object plain = ask("/predict", {{"rows", rows}}), told = ask("/predict?explain=top2", {{"rows", rows}});
  EXPECT_EQ(told.at("predictions"), plain.at("predictions")) << "the same to the last bit";
  const json::object whole = ask("/explain", rows[3]), folded = ask("/predict?explain=top2", rows[3]);
  EXPECT_EQ(folded.at("explanation"), told.at("explanations").at(3));
  const json::object& explanation = folded.at("explanation").as_object();
  EXPECT_EQ(explanation.at("base_value"), whole.at("base_value"));
  for (const char* member : {"space", "method", "explainer"}) EXPECT_EQ(folded.at(member), whole.at(member));
  const json::array& all = whole.at("attributions").as_array();
  ASSERT_EQ(explanation.at("attributions").as_array().size(), 2U);
  EXPECT_EQ(explanation.at("attributions").at(1), all[1]);
  double rest = 0;
  for (size_t i = 2; i < all.size(); ++i) rest += all[i].at("attribution").to_number<double>();
  EXPECT_EQ(explanation.at("rest").at("columns"), all.size() - 2);
  EXPECT_DOUBLE_EQ(explanation.at("rest").at("attribution").to_number<double>(), rest);
}

TEST_P(Predictions, TellWhatColumnsDidTogether) {
  const json::object told = ask("/explain?interactions=all", rows[3]);
  const json::array& pairs = told.at("interactions").at("pairs").as_array();
  const size_t columns = bundle->input_columns().size();
  EXPECT_EQ(pairs.size(), columns * (columns - 1) / 2);
  const auto matrix = bundle->interactions(bundle->explain(table)).rows.at(3);
  const auto place = [&](const json::value& name) {
    const auto& all = bundle->input_columns();
    return static_cast<size_t>(std::ranges::find(all, std::string(name.as_string())) - all.begin());
  };
  for (const auto& pair : pairs) {
    const size_t a = place(pair.at("columns").at(0)), b = place(pair.at("columns").at(1));
    const double expected = matrix[a * columns + b] + matrix[b * columns + a];
    EXPECT_NEAR(pair.at("interaction").to_number<double>(), expected, 1e-9 * (1 + std::abs(expected)));
  }
}

TEST_P(Predictions, ShowTheNumbersThatTheModelSaw) {
  const Matrix encoded = bundle->parts().features.encode(table);
  const json::object reply = ask("/explain", rows[3]);
  for (const auto& item : reply.at("attributions").as_array())
    if (item.at("column") == "rooms") {
      const auto place = std::ranges::find(encoded.names, "rooms") - encoded.names.begin();
      EXPECT_FLOAT_EQ(item.at("encoded").to_number<float>(),
                      encoded.values[3 * encoded.columns + static_cast<size_t>(place)]);
    }
}

TEST_P(Predictions, AreExplainedInAll) {
  const json::object bars = body_of(server.ask("GET", "/explain/global?top=2"));
  EXPECT_EQ(bars.at("view"), "bar");
  EXPECT_EQ(bars.at("rows"), bundle->parts().background.rows);
  EXPECT_EQ(bars.at("model").at("version").as_string(), std::to_string(version));
  const auto importance = bundle->measure_importance();
  double means = 0;
  for (const auto& [column, mean] : importance) means += mean;
  for (const auto& bar : bars.at("bars").as_array())
    EXPECT_THAT(bar.at("mean_abs").to_number<double>(),
                ::testing::DoubleNear(importance.at(std::string(bar.at("column").as_string())), 1e-9 * means));
  EXPECT_EQ(body_of(server.ask("GET", "/explain/global?view=beeswarm")).at("columns").as_array().size(),
            bundle->input_columns().size());
  const json::object dependence = body_of(server.ask("GET", "/explain/global?view=dependence&column=size"));
  EXPECT_EQ(dependence.at("values").as_array().size(), bundle->parts().background.rows);
}

TEST_P(Predictions, AreServedForUnknownCategoriesAndMissingCells) {
  for (const char* row :
       {R"({"city": "Atlantis", "state": "", "size": 80})", R"({"size": null, "rooms": null})", "{}"}) {
    EXPECT_TRUE(ask("/predict", json::parse(row)).at("prediction").is_number()) << row;
    EXPECT_TRUE(ask("/explain", json::parse(row)).at("base_value").is_number()) << row;
  }
}

TEST_P(Predictions, HaveAModelCard) {
  const json::object card = body_of(server.ask("GET", "/model"));
  EXPECT_EQ(card.at("version").as_string(), std::to_string(version));
  EXPECT_EQ(card.at("learner").at("name"), GetParam().learner);
  EXPECT_EQ(card.at("inputs").as_array().size(), table.columns.size());
  EXPECT_EQ(card.at("inputs").at(0), (json::value{{"name", "size"}, {"type", "number"}}));
  EXPECT_EQ(card.at("training").at("rows"), 400);
  EXPECT_EQ(card.at("target").at("task"), is_binary() ? "binary" : "regression");
  EXPECT_TRUE(card.at("reload").at("problem").is_null());
}

}  // namespace
}  // namespace veleta::testing
