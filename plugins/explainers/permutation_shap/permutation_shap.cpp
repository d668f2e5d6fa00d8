#include <cmath>

#include "masking/prepared_games.hpp"
#include "orders.hpp"

namespace {

using namespace veleta;
using masking::Coalition;
using masking::Game;
using masking::MaskedModel;
using permutation_shap::Order;
using permutation_shap::Orders;

/// The players of an order join one after the other; then, but for the last, they leave in the order in which they
/// came. So the coalitions on the way back are those of the opposite order. Those of no and of all players are left
/// out.
std::vector<Coalition> there_and_back(const Order& order) {
  const size_t players = order.size();
  std::vector<Coalition> coalitions;
  Coalition coalition(players);
  for (size_t i = 0; i + 1 < players; ++i) {
    coalition.add(order[i]);
    coalitions.push_back(coalition);
  }
  coalition.add(order.back());
  for (size_t i = 0; i + 1 < players; ++i) {
    coalition.remove(order[i]);
    coalitions.push_back(coalition);
  }
  return coalitions;
}

class PreparedPermutations final : public masking::PreparedGames {
 public:
  PreparedPermutations(MaskedModel model, Host host, size_t pairs, uint64_t seed)
      : PreparedGames(std::move(model), host), pairs_(pairs), seed_(seed) {}

  std::string method() const override {
    return std::to_string(pairs_) + " pairs of opposite orders, " + std::to_string(model().background_rows()) +
           " background rows";
  }

 private:
  void explain_game(Game& game, std::span<double> values, std::span<double> standard_errors) const override {
    const Orders orders = permutation_shap::make_orders(game.players().size(), pairs_, seed_);
    std::vector<double> squares(values.size(), 0), pair(values.size());
    for (size_t i = 0; i < orders.orders.size(); ++i) {
      attribute(game, orders.orders[i], pair);
      // Welford's running mean and sum of squares: nothing cancels.
      for (size_t j = 0; j < values.size(); ++j) {
        const double step = pair[j] - values[j];
        values[j] += step / static_cast<double>(i + 1);
        squares[j] += step * (pair[j] - values[j]);
      }
    }
    if (orders.is_all) return;
    const auto count = static_cast<double>(orders.orders.size());
    for (size_t j = 0; j < standard_errors.size(); ++j)
      standard_errors[j] = std::sqrt(squares[j] / (count * (count - 1)));
  }

  /// What each player adds when it joins, the mean of an order and its opposite.
  static void attribute(Game& game, const Order& order, std::span<double> values) {
    const std::vector<Coalition> coalitions = there_and_back(order);
    const size_t players = order.size(), outputs = game.outputs(), half = players - 1;
    std::vector<double> played(coalitions.size() * outputs);
    game.play(coalitions, played);
    for (size_t output = 0; output < outputs; ++output) {
      const auto value = [&](size_t coalition) { return played[coalition * outputs + output]; };
      const double none = game.base_values()[output], all = game.row_values()[output];
      for (size_t i = 0; i < players; ++i) {
        const double joins = (i < half ? value(i) : all) - (i > 0 ? value(i - 1) : none);
        const double leaves = (i > 0 ? value(half + i - 1) : all) - (i < half ? value(half + i) : none);
        values[output * players + order[i]] = (joins + leaves) / 2;
      }
    }
  }

  size_t pairs_;
  uint64_t seed_;
};

/// Shapley values estimated over random orders of the features, each taken with its opposite (Mitchell, Cooper, Frank
/// and Holmes 2022, arXiv 2104.12199, "antithetic sampling"; "permutation" in the shap package). Exact for models
/// without interactions of more than two features. The standard error is that of the mean over the pairs.
class PermutationShap final : public Explainer {
 public:
  static constexpr uint32_t kFlags = VELETA_ANY_MODEL | VELETA_SAMPLED;

  PermutationShap(const Params& params, const Host& host)
      : host_(host),
        pairs_(static_cast<size_t>(params.integer("permutations"))),
        background_rows_(static_cast<size_t>(params.integer("background_rows"))),
        seed_(static_cast<uint64_t>(params.integer("seed"))),
        space_(masking::space_of(params)) {}

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    return std::make_unique<PreparedPermutations>(MaskedModel(model, background_rows_, space_), host_, pairs_, seed_);
  }

 private:
  Host host_;
  size_t pairs_, background_rows_;
  uint64_t seed_;
  Space space_;
};

}  // namespace

VELETA_EXPLAINER(
    PermutationShap, "permutation_shap", "1.0.0",
    integer_param("permutations", 10, "random orders of the features, each taken with its opposite").min(2).max(100000),
    masking::background_rows_param(), masking::seed_param(), masking::space_param())
