#include <algorithm>
#include <cmath>
#include <limits>

#include "../shared/training_checks.hpp"
#include "booster.hpp"
#include "trees/read.hpp"
#include "veleta/learner.hpp"

namespace {

using namespace veleta;
using xgboost_plugin::Booster;
using xgboost_plugin::DataMatrix;

/// The trees of a saved model of the kinds that this learner trains: numeric splits, one output.
TreeEnsemble read_trees(std::string_view bytes) {
  TreeEnsemble trees = read_xgboost_model(bytes).trees;
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::kUnsupported, "this learner does not predict by an XGBoost model that " + what);
  };
  if (trees.outputs > 1) refuse("has " + std::to_string(trees.outputs) + " outputs; expected one");
  if (!trees.category_begin.empty()) refuse("splits on categories; expected numeric splits alone");
  if (trees.link != Link::kIdentity && trees.link != Link::kLogistic)
    refuse("is of another objective than a regression or two classes");
  return trees;
}

class BoostedTrees final : public Model {
 public:
  /// Reads the trees first: bytes that this reader refuses never get to XGBoost.
  explicit BoostedTrees(std::string bytes)
      : bytes_(std::move(bytes)),
        trees_(read_trees(bytes_)),
        booster_(Booster::load(bytes_)),
        columns_(booster_.feature_count()) {
    booster_.set("nthread", 1);  // callers bring the threads
    booster_.ready_to_predict();
  }

  std::string save() const override { return bytes_; }

  void predict(const MatrixView& rows, std::span<double> predictions) const override {
    check_width(rows, columns_);
    booster_.predict_margins(rows, predictions);
    if (trees_.link == Link::kLogistic)
      for (double& prediction : predictions) prediction = 1 / (1 + std::exp(-prediction));
  }

  const TreeEnsemble* trees() const override { return &trees_; }

 private:
  std::string bytes_;
  TreeEnsemble trees_;
  Booster booster_;
  size_t columns_;
};

/// What is minimised, and the number that early stopping watches.
struct Loss {
  std::string objective;
  std::string metric;
};

Loss loss_for(Task task, const std::string& choice) {
  if (task == Task::kBinary) return {"binary:logistic", "logloss"};
  if (choice == "absolute_error") return {"reg:absoluteerror", "mae"};
  if (choice == "pseudo_huber") return {"reg:pseudohubererror", "mphe"};
  return {"reg:squarederror", "rmse"};
}

/// The best constant prediction, which the first tree starts from: the median for losses of absolute error, else the
/// mean, which is also the share of class 1.
double best_constant(const Loss& loss, std::span<const double> targets) {
  if (loss.metric == "rmse" || loss.metric == "logloss") {
    double sum = 0;
    for (double target : targets) sum += target;
    return sum / static_cast<double>(targets.size());
  }
  std::vector<double> sorted(targets.begin(), targets.end());
  const auto middle = sorted.begin() + static_cast<ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

/// Threads of XGBoost meet some hundred times a tree; on few rows they wait for each other longer than they work.
unsigned useful_threads(const Training& training) {
  constexpr size_t kRowsPerThread = 25000;
  return std::min(training.threads, static_cast<unsigned>(1 + training.train.rows / kRowsPerThread));
}

class XgboostLearner final : public Learner {
 public:
  XgboostLearner(const Params& params, const Host& host)
      : params_(params),
        host_(host),
        rounds_(static_cast<int>(params.integer("rounds"))),
        patience_(static_cast<int>(params.integer("early_stopping_rounds"))) {}

  std::unique_ptr<Model> train(const Training& training) const override {
    check_training(training);
    const Loss loss = loss_for(training.task, params_.text("objective"));
    const auto train = DataMatrix::binned(training.train, training.train_target,
                                          static_cast<int>(params_.integer("max_bins")), training.threads);
    Booster booster(train);
    configure(booster, loss, training);
    if (training.train.names.size() == training.train.columns) booster.set_feature_names(training.train.names);
    const int rounds = patience_ > 0 && training.validation.rows > 0
                           ? boost_until_worse(booster, train, training, loss.metric)
                           : boost_all(booster, train);
    return std::make_unique<BoostedTrees>((rounds < rounds_ ? booster.first_rounds(rounds) : booster).save());
  }

  std::unique_ptr<Model> load(std::string_view bytes) const override {
    return std::make_unique<BoostedTrees>(std::string(bytes));
  }

 private:
  void configure(Booster& booster, const Loss& loss, const Training& training) const {
    booster.set("verbosity", 0);
    booster.set("nthread", useful_threads(training));
    booster.set("seed", static_cast<double>(training.seed & 0x7fffffff));
    booster.set("tree_method", "hist");
    booster.set("objective", loss.objective);
    booster.set("eval_metric", loss.metric);
    booster.set("base_score", best_constant(loss, training.train_target));
    booster.set("huber_slope", params_.number("huber_slope"));
    booster.set("learning_rate", params_.number("learning_rate"));
    booster.set("max_depth", static_cast<double>(params_.integer("max_depth")));
    booster.set("min_child_weight", params_.number("min_child_weight"));
    booster.set("subsample", params_.number("subsample"));
    booster.set("colsample_bytree", params_.number("colsample"));
    booster.set("lambda", params_.number("l2"));
    booster.set("alpha", params_.number("l1"));
    booster.set("max_bin", static_cast<double>(params_.integer("max_bins")));
  }

  int boost_all(Booster& booster, const DataMatrix& train) const {
    for (int round = 0; round < rounds_; ++round) boost(booster, round, train);
    return rounds_;
  }

  /// Adds rounds until the validation metric has not improved for `patience_` of them. Returns the best number of
  /// rounds.
  int boost_until_worse(Booster& booster, const DataMatrix& train, const Training& training,
                        const std::string& metric) const {
    const DataMatrix validation(training.validation, training.validation_target, training.threads);
    int best_round = 0;
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < rounds_ && round - best_round <= patience_; ++round) {
      boost(booster, round, train);
      const double value = booster.evaluate(round, validation);
      host_.metric("validation_" + metric, value, round);
      if (value < best) best = value, best_round = round;
    }
    return best_round + 1;
  }

  void boost(Booster& booster, int round, const DataMatrix& train) const {
    if (host_.is_cancelled()) throw Error(ErrorCode::kCancelled, "training was cancelled");
    booster.boost(round, train);
    host_.progress((round + 1.0) / rounds_, "tree " + std::to_string(round + 1) + " of " + std::to_string(rounds_));
  }

  Params params_;
  Host host_;
  int rounds_;
  int patience_;
};

}  // namespace

VELETA_LEARNER(
    XgboostLearner, 0, "xgboost", "1.0.0",
    integer_param("rounds", 600, "trees at most; early stopping may keep fewer").min(1).max(100000),
    number_param("learning_rate", 0.05, "share of each tree's correction that is kept").min(1e-6).max(1),
    integer_param("max_depth", 6, "splits between a tree's root and its leaves at most").min(1).max(30),
    number_param("min_child_weight", 1.0, "least sum of second derivatives in a leaf; for squared error: rows").min(0),
    number_param("subsample", 0.8, "share of the rows that each tree sees").min(0.01).max(1),
    number_param("colsample", 0.7, "share of the features that each tree sees").min(0.01).max(1),
    number_param("l2", 1.0, "penalty on squared leaf values").min(0),
    number_param("l1", 0.0, "penalty on absolute leaf values").min(0),
    integer_param("max_bins", 256, "split candidates per feature").min(2).max(65536),
    text_param("objective", "squared_error", "what a regression minimises; two classes always use the logistic loss")
        .choices({"squared_error", "absolute_error", "pseudo_huber"}),
    number_param("huber_slope", 1.0, "pseudo_huber: errors above it count linearly; in the target's unit").min(1e-9),
    integer_param("early_stopping_rounds", 30,
                  "rounds without a better validation loss before training stops; 0: never")
        .min(0))
