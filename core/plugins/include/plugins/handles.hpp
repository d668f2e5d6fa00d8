#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "veleta/abi.h"
#include "veleta/attributions.hpp"
#include "veleta/batch.hpp"
#include "veleta/drift.hpp"
#include "veleta/series.hpp"
#include "veleta/training.hpp"

// A plugin's instances as the rest of the host sees them: plain C++ calls that throw Error, whose message begins with
// the plugin ("detector 'ks': …"). What a plugin returns is checked here, once: VELETA_INTERNAL, an exception that
// crossed the boundary, a number out of its range or an array of a wrong shape ends as kPlugin; the ABI's other
// statuses keep their code. What the host's own functions throw during a call is thrown on when the plugin has
// returned. Calls that the ABI does not allow concurrently wait for each other.

namespace veleta {

/// What the host does for a plugin's instance. Empty functions do nothing. Called from any thread, one at a time for an
/// instance, is_cancelled aside; what one throws ends the plugin's call, except on threads of the plugin's own, where
/// it is dropped.
struct PluginServices {
  std::function<void(int level, const std::string& message)> log;
  std::function<void(double fraction, const std::string& what)> progress;
  std::function<bool()> is_cancelled;
  std::function<void(const std::string& name, double value, int64_t step)> metric;
};

/// The instance behind a handle: its table, its host functions, its name in errors. Private to core/plugins.
class PluginInstance;

class SourceHandle {
 public:
  explicit SourceHandle(std::unique_ptr<PluginInstance> instance);
  ~SourceHandle();
  /// Brings the batch after `cursor`; `payload` gets its bytes. The caller releases `rows` of an Arrow batch.
  Batch next(const std::optional<std::string>& cursor, const std::function<void(std::string_view bytes)>& payload);
  /// Makes the source start over; false where it cannot.
  bool rewind();

 private:
  std::unique_ptr<PluginInstance> instance_;
};

class DetectorHandle;

/// One series under watch. Keeps its detector alive. Never to be called concurrently; different watches may be.
class WatchHandle {
 public:
  WatchHandle(std::shared_ptr<DetectorHandle> detector, void* watch);
  ~WatchHandle();
  WatchHandle(const WatchHandle&) = delete;
  WatchHandle& operator=(const WatchHandle&) = delete;
  /// Takes finite values up to the first that gives an alarm, after which the watch has started anew; returns how many
  /// it took.
  size_t update(std::span<const double> values, Signal& signal);
  std::string save() const;

 private:
  std::shared_ptr<DetectorHandle> detector_;
  void* watch_;
};

class DetectorHandle : public std::enable_shared_from_this<DetectorHandle> {
 public:
  explicit DetectorHandle(std::unique_ptr<PluginInstance> instance);
  ~DetectorHandle();
  bool compares_numbers() const;
  bool compares_categories() const;
  bool compares_rows() const;
  bool watches() const;
  /// VELETA_OF_DATA, VELETA_OF_PREDICTIONS or VELETA_OF_ATTRIBUTIONS: what the columns are of that it compares.
  int32_t subject() const;
  /// VELETA_NEEDS_…: what of the rows it looks at.
  uint32_t needs() const;
  /// Throw kPlugin where the statistic, effect or min_effect is not finite, a p-value is none of 0..1, the effect is
  /// below 0 or its interval is upside down.
  DriftResult compare(const NumericSample& reference, const NumericSample& current);
  DriftResult compare(const CategoricalSample& reference, const CategoricalSample& current);
  DriftResult compare(const RowSample& reference, const RowSample& current);
  /// Throw kUnsupported where the detector watches no series, or not this one; load_watch also kBadData.
  std::unique_ptr<WatchHandle> watch(const Series& series);
  std::unique_ptr<WatchHandle> load_watch(std::string_view bytes);
  /// Mean number of values between false alarms that it promises at least; NaN: none.
  double run_length();

 private:
  friend class WatchHandle;
  std::unique_ptr<PluginInstance> instance_;
};

class LearnerHandle;

/// A trained model in a plugin. Keeps its learner alive. Const functions are thread-safe.
class ModelHandle {
 public:
  ModelHandle(std::shared_ptr<LearnerHandle> learner, void* model);
  ~ModelHandle();
  ModelHandle(const ModelHandle&) = delete;
  ModelHandle& operator=(const ModelHandle&) = delete;

  std::string save() const;
  /// Fills one prediction a row. Throws kPlugin where one is not finite.
  void predict(const MatrixView& rows, std::span<double> predictions) const;
  /// The views, checked for shape, order and range against `columns` features, which takes a pass over them; null where
  /// the model has none. They live as long as this handle.
  const veleta_trees* trees(size_t columns) const;
  const veleta_linear* linear(size_t columns) const;

 private:
  std::shared_ptr<LearnerHandle> learner_;
  void* model_;
  std::optional<veleta_trees> trees_;    // constant after construction
  std::optional<veleta_linear> linear_;  // constant after construction
};

class LearnerHandle : public std::enable_shared_from_this<LearnerHandle> {
 public:
  explicit LearnerHandle(std::unique_ptr<PluginInstance> instance);
  ~LearnerHandle();
  const std::string& name() const;
  /// True: the learner cannot take missing values; the encoder fills them in.
  bool needs_complete() const;
  std::unique_ptr<ModelHandle> train(const Training& training);
  std::unique_ptr<ModelHandle> load(std::string_view bytes);

 private:
  friend class ModelHandle;
  std::unique_ptr<PluginInstance> instance_;
};

/// What an explainer may look at; everything in it must outlive the prepared handle.
struct ExplainableModel {
  size_t columns = 0;
  const veleta_trees* trees = nullptr;
  const veleta_linear* linear = nullptr;
  MatrixView background;
  /// Fills `outputs` margins a row. Called concurrently.
  std::function<void(const MatrixView& rows, std::span<double> margins)> margin;
  size_t outputs = 1;
  Link link = Link::kIdentity;
};

class ExplainerHandle;

/// A model made ready to be explained. Keeps its explainer alive. Thread-safe.
class PreparedHandle {
 public:
  PreparedHandle(std::shared_ptr<ExplainerHandle> explainer, ExplainableModel model);
  ~PreparedHandle();
  PreparedHandle(const PreparedHandle&) = delete;
  PreparedHandle& operator=(const PreparedHandle&) = delete;
  /// Fills attributions, base values and, where there is room for them, standard errors (zeros from an explainer that
  /// states none). This and what follows throw kPlugin where a number is not finite.
  void explain(const MatrixView& rows, const Attributions& out) const;
  /// The same for a model of one output, without standard errors; returns the base value.
  double explain(const MatrixView& rows, std::span<double> attributions) const;
  /// Fills rows * outputs * columns * columns interactions and a base value an output. Throws kUnsupported where the
  /// explainer has none.
  void interact(const MatrixView& rows, std::span<double> interactions, std::span<double> base_values) const;
  /// Attributes the rows' losses: rows * columns values and a base value a row. Throws kUnsupported where the explainer
  /// does not explain losses.
  void explain_loss(const MatrixView& rows, std::span<const double> targets, const Attributions& out) const;
  /// In a few words for people, how the model is explained; may be empty.
  std::string method() const;
  Space space() const;

 private:
  struct Model;
  template <typename Function>
  Function required(Function veleta_explainer::*verb, const char* what) const;
  void check_room(const char* what, size_t found, size_t expected) const;
  void check_finite(const char* what, std::span<const double> values, size_t per_row) const;
  std::shared_ptr<ExplainerHandle> explainer_;
  std::unique_ptr<Model> model_;
  void* prepared_ = nullptr;
};

class ExplainerHandle : public std::enable_shared_from_this<ExplainerHandle> {
 public:
  explicit ExplainerHandle(std::unique_ptr<PluginInstance> instance);
  ~ExplainerHandle();
  const std::string& name() const;
  /// Throws kUnsupported where the explainer cannot read any of the model's views.
  std::unique_ptr<PreparedHandle> prepare(ExplainableModel model);

 private:
  friend class PreparedHandle;
  std::unique_ptr<PluginInstance> instance_;
};

}  // namespace veleta
