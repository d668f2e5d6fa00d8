#include "any_model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

namespace veleta::testing {

PreparedUnderTest::PreparedUnderTest(const std::string& explainer, const AnyModel& model, const Settings& settings,
                                     PluginServices services, const veleta_linear* linear)
    : columns_(model.columns), outputs_(model.outputs) {
  const auto margin = [this, &model](const MatrixView& rows, std::span<double> out) {
    evaluations += rows.rows;
    largest_batch = std::max(largest_batch, rows.rows);
    for (size_t row = 0; row < rows.rows; ++row)
      model.margins(rows.row(row), out.subspan(row * model.outputs, model.outputs));
  };
  prepared_ =
      linked_plugins()
          .create_explainer(explainer, values_for(PluginKind::kExplainer, explainer, settings), std::move(services))
          ->prepare({columns_, nullptr, linear, view(model.background), margin, model.outputs, model.link});
}

Explained PreparedUnderTest::explain(const std::vector<float>& rows) const {
  Explained found{std::vector<double>(rows.size() * outputs_), std::vector<double>(rows.size() * outputs_),
                  std::vector<double>(outputs_)};
  prepared_->explain(view(rows), Attributions{found.values, found.base_values, found.errors});
  return found;
}

Explained PreparedUnderTest::interact(const std::vector<float>& rows) const {
  Explained found{std::vector<double>(rows.size() * outputs_ * columns_), {}, std::vector<double>(outputs_)};
  prepared_->interact(view(rows), found.values, found.base_values);
  return found;
}

std::vector<double> game_of(const AnyModel& model, const float* row, size_t output,
                            const std::function<void(std::span<double>)>& after) {
  const size_t rows = model.background.size() / model.columns;
  std::vector<double> game(size_t{1} << model.columns, 0), margins(model.outputs);
  for (size_t known = 0; known < game.size(); ++known)
    for (size_t b = 0; b < rows; ++b) {
      std::vector<float> masked(row, row + model.columns);
      for (size_t column = 0; column < model.columns; ++column)
        if (!(known >> column & 1)) masked[column] = model.background[b * model.columns + column];
      model.margins(masked.data(), margins);
      if (after) after(margins);
      game[known] += margins[output] / static_cast<double>(rows);
    }
  return game;
}

namespace {

double factorial(size_t n) { return std::tgamma(static_cast<double>(n) + 1); }

}  // namespace

std::vector<double> shapley(const std::vector<double>& game, size_t columns) {
  std::vector<double> values(columns, 0);
  for (size_t j = 0; j < columns; ++j)
    for (size_t known = 0; known < game.size(); ++known) {
      if (known >> j & 1) continue;
      const auto size = static_cast<size_t>(std::popcount(known));
      values[j] += factorial(size) * factorial(columns - size - 1) / factorial(columns) *
                   (game[known | size_t{1} << j] - game[known]);
    }
  return values;
}

std::vector<double> interactions_of(const std::vector<double>& game, size_t columns) {
  std::vector<double> found(columns * columns, 0);
  const std::vector<double> values = shapley(game, columns);
  for (size_t i = 0; i < columns; ++i) {
    found[i * columns + i] += values[i];
    for (size_t j = 0; j < columns; ++j)
      for (size_t known = 0; known < game.size() && i != j; ++known) {
        if (known >> i & 1 || known >> j & 1) continue;
        const auto size = static_cast<size_t>(std::popcount(known));
        const size_t with_i = known | size_t{1} << i, with_j = known | size_t{1} << j;
        const double part = factorial(size) * factorial(columns - size - 2) / (2 * factorial(columns - 1)) *
                            (game[with_i | with_j] - game[with_i] - game[with_j] + game[known]);
        found[i * columns + j] += part;
        found[i * columns + i] -= part;
      }
  }
  return found;
}

std::vector<float> uniform_numbers(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  return numbers;
}

}  // namespace veleta::testing
