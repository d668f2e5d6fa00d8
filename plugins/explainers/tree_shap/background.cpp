#include "background.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "veleta/error.hpp"

namespace tree_shap {

using veleta::Error;
using veleta::ErrorCode;

Background::Background(const Forest& forest, const Decisions& decisions, const veleta::MatrixView& rows)
    : words_a_row_(decisions.words()), rows_(static_cast<double>(rows.rows)) {
  if (rows.rows == 0)
    throw Error(ErrorCode::kUnsupported, "interventional attributions need background rows; the model came with none");
  if (rows.columns != forest.columns)
    throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(forest.columns) +
                                                 " features, the background rows have " + std::to_string(rows.columns));
  std::vector<float> room;
  const veleta::MatrixView clean = forest.normalise(rows, room);
  std::vector<uint64_t> all(rows.rows * words_a_row_);
  for (size_t row = 0; row < rows.rows; ++row)
    decisions.decide(clean.row(row), 0, decisions.words(), all.data() + row * words_a_row_);
  const auto words_of = [&](size_t row) { return std::span(all).subspan(row * words_a_row_, words_a_row_); };
  std::vector<size_t> order(rows.rows);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order,
                    [&](size_t a, size_t b) { return std::ranges::lexicographical_compare(words_of(a), words_of(b)); });
  for (size_t i = 0; i < order.size(); ++i) {
    const auto words = words_of(order[i]);
    if (i > 0 && std::ranges::equal(words, words_of(order[i - 1]))) {
      counts_.back() += 1;
      continue;
    }
    words_.insert(words_.end(), words.begin(), words.end());
    counts_.push_back(1);
  }
  for (const double count : counts_) weights_.push_back(count / rows_);
}

void Background::pattern_weights(const Path& path, uint32_t first_word, std::span<double> weights) const {
  std::ranges::fill(weights, 0.0);
  for (size_t row = 0; row < distinct(); ++row) weights[path.pattern(words(row) + first_word)] += counts_[row];
  for (double& weight : weights) weight /= rows_;
}

}  // namespace tree_shap
