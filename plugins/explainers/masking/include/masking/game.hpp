#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <vector>

#include "masking/coalitions.hpp"
#include "masking/masked_model.hpp"

namespace masking {

/// The game of one row: v(S) is the mean over the background of what the model says of a row with the features S from
/// the explained row and the others from the background row (Lundberg and Lee 2017, arXiv 1705.07874, equation 9 with
/// features taken as independent). Not thread-safe.
class Game {
 public:
  /// `model` and `row` must outlive this. `go_on` is called before each batch; it throws to end the game.
  Game(const MaskedModel& model, const float* row, std::function<void()> go_on)
      : model_(model),
        row_(row),
        go_on_(std::move(go_on)),
        row_values_(model.outputs()),
        masked_(model.background().begin(), model.background().end()),
        masked_values_(model.background_values().begin(), model.background_values().end()),
        is_changed_(model.background_rows(), 0),
        batch_rows_(std::max(model.background_rows(), std::min(kBatchRows, kBatchFloats / model.columns()))) {
    for (size_t column = 0; column < model.columns(); ++column)
      for (size_t b = 0; b < model.background_rows(); ++b)
        if (differs(row[column], model.background_row(b)[column])) {
          players_.push_back(column);
          break;
        }
    model_.evaluate({row, model.columns()}, row_values_);
    current_ = Coalition(players_.size());
  }

  /// Columns in which the row differs from some background row. Every other's Shapley value is 0.
  std::span<const size_t> players() const { return players_; }
  size_t outputs() const { return model_.outputs(); }
  /// v of no player, and of all of them; a number an output.
  std::span<const double> base_values() const { return model_.base_values(); }
  std::span<const double> row_values() const { return row_values_; }

  /// Values of coalitions, outputs() numbers each. Least work where each has much in common with the one before, from
  /// this call or the last.
  void play(std::span<const Coalition> coalitions, std::span<double> values) {
    values_ = values.data();
    for (const Coalition& coalition : coalitions) step_to(coalition);
    finish_batch();
  }

 private:
  static constexpr size_t kBatchRows = 4096, kBatchFloats = size_t{8} << 18;  // 8 MB

  static bool differs(float a, float b) { return a != b && !(std::isnan(a) && std::isnan(b)); }

  void step_to(const Coalition& next) {
    if (changed_.size() + model_.background_rows() > batch_rows_) finish_batch();
    for (size_t word = 0; word < next.words().size(); ++word)
      for (uint64_t rest = next.words()[word] ^ current_.words()[word]; rest != 0; rest &= rest - 1)
        toggle(64 * word + static_cast<size_t>(std::countr_zero(rest)), next);
    current_ = next;
    for (size_t b = 0; b < is_changed_.size(); ++b) {
      if (!is_changed_[b]) continue;
      const float* masked = &masked_[b * model_.columns()];
      batch_.insert(batch_.end(), masked, masked + model_.columns());
      changed_.push_back(b);
      is_changed_[b] = 0;
    }
    steps_.push_back(changed_.size());
  }

  void toggle(size_t player, const Coalition& next) {
    const size_t column = players_[player], columns = model_.columns();
    const bool known = next.contains(player);
    for (size_t b = 0; b < is_changed_.size(); ++b) {
      const float unknown = model_.background()[b * columns + column];
      masked_[b * columns + column] = known ? row_[column] : unknown;
      is_changed_[b] |= differs(row_[column], unknown);
    }
  }

  void finish_batch() {
    go_on_();
    const size_t outputs = model_.outputs();
    batch_values_.resize(changed_.size() * outputs);
    if (!changed_.empty()) model_.evaluate(batch_, batch_values_);
    size_t at = 0;
    for (const size_t end : steps_) {
      for (; at < end; ++at)
        std::copy_n(&batch_values_[at * outputs], outputs, &masked_values_[changed_[at] * outputs]);
      write_means();
    }
    batch_.clear();
    changed_.clear();
    steps_.clear();
  }

  void write_means() {
    const size_t outputs = model_.outputs();
    std::fill_n(values_, outputs, 0.0);
    for (size_t i = 0; i < masked_values_.size(); i += outputs)
      for (size_t output = 0; output < outputs; ++output) values_[output] += masked_values_[i + output];
    for (size_t output = 0; output < outputs; ++output)
      values_[output] /= static_cast<double>(model_.background_rows());
    values_ += outputs;
  }

  const MaskedModel& model_;
  const float* row_;
  std::function<void()> go_on_;
  std::vector<size_t> players_;
  std::vector<double> row_values_;

  Coalition current_{0};               ///< no player at first
  std::vector<float> masked_;          ///< the background under the current coalition, …
  std::vector<double> masked_values_;  ///< … and what the model says of it, as far as the batches went
  std::vector<uint8_t> is_changed_;    ///< by background row: since the coalition before
  size_t batch_rows_;                  ///< at most
  std::vector<float> batch_;           ///< rows that wait for the model, …
  std::vector<size_t> changed_;        ///< … the background row of each, …
  std::vector<size_t> steps_;          ///< … and where the rows of each coalition end
  std::vector<double> batch_values_;
  double* values_ = nullptr;  ///< where the next coalition's go
};

}  // namespace masking
