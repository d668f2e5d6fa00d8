#include "masking/prepared_games.hpp"
#include "shapley.hpp"

namespace {

using namespace veleta;
using masking::Coalition;
using masking::Game;
using masking::MaskedModel;

class PreparedExact final : public masking::PreparedGames {
 public:
  PreparedExact(MaskedModel model, Host host) : PreparedGames(std::move(model), host) {}

  std::string method() const override {
    return "all coalitions, " + std::to_string(model().background_rows()) + " background rows";
  }

  void interact(const MatrixView& rows, std::span<double> interactions, std::span<double> base_values) const override {
    check(rows);
    std::ranges::copy(model().base_values(), base_values.begin());
    std::ranges::fill(interactions, 0.0);
    const size_t columns = model().columns();
    for_each_game(rows, [&](Game& game, size_t row) {
      const size_t players = game.players().size();
      std::vector<double> found(players * players);
      for_each_output(game, [&](size_t output, std::span<const double> values) {
        exact_shap::shapley_interactions(players, values, found);
        double* matrix = &interactions[(row * game.outputs() + output) * columns * columns];
        for (size_t i = 0; i < found.size(); ++i)
          matrix[game.players()[i / players] * columns + game.players()[i % players]] = found[i];
      });
    });
  }

 private:
  static constexpr size_t kCoalitionsAtOnce = 1024;

  void explain_game(Game& game, std::span<double> values, std::span<double>) const override {
    const size_t players = game.players().size();
    for_each_output(game, [&](size_t output, std::span<const double> played) {
      exact_shap::shapley_values(players, played, values.subspan(output * players, players));
    });
  }

  /// Calls `body` with each output and the values of all coalitions for it.
  template <typename Body>
  static void for_each_output(Game& game, Body&& body) {
    const size_t outputs = game.outputs(), count = size_t{1} << game.players().size();
    if (count == 1) return;
    const std::vector<double> all = play_all(game);
    std::vector<double> values(count);
    for (size_t output = 0; output < outputs; ++output) {
      for (size_t coalition = 0; coalition < count; ++coalition) values[coalition] = all[coalition * outputs + output];
      body(output, std::span<const double>(values));
    }
  }

  /// The value of every coalition and output. Goes through them by Gray's code, in which each differs from the one
  /// before by one player.
  static std::vector<double> play_all(Game& game) {
    const size_t players = game.players().size(), outputs = game.outputs(), count = size_t{1} << players;
    std::vector<double> values(count * outputs), played;
    std::vector<size_t> codes;
    std::vector<Coalition> coalitions;
    std::ranges::copy(game.base_values(), values.begin());
    std::ranges::copy(game.row_values(), values.end() - static_cast<ptrdiff_t>(outputs));
    Coalition coalition(players);
    for (size_t i = 1; i < count; ++i) {
      const size_t code = i ^ i >> 1, player = static_cast<size_t>(std::countr_zero(i));
      code >> player & 1 ? coalition.add(player) : coalition.remove(player);
      if (code != count - 1) {
        codes.push_back(code);
        coalitions.push_back(coalition);
      }
      if (codes.size() < kCoalitionsAtOnce && i + 1 < count) continue;
      played.resize(codes.size() * outputs);
      game.play(coalitions, played);
      for (size_t c = 0; c < codes.size(); ++c) std::copy_n(&played[c * outputs], outputs, &values[codes[c] * outputs]);
      codes.clear();
      coalitions.clear();
    }
    return values;
  }
};

/// Shapley values by their definition: every coalition of the features is asked for ("exact" in the shap package).
class ExactShap final : public Explainer {
 public:
  static constexpr uint32_t kFlags = VELETA_ANY_MODEL;

  ExactShap(const Params& params, const Host& host)
      : host_(host),
        most_features_(static_cast<size_t>(params.integer("max_features"))),
        background_rows_(static_cast<size_t>(params.integer("background_rows"))),
        space_(masking::space_of(params)) {}

  std::unique_ptr<PreparedExplainer> prepare(const Explainable& model) const override {
    if (model.columns > most_features_)
      throw Error(ErrorCode::kUnsupported,
                  "exact_shap asks for all coalitions of the features: it takes models of at most max_features = " +
                      std::to_string(most_features_) + " of them, this one has " + std::to_string(model.columns));
    return std::make_unique<PreparedExact>(MaskedModel(model, background_rows_, space_), host_);
  }

 private:
  Host host_;
  size_t most_features_, background_rows_;
  Space space_;
};

}  // namespace

VELETA_EXPLAINER(ExactShap, "exact_shap", "1.0.0",
                 integer_param("max_features", 10, "models of more are refused: each more doubles the work")
                     .min(1)
                     .max(20)
                     .unit("features"),
                 masking::background_rows_param(), masking::space_param())
