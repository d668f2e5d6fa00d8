#include "decision_paths.hpp"
#include "veleta/explainer.hpp"

namespace {

using namespace veleta;

class PreparedPaths final : public PreparedExplainer {
 public:
  PreparedPaths(const veleta_trees& trees, size_t columns) : paths_(trees), columns_(columns) {}

  void explain(const MatrixView& rows, const Attributions& out) const override {
    if (rows.columns != columns_)
      throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(columns_) +
                                                   " features, the rows have " + std::to_string(rows.columns));
    std::ranges::fill(out.values, 0.0);
    const size_t row_values = paths_.outputs() * columns_;
    for (size_t row = 0; row < rows.rows; ++row)
      paths_.explain(rows.row(row), columns_, out.values.subspan(row * row_values, row_values));
    std::ranges::copy(paths_.base_values(), out.base_values.begin());
  }

  std::string method() const override { return "Saabas' decision paths: an approximation"; }

 private:
  saabas::DecisionPaths paths_;
  size_t columns_;
};

/// What a model's expectation changes by along a row's own paths.
class Saabas final : public Explainer {
 public:
  static constexpr uint32_t kFlags = VELETA_ONLY_BY_NAME;

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (!model.trees) throw Error(ErrorCode::kUnsupported, "saabas explains models made of trees; this one is not");
    return std::make_unique<PreparedPaths>(*model.trees, model.columns);
  }
};

}  // namespace

VELETA_EXPLAINER(Saabas, "saabas", "1.0.0")
