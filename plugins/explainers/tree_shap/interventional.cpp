#include "interventional.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "exact_game.hpp"
#include "pairwise.hpp"
#include "pattern_rows.hpp"
#include "pattern_tables.hpp"
#include "response.hpp"

namespace tree_shap {
namespace {

using namespace veleta;

std::string in_megabytes(size_t bytes) {
  const size_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

/// A model's trees beside its background, and the kernels for them.
class Interventional final : public PreparedExplainer {
 public:
  Interventional(const Explainable& model, const InterventionalOptions& options)
      : options_(options),
        link_(static_cast<Link>(model.trees->link)),
        forest_(*model.trees, model.columns),
        decisions_(std::make_shared<Decisions>(forest_)),
        background_(forest_, *decisions_, model.background),
        pairwise_(forest_, *decisions_, background_),
        expected_(pairwise_.expected()),
        responds_(options.output != Output::kMargin && link_ != Link::kIdentity) {
    if (ExactGame::used_features(forest_).size() <= ExactGame::kMaximumFeatures ||
        options.output == Output::kProbability)
      exact_.emplace(forest_, *decisions_, background_, pairwise_);
    if (options.output == Output::kRescaledProbability) must_rescale(Response::prediction(link_));
    if (!responds_) choose();
  }

  void explain(const MatrixView& rows, const Attributions& out) const override {
    check(rows);
    std::vector<float> room;
    const MatrixView clean = forest_.normalise(rows, room);
    std::ranges::fill(out.values, 0.0);
    if (responds_) return explain_predictions(clean, out);
    kernel_->explain(clean, out.values);
    add_base_values(out.base_values);
  }

  void interact(const MatrixView& rows, std::span<double> interactions, std::span<double> base_values) const override {
    check(rows);
    if (responds_)
      throw Error(ErrorCode::kUnsupported, "tree_shap has interaction values of margins, not of probabilities");
    std::vector<float> room;
    const MatrixView clean = forest_.normalise(rows, room);
    std::ranges::fill(interactions, 0.0);
    kernel_->interact(clean, interactions);
    add_base_values(base_values);
  }

  void explain_loss(const MatrixView& rows, std::span<const double> targets, const Attributions& out) const override {
    check(rows);
    const Response loss = Response::loss(link_);
    for (const double target : targets) check_target(target);
    if (!exact_) must_rescale(loss);
    std::vector<float> room;
    const MatrixView clean = forest_.normalise(rows, room);
    std::ranges::fill(out.values, 0.0);
    std::ranges::fill(out.base_values, 0.0);
    for (size_t row = 0; row < rows.rows; ++row)
      respond(clean.row(row), loss, targets[row], exact_.has_value(), &out.values[row * rows.columns],
              &out.base_values[row]);
  }

  std::string method() const override {
    const std::string background = ", " + std::to_string(background_.distinct()) + " distinct background rows";
    const std::string losses = exact_ ? "; losses: exact over all subsets" : "; losses: rescaled margins";
    if (!responds_)
      return "interventional: " + kernel_->name() + ", " + in_megabytes(kernel_->bytes()) + background + losses;
    return (options_.output == Output::kProbability ? "interventional: exact over all subsets"
                                                    : "interventional: rescaled margins, pairwise") +
           background + losses;
  }

  Space space() const override { return options_.output == Output::kMargin ? Space::kMargin : Space::kResponse; }

 private:
  /// Falls through to the slower ones where memory does not do.
  void choose() {
    const auto wanted = [&](Method method) { return options_.method == Method::kChosen || options_.method == method; };
    if (wanted(Method::kTables)) kernel_ = make_tables();
    if (!kernel_ && wanted(Method::kRows)) kernel_ = make_rows();
    if (!kernel_ && wanted(Method::kPairwise)) kernel_ = make_pairwise();
    if (!kernel_)
      throw Error(ErrorCode::kUnsupported,
                  "the method asked for needs more than memory_mb, or this model's paths are "
                  "too long for it");
  }

  std::unique_ptr<Kernel> make_tables() const {
    const auto weigh = [this](size_t tree, const Path& path, std::span<double> weights) {
      background_.pattern_weights(path, decisions_->first_word(tree), weights);
    };
    return PatternTables::make(forest_, decisions_, weigh, expected_, options_.budget_bytes, [this] {
      auto rows = make_rows();
      return rows ? std::move(rows) : make_pairwise();
    });
  }

  std::unique_ptr<Kernel> make_rows() const {
    return PatternRows::make(forest_, *decisions_, background_, expected_, options_.budget_bytes);
  }

  std::unique_ptr<Kernel> make_pairwise() const {
    return std::make_unique<Pairwise>(forest_, *decisions_, background_);
  }

  void check(const MatrixView& rows) const {
    if (rows.columns != forest_.columns)
      throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(forest_.columns) +
                                                   " features, the rows have " + std::to_string(rows.columns));
  }

  void check_target(double target) const {
    const bool fits = link_ == Link::kSoftmax ? target >= 0 && target < forest_.outputs && target == std::floor(target)
                      : link_ == Link::kLogistic ? target >= 0 && target <= 1
                                                 : std::isfinite(target);
    if (!fits)
      throw Error(ErrorCode::kInvalidArgument,
                  "a target of " + std::to_string(target) + " makes no sense for the model's link");
  }

  void must_rescale(const Response& response) const {
    if (!response.elementwise())
      throw Error(ErrorCode::kUnsupported,
                  "softmax mixes the margins of all outputs, so attributions of one cannot be rescaled; exact ones are "
                  "for at most " +
                      std::to_string(ExactGame::kMaximumFeatures) + " features");
  }

  void explain_predictions(const MatrixView& rows, const Attributions& out) const {
    const Response response = Response::prediction(link_);
    const size_t numbers = forest_.outputs * forest_.columns;
    std::vector<double> base_values(forest_.outputs);
    for (size_t row = 0; row < rows.rows; ++row) {
      std::ranges::fill(base_values, 0.0);
      respond(rows.row(row), response, 0, options_.output == Output::kProbability, &out.values[row * numbers],
              base_values.data());
    }
    if (rows.rows == 0) base_of(response, base_values);
    std::ranges::copy(base_values, out.base_values.begin());
  }

  void respond(const float* row, const Response& response, double target, bool exactly, double* values,
               double* base_values) const {
    exactly ? exact_->explain(row, response, target, values, base_values)
            : rescale(row, response, target, values, base_values);
  }

  /// The attributions of the margin beside each background row, stretched so that they add up to the difference of the
  /// responses (shap's TreeExplainer, model_output "probability" and "log_loss").
  void rescale(const float* row, const Response& response, double target, double* values, double* base_values) const {
    const size_t columns = forest_.columns;
    std::vector<uint64_t> words(decisions_->words());
    decisions_->decide(row, 0, decisions_->words(), words.data());
    const std::vector<double> margins = margins_of(words.data());
    std::vector<double> beside(forest_.outputs * columns), responses(forest_.outputs);
    for (size_t b = 0; b < background_.distinct(); ++b) {
      const double weight = background_.weight(b);
      const std::vector<double> others = margins_of(background_.words(b));
      std::ranges::fill(beside, 0.0);
      pairwise_.explain_beside(b, words.data(), weight, beside.data());
      response.apply(others, target, responses.data());
      for (size_t output = 0; output < response.outputs(forest_.outputs); ++output) {
        const double slope = response.slope(others[output], margins[output], target);
        base_values[output] += weight * responses[output];
        for (size_t i = output * columns; i < (output + 1) * columns; ++i) values[i] += slope * beside[i];
      }
    }
  }

  std::vector<double> margins_of(const uint64_t* words) const {
    std::vector<double> margins = pairwise_.sums(words);
    for (size_t output = 0; output < margins.size(); ++output) margins[output] += forest_.base_margins[output];
    return margins;
  }

  void base_of(const Response& response, std::vector<double>& base_values) const {
    std::vector<double> responses(forest_.outputs);
    for (size_t b = 0; b < background_.distinct(); ++b) {
      response.apply(margins_of(background_.words(b)), 0, responses.data());
      for (size_t output = 0; output < responses.size(); ++output)
        base_values[output] += background_.weight(b) * responses[output];
    }
  }

  void add_base_values(std::span<double> base_values) const {
    for (size_t output = 0; output < forest_.outputs; ++output)
      base_values[output] = forest_.base_margins[output] + expected_[output];
  }

  InterventionalOptions options_;
  Link link_;
  Forest forest_;
  std::shared_ptr<const Decisions> decisions_;
  Background background_;
  Pairwise pairwise_;
  std::vector<double> expected_;
  bool responds_;  ///< attributes predictions, not margins
  std::optional<ExactGame> exact_;
  std::unique_ptr<Kernel> kernel_;  ///< of margins
};

}  // namespace

Output output_named(const std::string& name) {
  if (name == "probability") return Output::kProbability;
  return name == "rescaled_probability" ? Output::kRescaledProbability : Output::kMargin;
}

Method method_named(const std::string& name) {
  if (name == "auto") return Method::kChosen;
  if (name == "table") return Method::kTables;
  if (name == "rows") return Method::kRows;
  if (name == "pairwise") return Method::kPairwise;
  throw Error(ErrorCode::kInvalidArgument,
              "interventional attributions have the methods table, rows and pairwise, not " + name);
}

std::unique_ptr<PreparedExplainer> prepare_interventional(const Explainable& model,
                                                          const InterventionalOptions& options) {
  if (!model.trees) throw Error(ErrorCode::kUnsupported, "tree_shap explains models made of trees; this one is not");
  return std::make_unique<Interventional>(model, options);
}

}  // namespace tree_shap
