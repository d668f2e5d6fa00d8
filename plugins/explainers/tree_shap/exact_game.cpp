#include "exact_game.hpp"

#include <algorithm>
#include <bit>

#include "both_paths.hpp"

namespace tree_shap {

using veleta::Error;
using veleta::ErrorCode;

std::vector<int32_t> ExactGame::used_features(const Forest& forest) {
  std::vector<int32_t> features;
  for (const Tree& tree : forest.trees)
    for (const Node& node : tree.nodes)
      if (!node.is_leaf()) features.push_back(node.feature);
  std::ranges::sort(features);
  features.erase(std::ranges::unique(features).begin(), features.end());
  return features;
}

ExactGame::ExactGame(const Forest& forest, const Decisions& decisions, const Background& background,
                     const Pairwise& pairwise)
    : forest_(forest),
      decisions_(decisions),
      background_(background),
      pairwise_(pairwise),
      features_(used_features(forest)),
      place_(forest.columns, 0) {
  if (features_.size() > kMaximumFeatures)
    throw Error(ErrorCode::kUnsupported, "exact attributions of a probability are for models of at most " +
                                             std::to_string(kMaximumFeatures) + " features, this one uses " +
                                             std::to_string(features_.size()) +
                                             ": ask for output \"rescaled_probability\" or \"margin\"");
  for (size_t i = 0; i < features_.size(); ++i) place_[static_cast<size_t>(features_[i])] = static_cast<uint8_t>(i);
}

/// Margins of every subset of known features, one output after the other. A leaf is reached by those subsets that have
/// all of A and none of Z, whose indicator is the sum over Z' of Z of (-1)^|Z'| times that of all which have A and Z'.
void ExactGame::margins(const uint64_t* row, size_t background_row, std::vector<double>& margins) const {
  const size_t subsets = size_t{1} << features_.size();
  margins.assign(forest_.outputs * subsets, 0.0);
  BothPaths paths(forest_.columns);
  const auto set_of = [&](const std::vector<int32_t>& features) {
    size_t set = 0;
    for (const int32_t feature : features) set |= size_t{1} << place_[static_cast<size_t>(feature)];
    return set;
  };
  for (size_t tree = 0; tree < forest_.trees.size(); ++tree) {
    const uint32_t first_word = decisions_.first_word(tree);
    double* output = margins.data() + forest_.trees[tree].output * subsets;
    paths.walk(forest_.trees[tree], pairwise_.bits(tree), row + first_word,
               background_.words(background_row) + first_word,
               [&](double leaf, const auto& of_row, const auto& of_background) {
                 const size_t known = set_of(of_row), unknown = set_of(of_background);
                 for (size_t some = unknown;; some = (some - 1) & unknown) {
                   output[known | some] += std::popcount(some) % 2 == 0 ? leaf : -leaf;
                   if (some == 0) break;
                 }
               });
  }
  for (size_t output = 0; output < forest_.outputs; ++output) {
    double* sums = margins.data() + output * subsets;
    sums[0] += forest_.base_margins[output];
    for (size_t bit = 1; bit < subsets; bit *= 2)
      for (size_t set = 0; set < subsets; ++set)
        if (set & bit) sums[set] += sums[set ^ bit];
  }
}

/// Shapley's formula: the mean over all subsets S without j, weighted by |S|! (n - |S| - 1)! / n!, of v(S + j) - v(S).
void ExactGame::attribute(const double* game, double* values) const {
  const size_t count = features_.size();
  for (size_t set = 0; set < size_t{1} << count; ++set) {
    const auto size = static_cast<size_t>(std::popcount(set));
    for (size_t j = 0; j < count; ++j)
      values[features_[j]] += set >> j & 1 ? beta_weight(size - 1, count - size) * game[set]
                                           : -beta_weight(size, count - size - 1) * game[set];
  }
}

void ExactGame::explain(const float* row, const Response& response, double target, double* values,
                        double* base_values) const {
  const size_t subsets = size_t{1} << features_.size(), outputs = response.outputs(forest_.outputs);
  std::vector<uint64_t> words(decisions_.words());
  decisions_.decide(row, 0, decisions_.words(), words.data());
  std::vector<double> of_sets, game(outputs * subsets, 0.0), one(forest_.outputs), responses(outputs);
  for (size_t b = 0; b < background_.distinct(); ++b) {
    margins(words.data(), b, of_sets);
    for (size_t set = 0; set < subsets; ++set) {
      for (size_t output = 0; output < forest_.outputs; ++output) one[output] = of_sets[output * subsets + set];
      response.apply(one, target, responses.data());
      for (size_t output = 0; output < outputs; ++output)
        game[output * subsets + set] += background_.weight(b) * responses[output];
    }
  }
  for (size_t output = 0; output < outputs; ++output) {
    base_values[output] += game[output * subsets];
    attribute(&game[output * subsets], values + output * forest_.columns);
  }
}

}  // namespace tree_shap
