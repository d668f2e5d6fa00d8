#pragma once

#include <string>
#include <vector>

#include "masking/game.hpp"

namespace masking {

/// A masked model whose rows are explained one by one, so that a row alone gets what it gets among others.
class PreparedGames : public veleta::PreparedExplainer {
 public:
  PreparedGames(MaskedModel model, veleta::Host host) : model_(std::move(model)), host_(host) {}

  veleta::Space space() const final { return model_.space(); }

  void explain(const veleta::MatrixView& rows, const veleta::Attributions& out) const final {
    check(rows);
    std::ranges::copy(model_.base_values(), out.base_values.begin());
    std::ranges::fill(out.values, 0.0);
    std::ranges::fill(out.standard_errors, 0.0);
    const size_t per_row = model_.outputs() * model_.columns();
    for_each_game(rows, [&](Game& game, size_t row) {
      const size_t players = game.players().size();
      if (players == 0) return;
      std::vector<double> values(players * game.outputs()), errors(out.standard_errors.empty() ? 0 : values.size());
      explain_game(game, values, errors);
      scatter(game, values, out.values.subspan(row * per_row, per_row));
      if (!errors.empty()) scatter(game, errors, out.standard_errors.subspan(row * per_row, per_row));
    });
  }

 protected:
  /// Fills attributions and, unless there is no room for them, standard errors: outputs * players numbers each, zeros
  /// before the call. There is a player.
  virtual void explain_game(Game& game, std::span<double> values, std::span<double> standard_errors) const = 0;

  void check(const veleta::MatrixView& rows) const {
    if (rows.columns != model_.columns())
      throw veleta::Error(veleta::ErrorCode::kInvalidArgument, "the model has " + std::to_string(model_.columns()) +
                                                                   " features, the rows have " +
                                                                   std::to_string(rows.columns));
  }

  /// Calls `body` with each row's game and the row's index. Tells progress; ends by kCancelled.
  template <typename Body>
  void for_each_game(const veleta::MatrixView& rows, Body&& body) const {
    for (size_t row = 0; row < rows.rows; ++row) {
      Game game(model_, rows.row(row), [this] { go_on(); });
      body(game, row);
      if (rows.rows > 1)
        host_.progress(static_cast<double>(row + 1) / static_cast<double>(rows.rows), "rows explained");
    }
  }

  const MaskedModel& model() const { return model_; }

 private:
  void go_on() const {
    if (host_.is_cancelled()) throw veleta::Error(veleta::ErrorCode::kCancelled, "cancelled while rows were explained");
  }

  /// Players' numbers to their columns, for each output.
  static void scatter(const Game& game, std::span<const double> players, std::span<double> columns) {
    const size_t count = game.players().size(), width = columns.size() / game.outputs();
    for (size_t output = 0; output < game.outputs(); ++output)
      for (size_t player = 0; player < count; ++player)
        columns[output * width + game.players()[player]] = players[output * count + player];
  }

  MaskedModel model_;
  veleta::Host host_;
};

}  // namespace masking
