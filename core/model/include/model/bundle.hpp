#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "data/profile.hpp"
#include "data/schema.hpp"
#include "data/segments.hpp"
#include "model/features.hpp"
#include "model/scored_rows.hpp"
#include "model/target.hpp"
#include "plugins/plugin_host.hpp"
#include "trees/evaluator.hpp"

namespace veleta {

/// Everything that belongs to one model version, as training leaves it and the registry keeps it.
struct BundleParts {
  std::string pipeline;
  std::string learner;  ///< the plugin's name
  ParamValues learner_params;
  std::string learner_version;
  std::string learner_bytes;  ///< what the learner's save gave
  TargetSpec target;
  Schema input_schema;  ///< the columns that a request may have: no target, nothing ignored
  ColumnRules rules;
  FeatureEncoder features;
  Matrix golden;                             ///< some encoded rows …
  std::vector<double> golden_predictions;    ///< … and what the learner itself predicted for them, in its own space
  Matrix background;                         ///< some encoded training rows, for explainers
  Profile profile;                           ///< of the training window: the reference of drift
  std::vector<Segment> segments;             ///< of the training window, as the pipeline's file cuts it; may be empty
  std::map<std::string, double> importance;  ///< mean |attribution| per source column over the background rows
  std::string explainer;                     ///< the plugin preferred for explaining
  ParamValues explainer_params;
  std::optional<ReferenceRows> reference;  ///< absent from versions that were registered before there were any
  json::object notes;                      ///< for people: batches, rows, metrics, seed
};

/// Where a bundle's files stand among those of a version.
inline constexpr const char* kBundleFolder = "model";

/// Files by name, all below kBundleFolder. The same parts give the same bytes.
using BundleFiles = std::map<std::string, std::string>;
BundleFiles to_files(const BundleParts& parts);
/// Throws kBadData, naming the file, where one is missing, broken or not matching its recorded digest.
BundleParts parts_from_files(const BundleFiles& files);

/// SHA-256 over names and contents of the files that to_files gives: the model's identity. What else stands beside
/// their folder does not count.
std::string bundle_digest(const BundleFiles& files);

/// Why a row was predicted as it was. base_value + the sum of the attributions = prediction, to rounding.
struct Explanation {
  double base_value = 0;  ///< what the model predicts knowing nothing of the row
  double prediction = 0;
  std::vector<double> attributions;   ///< one per Bundle::input_columns()
  std::optional<double> probability;  ///< binary: of the positive class, as Bundle::predict gives it
  /// Of each attribution, where the explainer samples; empty: it states none. A column of several features has the root
  /// of the sum of their variances, which takes the features' errors for independent.
  std::vector<double> standard_errors{};

  /// What Bundle::predict gives for the row, bit for bit.
  double predicted() const { return probability.value_or(prediction); }
};

struct ExplanationSet {
  std::string explainer;  ///< the plugin that served
  /// What base values, predictions and attributions are counted in. "target": the target's unit. "log_odds", or
  /// "probability" where a classifier adds up probabilities or its explainer explains them; "margin" of any other.
  std::string space;
  std::string method;  ///< for people, after the explainer's name: "on log(1 + price), rescaled to price"
  std::vector<Explanation> rows;
  std::string kernel{};  ///< what of the explainer served, in its own words: "pattern tables, 5.4 MB"; may be empty
  Matrix encoded{};      ///< the numbers that the model saw, a row each; of the same columns as the golden rows
};

/// How columns acted together on each row's prediction, in the same space as its attributions.
struct InteractionSet {
  /// Of each row columns * columns numbers, symmetric: row [a][b] has half of what a and b did together, [a][a] what a
  /// did alone. Each line of a matrix adds up to its column's attribution, to rounding.
  std::vector<std::vector<double>> rows;
};

/// How many rows are explained. The defaults are what one request gets.
struct ExplainOptions {
  unsigned threads = 1;  ///< use at most so many; the numbers are the same, whatever the count
  /// Told from the calling thread after each block of rows; what it throws ends the work.
  std::function<void(size_t done_rows)> progress{};
};

/// One model version made ready: predicts and explains table rows. Immutable; every function is thread-safe.
class Bundle {
 public:
  /// Loads the learner's model, makes its views ready, and holds both against the golden rows.
  /// The explainer is the preferred one if it can read the model, else the first installed that can, else none: exact
  /// by a view before exact by margins before estimates, and none that is taken only by name. Throws kBadData or
  /// kPlugin, and nothing is left behind, where a part is broken or the golden predictions differ by more than 1e-6 of
  /// the larger of their own and their mean size. Throws kUnsupported for a model of several outputs.
  static std::shared_ptr<const Bundle> open(BundleParts parts, PluginHost& plugins);

  const BundleParts& parts() const { return parts_; }
  /// The columns that predictions depend on, in the order of Explanation::attributions.
  const std::vector<std::string>& input_columns() const { return parts_.features.source_columns(); }
  /// The model as the learner shows it, over the encoded features; null: not so. Never both. They live as the bundle.
  const veleta_trees* trees() const { return trees_; }
  const veleta_linear* linear() const { return linear_; }

  /// Predictions as people know them: the target's unit, or the probability of the positive class. Uses the model's
  /// view, or the learner where it has none.
  std::vector<double> predict(const Table& rows) const;
  /// Attributes predictions to the input columns. What the explainer's sums differ from the model's own by, which is
  /// rounding, is spread over the attributions. With a log transform the attributions of the logarithm are scaled to
  /// add up in the target's unit. Throws kUnsupported where no installed explainer can read the model, kPlugin where
  /// attributions do not add up.
  ExplanationSet explain(const Table& rows, const ExplainOptions& options = {}) const;
  /// The interactions of rows that were explained. Throws kUnsupported where the explainer has none, kPlugin where they
  /// do not add up.
  InteractionSet interactions(const ExplanationSet& explained, const ExplainOptions& options = {}) const;
  /// The background rows explained: at the first call, and kept. Throws as explain does.
  const ExplanationSet& explained_background() const;
  /// Mean |interaction| over the background rows, columns * columns; empty where the explainer has no interactions, or
  /// they are too many to compute. Computed at the first call, and kept.
  const std::vector<double>& background_interactions() const;
  bool can_explain() const { return prepared_ != nullptr; }
  /// The plugin that explains; empty: none can.
  const std::string& explainer() const { return explainer_; }

  /// Mean |attribution| per source column over the background rows; empty where nothing can explain the model.
  std::map<std::string, double> measure_importance() const;

 private:
  explicit Bundle(BundleParts parts) : parts_(std::move(parts)) {}
  void load_learner(PluginHost& plugins);
  void prepare_explainer(PluginHost& plugins);
  std::unique_ptr<PreparedHandle> try_explainer(const std::string& name, PluginHost& plugins);
  void check_golden_rows();
  void margins(const MatrixView& rows, std::span<double> margins) const;
  int32_t link() const;
  double predicted(double margin) const;
  ExplanationSet explain_encoded(Matrix encoded, const ExplainOptions& options) const;
  ExplanationSet empty_set() const;
  void explain_block(const MatrixView& rows, std::span<Explanation> out) const;
  void interact_block(const MatrixView& rows, std::span<std::vector<double>> out) const;
  std::vector<double> mean_interactions() const;
  double explained(double margin) const;
  double rescaled(double explained) const;
  double factor_between(double base, double explained) const;
  bool is_rescaled() const;
  void check_sum(double base, double rest, double explained) const;
  Explanation explain_row(double base, double margin, std::span<double> attributions,
                          std::span<const double> standard_errors) const;
  std::vector<double> fold_errors(std::span<const double> standard_errors, double factor) const;

  BundleParts parts_;
  MatrixView golden_, background_;  ///< of parts_
  std::unique_ptr<ModelHandle> model_;
  const veleta_trees* trees_ = nullptr;     ///< model_'s; null: it has no such view
  const veleta_linear* linear_ = nullptr;   ///< model_'s; null: it has no such view
  std::optional<TreeEvaluator> evaluator_;  ///< of trees_
  std::string explainer_;
  std::unique_ptr<PreparedHandle> prepared_;
  std::string kernel_;            ///< prepared_'s method
  Space space_ = Space::kMargin;  ///< prepared_'s

  // Each guarded by its mutex until it is there; then it never changes.
  mutable std::mutex background_mutex_, interactions_mutex_;
  mutable std::optional<ExplanationSet> explained_background_;
  mutable std::optional<std::vector<double>> background_interactions_;
};

}  // namespace veleta
