#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "masking/prepared_games.hpp"
#include "regression.hpp"

namespace {

using namespace veleta;
using kernel_shap::Played;
using kernel_shap::Regression;
using masking::Game;
using masking::MaskedModel;

class PreparedKernel final : public masking::PreparedGames {
 public:
  PreparedKernel(MaskedModel model, Host host, size_t samples, uint64_t seed)
      : PreparedGames(std::move(model), host), samples_(samples), seed_(seed) {}

  std::string method() const override {
    return "regression over " + std::to_string(coalitions()) + " coalitions, " +
           std::to_string(model().background_rows()) + " background rows";
  }

 private:
  void explain_game(Game& game, std::span<double> values, std::span<double> standard_errors) const override {
    const size_t players = game.players().size(), outputs = game.outputs();
    const auto regression = regression_of(players);
    std::vector<double> played(regression->design().coalitions.size() * outputs);
    game.play(regression->design().coalitions, played);
    for (size_t output = 0; output < outputs; ++output) {
      const Played one{game.base_values()[output], game.row_values()[output],
                       [&](size_t coalition) { return played[coalition * outputs + output]; }};
      const std::span<double> found = values.subspan(output * players, players);
      regression->solve(one, found);
      if (!standard_errors.empty())
        regression->standard_errors(one, found, standard_errors.subspan(output * players, players));
    }
  }

  /// Of a row whose features all vary, about.
  size_t coalitions() const {
    const size_t players = model().columns(), all = players < 32 ? (size_t{1} << players) - 2 : SIZE_MAX;
    return std::min(samples_for(players), all);
  }

  size_t samples_for(size_t players) const { return samples_ > 0 ? samples_ : 2 * players + 2048; }

  /// The same for all rows with as many players.
  std::shared_ptr<const Regression> regression_of(size_t players) const {
    const std::lock_guard lock(mutex_);
    auto& regression = regressions_[players];
    if (!regression)
      regression =
          std::make_shared<Regression>(players, kernel_shap::make_design(players, samples_for(players), seed_));
    return regression;
  }

  size_t samples_;
  uint64_t seed_;
  mutable std::mutex mutex_;
  mutable std::map<size_t, std::shared_ptr<const Regression>> regressions_;  ///< by players; guarded by mutex_
};

/// Shapley values as the solution of a weighted regression over coalitions (Lundberg and Lee 2017, arXiv 1705.07874;
/// "kernel" in the shap package, whose selection of features by an L1 penalty is not here). Taken by name alone: for as
/// many evaluations permutation_shap's estimates have no bias.
class KernelShap final : public Explainer {
 public:
  static constexpr uint32_t kFlags = VELETA_ANY_MODEL | VELETA_SAMPLED | VELETA_ONLY_BY_NAME;

  KernelShap(const Params& params, const Host& host)
      : host_(host),
        samples_(static_cast<size_t>(params.integer("samples"))),
        background_rows_(static_cast<size_t>(params.integer("background_rows"))),
        seed_(static_cast<uint64_t>(params.integer("seed"))),
        space_(masking::space_of(params)) {}

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    return std::make_unique<PreparedKernel>(MaskedModel(model, background_rows_, space_), host_, samples_, seed_);
  }

 private:
  Host host_;
  size_t samples_, background_rows_;
  uint64_t seed_;
  Space space_;
};

}  // namespace

VELETA_EXPLAINER(
    KernelShap, "kernel_shap", "1.0.0",
    integer_param("samples", 0,
                  "coalitions asked for; 0: 2048 and two a feature. Those of one feature and of all but one "
                  "come in any case, and 64 of the others")
        .min(0)
        .max(1000000)
        .unit("coalitions"),
    masking::background_rows_param(), masking::seed_param(), masking::space_param())
