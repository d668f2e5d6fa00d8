#include <gmock/gmock.h>

#include "plugin_folder.hpp"

namespace veleta::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Models : public ::testing::Test {
 protected:
  std::shared_ptr<LearnerHandle> learner(const std::string& mistake, PluginServices services = {}) {
    folder.add("rubbish", "learner", "rubbish");
    host = std::make_unique<PluginHost>(std::vector{folder.path()});
    return host->create_learner("rubbish",
                                values_with(host->describe(PluginKind::kLearner, "rubbish"), "mistake", mistake),
                                std::move(services));
  }

  std::shared_ptr<ExplainerHandle> explainer(const std::string& mistake) {
    folder.add("rubbish", "explainer", "rubbish");
    host = std::make_unique<PluginHost>(std::vector{folder.path()});
    return host->create_explainer(
        "rubbish", values_with(host->describe(PluginKind::kExplainer, "rubbish"), "mistake", mistake), {});
  }

  const std::vector<float> values{1, 2, 3, 4};
  const std::vector<const char*> names{"a", "b"};
  const MatrixView rows{values.data(), 2, 2, names};
  const std::vector<double> target{1, 3};
  const Training training{Task::kRegression, 1, 7, rows, target, {}, {}};
  PluginFolder folder;
  std::unique_ptr<PluginHost> host;
};

TEST_F(Models, AreTrainedSavedLoadedAndPredict) {
  const auto rubbish = learner("none");
  EXPECT_TRUE(rubbish->needs_complete());
  const auto model = rubbish->train(training);
  const auto again = rubbish->load(model->save());
  std::vector<double> predictions(2);
  again->predict(rows, predictions);
  EXPECT_THAT(predictions, ElementsAre(1, 3));
}

TEST_F(Models, OutliveTheirLearnersHandleAndTheHost) {
  auto model = learner("none")->train(training);
  host.reset();
  std::vector<double> predictions(2);
  model->predict(rows, predictions);
  EXPECT_THAT(predictions, ElementsAre(1, 3));
}

TEST_F(Models, ReportToTheHostsServices) {
  std::vector<std::string> told;
  PluginServices services;
  services.progress = [&](double fraction, const std::string& what) {
    told.push_back(what + std::to_string(fraction));
  };
  services.metric = [&](const std::string& name, double, int64_t step) { told.push_back(name + std::to_string(step)); };
  services.log = [&](int level, const std::string& message) { told.push_back(std::to_string(level) + message); };
  learner("none", services)->train(training);
  EXPECT_THAT(told, ElementsAre("half0.500000", "loss7", "2so far so good"));
}

TEST_F(Models, ReportFromManyThreadsOneAtATime) {
  std::vector<double> told;  // as a host would keep them that knows of no threads
  PluginServices services;
  services.progress = [&](double fraction, const std::string&) { told.push_back(fraction); };
  learner("threads", services)->train(training);
  EXPECT_EQ(told.size(), 2001U);
}

TEST_F(Models, StopWhenCancelled) {
  PluginServices services;
  services.is_cancelled = [] { return true; };
  const auto rubbish = learner("none", services);
  EXPECT_EQ(error_of([&] { rubbish->train(training); }).code(), ErrorCode::kCancelled);
}

TEST_F(Models, TellWhatAServiceThrew) {
  PluginServices services;
  services.progress = [](double, const std::string&) { throw Error(ErrorCode::kConflict, "the pipe is closed"); };
  const auto rubbish = learner("none", services);
  EXPECT_STREQ(error_of([&] { rubbish->train(training); }).what(), "the pipe is closed");
}

TEST_F(Models, RefuseBytesThatAreNotTheirs) {
  const auto rubbish = learner("none");
  EXPECT_EQ(error_of([&] { rubbish->load("nonsense"); }).code(), ErrorCode::kBadData);
}

TEST_F(Models, ThatAreNullAreTheLearnersFault) {
  const auto rubbish = learner("null");
  EXPECT_EQ(error_of([&] { rubbish->train(training); }).code(), ErrorCode::kPlugin);
}

TEST_F(Models, ThatLeaveARowUnpredictedAreRefused) {
  const auto model = learner("prediction")->train(training);
  std::vector<double> predictions(2, 0);
  const Error error = error_of([&] { model->predict(rows, predictions); });
  EXPECT_EQ(error.code(), ErrorCode::kPlugin);
  EXPECT_THAT(error.what(), HasSubstr("its prediction for row 1 is nan"));
}

TEST_F(Models, ShowTheirViews) {
  const auto model = learner("none")->train(training);
  ASSERT_NE(model->trees(2), nullptr);
  EXPECT_EQ(model->trees(2)->node_count, 3u);
  ASSERT_NE(model->linear(2), nullptr);
  EXPECT_EQ(model->linear(2)->coefficients[1], 2);
  EXPECT_EQ(error_of([&] { model->linear(3); }).code(), ErrorCode::kPlugin) << "two coefficients for three features";
  const auto opaque = learner("no_view")->train(training);
  EXPECT_EQ(opaque->trees(2), nullptr);
  EXPECT_EQ(opaque->linear(2), nullptr);
}

TEST_F(Models, WithTreesThatCannotBeFollowedAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"cycle", "node 0 has the children 0 and 2"},
      {"child", "node 0 has the children 1 and 9"},
      {"feature", "node 0 tests feature 2 of 2"},
      {"root", "the root of tree 0 is node 3 of 3"},
      {"threshold", "node 0 has the threshold nan"},
      {"leaf", "leaf 2 adds inf"},
      {"cover", "node 1 has the cover -1"},
      {"categories", "the categories of node 1 end before they begin"},
      {"output", "tree 0 adds to output 1 of 1"},
      {"base_margin", "its base margin of output 0 is nan"},
      {"missing", "it names values that stand for missing in 1 of 2 columns"}};
  for (const auto& [mistake, words] : cases) {
    const auto model = learner(mistake)->train(training);
    const Error error = error_of([&] { model->trees(2); });
    EXPECT_EQ(error.code(), ErrorCode::kPlugin);
    EXPECT_THAT(error.what(), HasSubstr(words));
  }
}

TEST_F(Models, WithCoefficientsThatMakeNoSenseAreRefused) {
  const auto few = learner("coefficients")->train(training);
  EXPECT_THAT(error_of([&] { few->linear(2); }).what(), HasSubstr("1 coefficients for 2 features"));
  const auto nan = learner("coefficient")->train(training);
  EXPECT_THAT(error_of([&] { nan->linear(2); }).what(), HasSubstr("coefficient 1 is nan"));
}

ExplainableModel explainable(std::function<void(const MatrixView&, std::span<double>)> margin) {
  return {2, nullptr, nullptr, {}, std::move(margin)};
}

void first_feature(const MatrixView& rows, std::span<double> margins) {
  for (size_t row = 0; row < rows.rows; ++row) margins[row] = rows.at(row, 0);
}

TEST_F(Models, AreExplainedByTheirMargins) {
  const auto prepared = explainer("none")->prepare(explainable(first_feature));
  std::vector<double> attributions(4);
  EXPECT_EQ(prepared->explain(rows, attributions), 0);
  EXPECT_THAT(attributions, ElementsAre(1, 0, 3, 0));
}

TEST_F(Models, ExplanationsThatAreNotFiniteAreRefused) {
  std::vector<double> attributions(4);
  const auto attribution = explainer("attribution")->prepare(explainable(first_feature));
  EXPECT_THAT(error_of([&] { attribution->explain(rows, attributions); }).what(),
              HasSubstr("its attribution of feature 1 in row 1 is nan"));
  const auto base = explainer("base")->prepare(explainable(first_feature));
  EXPECT_THAT(error_of([&] { base->explain(rows, attributions); }).what(), HasSubstr("its base value is inf"));
}

TEST_F(Models, AnExplainerThatCannotReadAModelSaysSo) {
  const auto blind = explainer("no_view");
  EXPECT_EQ(error_of([&] { blind->prepare(explainable(first_feature)); }).code(), ErrorCode::kUnsupported);
}

TEST_F(Models, FailuresOfTheHostsMarginsComeThroughTheExplainer) {
  const auto prepared = explainer("none")->prepare(
      explainable([](const MatrixView&, std::span<double>) { throw Error(ErrorCode::kBadData, "no margin today"); }));
  std::vector<double> attributions(4);
  const Error error = error_of([&] { prepared->explain(rows, attributions); });
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_STREQ(error.what(), "no margin today");
}

TEST_F(Models, CallsNestWithoutMixingTheirErrors) {
  const auto opaque = learner("prediction");
  const std::shared_ptr<ModelHandle> model = opaque->train(training);
  const auto prepared = explainer("none")->prepare(
      explainable([model](const MatrixView& view, std::span<double> margins) { model->predict(view, margins); }));
  std::vector<double> attributions(4);
  EXPECT_THAT(error_of([&] { prepared->explain(rows, attributions); }).what(),
              HasSubstr("learner 'rubbish' broke its contract: its prediction for row 1 is nan"));
}

}  // namespace
}  // namespace veleta::testing
