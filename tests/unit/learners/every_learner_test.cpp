#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_rows.hpp"
#include "plugin_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;

class EveryLearner : public ::testing::TestWithParam<std::string> {
 protected:
  void expect_refused(const Training& training, const std::string& words) {
    try {
      learner_.train(training);
      ADD_FAILURE() << "trained, though: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_THAT(error.what(), HasSubstr(words));
    }
  }

  LearnerUnderTest learner_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Plugins, EveryLearner, ::testing::Values("xgboost", "ridge", "random_forest"));

TEST_P(EveryLearner, RefusesNoRows) {
  const MadeRows none(Task::kRegression, 0, 4, 0, 1);
  expect_refused(training_of(Task::kRegression, none, none), "no rows");
}

TEST_P(EveryLearner, RefusesATargetThatIsNoNumberAndNamesTheRow) {
  MadeRows rows(Task::kRegression, 50, 4, 0, 1);
  rows.target[17] = std::numeric_limits<double>::quiet_NaN();
  expect_refused(training_of(Task::kRegression, rows, rows), "row 17");
}

TEST_P(EveryLearner, RefusesOneClassAlone) {
  MadeRows rows(Task::kBinary, 50, 4, 0, 1);
  std::fill(rows.target.begin(), rows.target.end(), 1);
  expect_refused(training_of(Task::kBinary, rows, rows), "class 1");
}

TEST_P(EveryLearner, RefusesAThirdClass) {
  MadeRows rows(Task::kBinary, 50, 4, 0, 1);
  rows.target[3] = 2;
  expect_refused(training_of(Task::kBinary, rows, rows), "row 3");
}

TEST_P(EveryLearner, LearnsAConstantTarget) {
  MadeRows rows(Task::kRegression, 200, 4, 0, 1);
  std::fill(rows.target.begin(), rows.target.end(), 42.5);
  const auto model = learner_.train(training_of(Task::kRegression, rows, rows));
  for (double prediction : model->predict(rows.view())) EXPECT_NEAR(prediction, 42.5, 1e-4);
}

TEST_P(EveryLearner, PredictsNoRows) {
  const MadeRows rows(Task::kRegression, 200, 4, 0, 1);
  const auto model = learner_.train(training_of(Task::kRegression, rows, rows));
  EXPECT_TRUE(model->predict({rows.values.data(), 0, 4, {}}).empty());
}

TEST_P(EveryLearner, SavesTheSameBytesForTheSameSeedWhateverTheThreads) {
  for (const Task task : {Task::kRegression, Task::kBinary}) {
    const MadeRows rows(task, 400, 5, 0, 2);
    const auto bytes = learner_.train(training_of(task, rows, rows, 1))->save();
    EXPECT_EQ(bytes, learner_.train(training_of(task, rows, rows, 1))->save());
    EXPECT_EQ(bytes, learner_.train(training_of(task, rows, rows, 2))->save());
  }
}

TEST_P(EveryLearner, LoadsWhatItSaved) {
  for (const Task task : {Task::kRegression, Task::kBinary}) {
    const MadeRows rows(task, 400, 5, 0, 3);
    const auto model = learner_.train(training_of(task, rows, rows));
    const auto loaded = learner_.load(model->save(), 5);
    EXPECT_EQ(loaded->save(), model->save());
    EXPECT_EQ(loaded->predict(rows.view()), model->predict(rows.view()));
  }
}

TEST_P(EveryLearner, RefusesBytesThatAreNoWholeModel) {
  const MadeRows rows(Task::kRegression, 300, 4, 0, 14);
  const std::string bytes = learner_.train(training_of(Task::kRegression, rows, rows))->save();
  for (const std::string& broken : {std::string(), std::string("{}"), bytes.substr(0, bytes.size() / 2), bytes + "x"}) {
    try {
      learner_.load(broken, 4);
      ADD_FAILURE() << "loaded " << broken.size() << " bytes";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData) << error.what();
    }
  }
}

TEST_P(EveryLearner, RefusesToPredictRowsOfAnotherWidth) {
  const MadeRows rows(Task::kRegression, 300, 4, 0, 1), wide(Task::kRegression, 10, 5, 0, 1);
  const auto model = learner_.train(training_of(Task::kRegression, rows, rows));
  EXPECT_THROW(model->predict(wide.view()), Error);
}

}  // namespace
}  // namespace veleta::testing
