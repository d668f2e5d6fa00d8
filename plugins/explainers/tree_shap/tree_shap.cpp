#include <algorithm>
#include <cstdio>
#include <span>

#include "choice.hpp"
#include "forest.hpp"
#include "interventional.hpp"
#include "veleta/explainer.hpp"

namespace {

using namespace veleta;
using tree_shap::Choice;
using tree_shap::Forest;
using tree_shap::Kernel;

class PreparedTrees final : public PreparedExplainer {
 public:
  PreparedTrees(const Explainable& model, const Choice& choice)
      : forest_(*model.trees, model.columns),
        kernel_(tree_shap::choose_kernel(forest_, choice)),
        base_values_(kernel_->expected()) {
    for (size_t output = 0; output < forest_.outputs; ++output) base_values_[output] += forest_.base_margins[output];
  }

  void explain(const MatrixView& rows, const Attributions& out) const override {
    std::vector<float> room;
    const MatrixView ready = checked(rows, room);
    std::ranges::fill(out.values, 0.0);
    kernel_->explain(ready, out.values);
    std::ranges::copy(base_values_, out.base_values.begin());
  }

  void interact(const MatrixView& rows, std::span<double> interactions, std::span<double> base_values) const override {
    std::vector<float> room;
    const MatrixView ready = checked(rows, room);
    std::ranges::fill(interactions, 0.0);
    kernel_->interact(ready, interactions);
    std::ranges::copy(base_values_, base_values.begin());
  }

  std::string method() const override {
    char size[32];
    std::snprintf(size, sizeof size, ", %.1f MB", static_cast<double>(kernel_->bytes()) / 1e6);
    return kernel_->name() + size;
  }

 private:
  MatrixView checked(const MatrixView& rows, std::vector<float>& room) const {
    if (rows.columns != forest_.columns)
      throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(forest_.columns) +
                                                   " features, the rows have " + std::to_string(rows.columns));
    return forest_.normalise(rows, room);
  }

  Forest forest_;
  std::unique_ptr<Kernel> kernel_;
  std::vector<double> base_values_;
};

/// Files of dlib's forests, for one, do not say how many training rows came by.
bool lack_covers(const veleta_trees& trees) {
  const std::span<const double> covers(trees.cover, trees.node_count);
  return trees.node_count > trees.tree_count && std::ranges::all_of(covers, [](double cover) { return cover == 0; });
}

/// Exact SHAP values of any model with a tree view.
class TreeShap final : public Explainer {
 public:
  explicit TreeShap(const Params& params)
      : choice_{params.text("method"), params.text("perturbation"),
                static_cast<size_t>(params.integer("memory_mb")) << 20},
        output_(params.text("output")) {
    if (choice_.perturbation == "path_dependent" && output_ != "margin")
      throw Error(ErrorCode::kInvalidArgument, "tree_shap has an output of " + output_ +
                                                   " with perturbation = \"interventional\" alone; path_dependent has "
                                                   "margins");
  }

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (!model.trees) throw Error(ErrorCode::kUnsupported, "tree_shap explains models made of trees; this one is not");
    if (choice_.perturbation == "interventional")
      return tree_shap::prepare_interventional(
          model, {tree_shap::output_named(output_), tree_shap::method_named(choice_.method), choice_.memory_bytes});
    if (lack_covers(*model.trees))
      throw Error(ErrorCode::kUnsupported,
                  "the model's trees have no covers, the training weight of their branches; perturbation = "
                  "\"interventional\" needs none");
    return std::make_unique<PreparedTrees>(model, choice_);
  }

 private:
  Choice choice_;
  std::string output_;
};

}  // namespace

VELETA_EXPLAINER(
    TreeShap, "tree_shap", "2.0.0",
    text_param("method", "auto",
               "how: look-ups in tables, quadrature, or quadrature with less memory; interventional: tables, "
               "their rows made on first touch, or background row by row; auto: the fastest for the "
               "model's size")
        .choices({"auto", "table", "quadrature", "compact", "rows", "pairwise"}),
    text_param("perturbation", "path_dependent",
               "what stands for a feature that is not known: the training weight of the tree's branches, "
               "or the values of background rows")
        .choices({"path_dependent", "interventional"}),
    integer_param("memory_mb", 64, "what the tables of a model may take at most").min(1).unit("MB"),
    text_param("output", "margin",
               "what is attributed; probabilities need background rows. probability: its exact Shapley "
               "values, for at most 15 features; rescaled_probability: those of the margin beside each "
               "background row, stretched to add up")
        .choices({"margin", "probability", "rescaled_probability"}))
