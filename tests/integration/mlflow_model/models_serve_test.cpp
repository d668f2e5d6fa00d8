#include <gtest/gtest.h>

#include "case_folder.hpp"
#include "test_bundles.hpp"
#include "trained_model.hpp"

namespace veleta::testing {
namespace {

TEST(ModelsServe, AnswersTheServingExampleAsTheHostDoes) {
  const CaseFolder cases;
  const TargetSpec price{"price", Task::kRegression, TargetTransform::kLog, "", ""};
  cases.add_example("houses", *train_model({"xgboost", price}, houses(300, 1), {}));
  cases.serve_with("mlflow3");
}

}  // namespace
}  // namespace veleta::testing
