#include <gmock/gmock.h>
#include <algorithm>
#include <thread>

#include "test_bundles.hpp"

// Models of the real learners, explained by the real explainers, from a table to money and back.

namespace veleta::testing {
namespace {

struct Case {
  const char* learner;
  Task task;
  TargetTransform transform;
  const char* explainer;  ///< the one that should serve
};

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  const char* kind = info.param.task == Task::kBinary                ? "binary"
                     : info.param.transform == TargetTransform::kLog ? "log"
                                                                     : "plain";
  return std::string(info.param.learner) + "_" + kind;
}

/// A learner's model of houses, and what it says of rows that it never saw.
class ServedModel : public ::testing::TestWithParam<Case> {
 protected:
  ServedModel() : plugins_({}), train_(houses(600, 1)), rows_(houses(50, 2)) {
    add_linked_plugins(plugins_);
    bundle_ = Bundle::open(parts_from_files(to_files(train())), plugins_);
  }

  BundleParts train() {
    const bool is_binary = GetParam().task == Task::kBinary;
    BundleParts parts;
    parts.target = {is_binary ? "dear" : "price", GetParam().task, GetParam().transform, "yes", "no"};
    const std::vector<double> target = parts.target.to_learner(parts.target.values(train_));
    remove_column(is_binary ? "price" : "dear");
    const auto& plugin = plugins_.describe(PluginKind::kLearner, GetParam().learner);
    FeatureOptions options;
    options.complete = (plugin.flags & VELETA_NEEDS_COMPLETE) != 0;
    Matrix encoded;
    parts.features = FeatureEncoder::fit(train_, parts.target.column, target, row_hashes(train_), options, encoded);
    parts.learner = GetParam().learner;
    parts.learner_params = default_values(plugin.params);
    for (ParamValue& param : parts.learner_params)
      if (param.name == "rounds" || param.name == "trees") param.integer = 25;  // enough to tell, and quick to explain
    learner_ = plugins_.create_learner(parts.learner, parts.learner_params, {});
    model_ = learner_->train({GetParam().task, 1, 7, encoded.view(), target, {}, {}});
    parts.learner_bytes = model_->save();
    parts.golden = parts.features.encode(rows_);
    parts.golden_predictions.resize(rows_.row_count());
    model_->predict(parts.golden.view(), parts.golden_predictions);
    parts.background = encoded;
    parts.profile = make_profile(train_);
    return parts;
  }

  void remove_column(const std::string& name) {
    for (Table* table : {&train_, &rows_})
      std::erase_if(table->columns, [&](const Column& column) { return column.name == name; });
  }

  PluginHost plugins_;
  Table train_, rows_;
  std::shared_ptr<LearnerHandle> learner_;
  std::unique_ptr<ModelHandle> model_;
  std::shared_ptr<const Bundle> bundle_;
};

constexpr auto kPlain = TargetTransform::kNone;
constexpr auto kLog = TargetTransform::kLog;
INSTANTIATE_TEST_SUITE_P(Learners, ServedModel,
                         ::testing::Values(Case{"xgboost", Task::kRegression, kPlain, "tree_shap"},
                                           Case{"xgboost", Task::kRegression, kLog, "tree_shap"},
                                           Case{"xgboost", Task::kBinary, kPlain, "tree_shap"},
                                           Case{"ridge", Task::kRegression, kPlain, "linear_shap"},
                                           Case{"ridge", Task::kRegression, kLog, "linear_shap"},
                                           Case{"ridge", Task::kBinary, kPlain, "linear_shap"},
                                           Case{"random_forest", Task::kRegression, kPlain, "tree_shap"},
                                           Case{"random_forest", Task::kRegression, kLog, "tree_shap"},
                                           Case{"random_forest", Task::kBinary, kPlain, "tree_shap"}),
                         name_of);

/// |a - b| in relation to b, or to the scale where b is near 0.
double relative(double a, double b, double scale) { return std::abs(a - b) / std::max(std::abs(b), scale); }

TEST_P(ServedModel, PredictsWhatTheLearnerPredicts) {
  Matrix encoded = bundle_->parts().features.encode(rows_);
  std::vector<double> by_learner(encoded.rows);
  model_->predict(encoded.view(), by_learner);
  const std::vector<double> served = bundle_->predict(rows_);
  for (size_t row = 0; row < served.size(); ++row)
    EXPECT_LE(relative(served[row], bundle_->parts().target.from_learner(by_learner[row]), 1e-9), 1e-6) << row;
}

TEST_P(ServedModel, AttributesAllOfEachPrediction) {
  const ExplanationSet set = bundle_->explain(rows_);
  const std::vector<double> predictions = bundle_->predict(rows_);
  EXPECT_EQ(set.explainer, GetParam().explainer);
  ASSERT_EQ(set.rows.size(), predictions.size());
  for (size_t row = 0; row < predictions.size(); ++row) {
    const Explanation& told = set.rows[row];
    double sum = told.base_value;
    for (const double attribution : told.attributions) sum += attribution;
    EXPECT_LE(relative(sum, told.prediction, 0.1), 1e-6) << row;
    EXPECT_LE(relative(told.probability.value_or(told.prediction), predictions[row], 1e-9), 1e-6) << row;
  }
}

TEST_P(ServedModel, WeighsWhatThePriceFollowsFrom) {
  const auto importance = bundle_->measure_importance();
  EXPECT_EQ(importance.size(), bundle_->input_columns().size());
  EXPECT_FALSE(importance.contains("street"));  // no two houses share one
  for (const char* telling : {"size", "city"}) EXPECT_GT(importance.at(telling), 3 * importance.at("state")) << telling;
}

TEST_P(ServedModel, ServesUnknownCategoriesAndMissingColumns) {
  const Table odd{
      {categories("city", {"never seen", ""}), numbers("unheard_of", {1, 2}), categories("size", {"120", "big"})}};
  for (const double prediction : bundle_->predict(odd)) EXPECT_TRUE(std::isfinite(prediction));
  const ExplanationSet set = bundle_->explain(odd);
  for (const Explanation& row : set.rows)
    for (const double attribution : row.attributions) EXPECT_TRUE(std::isfinite(attribution));
}

TEST_P(ServedModel, PredictsNothingAbsurdOfAnAbsurdCell) {
  const double largest = std::ranges::max(bundle_->predict(train_));
  for (double& size : rows_.find("size")->numbers) size *= 1e6;
  for (const double prediction : bundle_->predict(rows_)) EXPECT_LT(prediction, 2 * largest);
}

TEST_P(ServedModel, GivesThreadsWhatItGivesOne) {
  const std::vector<double> predictions = bundle_->predict(rows_);
  const ExplanationSet explained = bundle_->explain(rows_);
  const auto serve = [&](bool& same) {
    for (int round = 0; round < 3; ++round) {
      same = same && bundle_->predict(rows_) == predictions;
      const ExplanationSet again = bundle_->explain(rows_);
      for (size_t row = 0; row < again.rows.size(); ++row)
        same = same && again.rows[row].attributions == explained.rows[row].attributions;
    }
  };
  std::array<bool, 4> same;
  same.fill(true);
  std::vector<std::thread> threads;
  for (bool& mine : same) threads.emplace_back(serve, std::ref(mine));
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(same, ::testing::Each(true));
}

}  // namespace
}  // namespace veleta::testing
