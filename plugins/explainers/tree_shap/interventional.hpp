#pragma once

#include <memory>
#include <string>

#include "veleta/explainer.hpp"

namespace tree_shap {

/// What attributions are of.
enum class Output { kMargin, kProbability, kRescaledProbability };
/// How attributions of margins are come by. All give the same; kChosen takes the quickest that fits into memory.
enum class Method { kChosen, kTables, kRows, kPairwise };

/// By the plugin's parameters. Throws kInvalidArgument for a method that path-dependent values alone have.
Output output_named(const std::string& name);
Method method_named(const std::string& name);

struct InterventionalOptions {
  Output output = Output::kMargin;
  Method method = Method::kChosen;
  size_t budget_bytes = size_t{64} << 20;  ///< for tables, and again for what interactions need
};

/// Interventional SHAP values: a feature that is not known takes the values that it has in `model.background`, whatever
/// the known ones are (Janzing, Minorics and Blöbaum 2020). Throws kUnsupported without trees or background rows, or
/// where the method or the output asked for is not for this model, kBadData for trees that are none.
std::unique_ptr<veleta::PreparedExplainer> prepare_interventional(const veleta::Explainable& model,
                                                                  const InterventionalOptions& options);

}  // namespace tree_shap
