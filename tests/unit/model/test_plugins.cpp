#include "test_plugins.hpp"

#include <charconv>
#include <cmath>
#include <numeric>

#include "veleta/explainer.hpp"
#include "veleta/learner.hpp"

namespace {

using namespace veleta;

/// Predicts `slope` times the first feature.
class Line final : public Model {
 public:
  Line(double slope, const Params& params)
      : slope_(slope), has_false_view_(params.flag("false_view")), has_two_outputs_(params.flag("two_outputs")) {
    two_leaves_.roots = {0, 1};
    two_leaves_.feature = {TreeEnsemble::kLeaf, TreeEnsemble::kLeaf};
    two_leaves_.threshold = {0, 0};
    two_leaves_.left = two_leaves_.right = {0, 0};
    two_leaves_.default_left = {0, 0};
    two_leaves_.value = two_leaves_.cover = {1, 2};
    two_leaves_.outputs = 2;
    two_leaves_.tree_output = {0, 1};
  }

  std::string save() const override { return std::to_string(slope_); }

  void predict(const MatrixView& rows, std::span<double> predictions) const override {
    for (size_t row = 0; row < rows.rows; ++row) predictions[row] = slope_ * rows.at(row, 0);
  }

  const LinearModel* linear() const override { return has_false_view_ ? &false_view_ : nullptr; }
  const TreeEnsemble* trees() const override { return has_two_outputs_ ? &two_leaves_ : nullptr; }

 private:
  double slope_;
  bool has_false_view_, has_two_outputs_;
  TreeEnsemble two_leaves_;
  LinearModel false_view_{{slope_ + 1}, {0}, 0, Link::kIdentity};
};

class LineLearner final : public Learner {
 public:
  explicit LineLearner(const Params& params) : params_(params) {}
  std::unique_ptr<Model> train(const Training&) const override { return std::make_unique<Line>(2, params_); }

  std::unique_ptr<Model> load(std::string_view bytes) const override {
    double slope = 0;
    if (std::from_chars(bytes.data(), bytes.data() + bytes.size(), slope).ec != std::errc())
      throw Error(ErrorCode::kBadData, "the slope is no number");
    return std::make_unique<Line>(slope, params_);
  }

 private:
  Params params_;
};

/// Attributes `factor` times all of a row's margin to the first feature, from a base of 0.
class FirstFeature final : public Explainer {
  struct Prepared final : PreparedExplainer {
    Explainable model;
    double factor;
    Prepared(const Explainable& from, double times) : model(from), factor(times) {}

    void explain(const MatrixView& rows, const Attributions& out) const override {
      std::vector<double> margins(rows.rows);
      model.margin(rows, margins);
      std::ranges::fill(out.values, 0);
      for (size_t row = 0; row < rows.rows; ++row) out.values[row * rows.columns] = factor * margins[row];
      out.base_values[0] = 0;
    }
  };

 public:
  explicit FirstFeature(const Params& params) : works_(params.flag("works")), factor_(params.number("factor")) {}

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (!works_) throw Error(ErrorCode::kUnsupported, "not for this model");
    return std::make_unique<Prepared>(model, factor_);
  }

 private:
  bool works_;
  double factor_;
};

/// Refuses every model, and carries flags.
template <uint32_t flags>
class Flagged final : public Explainer {
 public:
  static constexpr uint32_t kFlags = flags;
  std::unique_ptr<PreparedExplainer> prepare(const Explainable&) const override {
    throw Error(ErrorCode::kUnsupported, "not for this model");
  }
};
using OnlyByName = Flagged<VELETA_ONLY_BY_NAME>;
using Sampled = Flagged<VELETA_ANY_MODEL | VELETA_SAMPLED>;
using AnyModel = Flagged<VELETA_ANY_MODEL>;

/// Spreads a row's margin, or its response, evenly over the features, from a base of 0, and states the same error of
/// each.
class Even final : public Explainer {
  struct Prepared final : PreparedExplainer {
    Explainable model;
    Space of;
    double error;
    Prepared(const Explainable& from, Space in, double stated) : model(from), of(in), error(stated) {}

    /// Shares of what each row's explanation adds up to.
    void spread(const MatrixView& rows, std::span<double> out, size_t shares) const {
      std::vector<double> wholes(rows.rows);
      model.margin(rows, wholes);
      for (size_t row = 0; row < rows.rows; ++row) {
        if (of == Space::kResponse && model.link == Link::kLogistic) wholes[row] = 1 / (1 + std::exp(-wholes[row]));
        std::ranges::fill(out.subspan(row * shares, shares), wholes[row] / static_cast<double>(shares));
      }
    }
    void explain(const MatrixView& rows, const Attributions& out) const override {
      spread(rows, out.values, rows.columns);
      std::ranges::fill(out.standard_errors, error);
      out.base_values[0] = 0;
    }
    void interact(const MatrixView& rows, std::span<double> out, std::span<double> base_values) const override {
      if (error > 0) throw Error(ErrorCode::kUnsupported, "not by sampling");
      spread(rows, out, rows.columns * rows.columns);
      base_values[0] = 0;
    }
    std::string method() const override { return "evenly"; }
    Space space() const override { return of; }
  };

 public:
  static constexpr uint32_t kFlags = VELETA_ONLY_BY_NAME;
  explicit Even(const Params& params)
      : works_(params.flag("works")),
        error_(params.number("error")),
        of_(params.flag("response") ? Space::kResponse : Space::kMargin) {}

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (!works_) throw Error(ErrorCode::kUnsupported, "not for this model");
    return std::make_unique<Prepared>(model, of_, error_);
  }

 private:
  bool works_;
  double error_;
  Space of_;
};

}  // namespace

VELETA_LEARNER(LineLearner, 0, "test_line", "1.0.0",
               flag_param("false_view", false, "show a view that does not predict what the model does"),
               flag_param("two_outputs", false, "show a view of trees with two outputs"))
VELETA_EXPLAINER(FirstFeature, "test_first_feature", "1.0.0", flag_param("works", false, "explain every model"),
                 number_param("factor", 1, "of the true attribution"))
VELETA_EXPLAINER(OnlyByName, "a_only_by_name", "1.0.0")
VELETA_EXPLAINER(Sampled, "b_sampled", "1.0.0")
VELETA_EXPLAINER(AnyModel, "c_any_model", "1.0.0")
VELETA_EXPLAINER(Even, "test_even", "1.0.0", flag_param("works", false, "explain every model"),
                 number_param("error", 0, "of each attribution; above 0 there are no interactions"),
                 flag_param("response", false, "explain what the link makes of the margin"))

namespace veleta::testing {

void add_linked_plugins(PluginHost& host) { host.add_static(&veleta_library_entry); }

}  // namespace veleta::testing
