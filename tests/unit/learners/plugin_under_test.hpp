#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "linked_plugins.hpp"
#include "veleta/training.hpp"

// Learners and explainers linked into the test program.

namespace veleta::testing {

/// A trained or loaded model.
class ModelUnderTest {
 public:
  /// `columns`: of the rows it was trained on.
  ModelUnderTest(std::unique_ptr<ModelHandle> model, size_t columns) : model_(std::move(model)), columns_(columns) {}

  std::string save() const { return model_->save(); }
  std::vector<double> predict(const MatrixView& rows) const;
  /// The views, which live as long as the model. Throw kUnsupported where it has none.
  veleta_trees trees() const;
  veleta_linear linear() const;

 private:
  std::unique_ptr<ModelHandle> model_;
  size_t columns_;
};

/// A learner, and what it told its host.
class LearnerUnderTest {
 public:
  explicit LearnerUnderTest(const std::string& name, const Settings& settings = {});
  LearnerUnderTest(const LearnerUnderTest&) = delete;
  LearnerUnderTest& operator=(const LearnerUnderTest&) = delete;

  bool needs_complete() const { return learner_->needs_complete(); }
  std::unique_ptr<ModelUnderTest> train(const Training& training) const;
  /// A model of bytes, whose rows have `columns`.
  std::unique_ptr<ModelUnderTest> load(const std::string& bytes, size_t columns) const;

  std::vector<std::string> warnings;
  std::vector<double> progress;
  std::map<std::string, std::vector<double>> metrics;
  bool cancelled = false;

 private:
  std::shared_ptr<LearnerHandle> learner_;
};

struct Attributions {
  double base_value = 0;
  std::vector<double> values;  ///< one a row and column
};

/// An explainer, prepared for one model view.
class ExplainerUnderTest {
 public:
  ExplainerUnderTest(const std::string& name, size_t columns, const veleta_trees* trees, const veleta_linear* linear);
  Attributions explain(const MatrixView& rows) const;

 private:
  std::unique_ptr<PreparedHandle> prepared_;
};

}  // namespace veleta::testing
