#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>
#include <thread>

#include "brute_force.hpp"
#include "interventional.hpp"
#include "made_ensemble.hpp"
#include "pattern_tables.hpp"
#include "response.hpp"
#include "row_cache.hpp"

namespace veleta::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using tree_shap::InterventionalOptions;
using tree_shap::Method;
using tree_shap::Output;

constexpr size_t kRows = 3;
constexpr Method kMethods[] = {Method::kTables, Method::kRows, Method::kPairwise};

Respond margin() {
  return [](const std::vector<double>& margins) { return margins; };
}

/// What an explainer says of some rows.
struct Explained {
  std::vector<double> values, base_values;
};

/// An ensemble, rows of it and background rows, explained beside them.
struct Beside {
  Beside(const EnsembleShape& made, uint32_t seed, size_t background_rows = 12)
      : shape(made),
        ensemble(made, seed),
        rows(ensemble.rows(kRows)),
        background(ensemble.rows(background_rows)),
        trees(to_abi(ensemble.ensemble)) {}

  size_t columns() const { return static_cast<size_t>(shape.columns); }
  size_t outputs() const { return shape.outputs; }
  MatrixView view(const std::vector<float>& values) const {
    return {values.data(), values.size() / columns(), columns(), {}};
  }
  const float* row(size_t index) const { return &rows[index * columns()]; }

  std::unique_ptr<PreparedExplainer> prepare(const InterventionalOptions& options = {}) const {
    trees = to_abi(ensemble.ensemble);
    Explainable model;
    model.columns = columns();
    model.trees = &trees;
    model.background = view(background);
    model.outputs = shape.outputs;
    return tree_shap::prepare_interventional(model, options);
  }
  Explained explain(const InterventionalOptions& options = {}) const {
    Explained found{std::vector<double>(rows.size() * outputs()), std::vector<double>(outputs())};
    prepare(options)->explain(view(rows), {found.values, found.base_values, {}});
    return found;
  }
  Explained interact(const InterventionalOptions& options = {}) const {
    Explained found{std::vector<double>(rows.size() * outputs() * columns()), std::vector<double>(outputs())};
    prepare(options)->interact(view(rows), found.values, found.base_values);
    return found;
  }
  Explained explain_loss(const std::vector<double>& targets) const {
    Explained found{std::vector<double>(rows.size()), std::vector<double>(kRows)};
    prepare()->explain_loss(view(rows), targets, {found.values, found.base_values, {}});
    return found;
  }

  EnsembleShape shape;
  MadeEnsemble ensemble;
  std::vector<float> rows, background;
  mutable veleta_trees trees;
};

std::vector<EnsembleShape> every_shape() {
  std::vector<EnsembleShape> shapes;
  for (int32_t columns : {1, 2, 5, 10})
    for (int depth : {0, 2, 4, 6}) shapes.push_back({columns, depth, 3});
  shapes.push_back({7, 5, 6, 3});
  shapes.push_back({6, 5, 3, 1, true});
  shapes.push_back({5, 5, 3, 1, false, true});
  shapes.push_back({7, 8, 4, 2, true, true});
  return shapes;
}

std::string described(const EnsembleShape& shape) {
  return std::to_string(shape.columns) + " columns, depth " + std::to_string(shape.depth) + ", outputs " +
         std::to_string(shape.outputs) + (shape.categories ? ", categories" : "") +
         (shape.sentinels ? ", sentinels" : "");
}

/// What `of_game` makes of every game of every row.
template <typename Games, typename OfGame>
std::vector<double> by_definition(const Beside& made, const Games& games, const OfGame& of_game) {
  std::vector<double> all;
  for (size_t row = 0; row < kRows; ++row)
    for (const Game& game : games(made.row(row))) {
      const std::vector<double> values = of_game(game, made.columns());
      all.insert(all.end(), values.begin(), values.end());
    }
  return all;
}

auto beside_background(const Beside& made, const Respond& respond) {
  return [&made, respond](const float* row) {
    return interventional_games(made.ensemble.ensemble, row, made.view(made.background), respond);
  };
}

TEST(TreeShapTables, PathDependentValuesAndInteractionsEqualTheDefinition) {
  uint32_t seed = 0;
  for (const EnsembleShape& shape : every_shape()) {
    SCOPED_TRACE(described(shape));
    const Beside made(shape, ++seed);
    const tree_shap::Forest forest(made.trees, made.columns());
    const auto tables =
        tree_shap::PatternTables::make(forest, std::make_shared<tree_shap::Decisions>(forest),
                                       tree_shap::path_dependent_weights(), forest.expected(), SIZE_MAX, nullptr);
    std::vector<float> room;
    const MatrixView rows = forest.normalise(made.view(made.rows), room);
    std::vector<double> values(made.rows.size() * made.outputs()), interactions(values.size() * made.columns());
    tables->explain(rows, values);
    tables->interact(rows, interactions);
    const auto games = [&](const float* row) {
      return path_dependent_games(made.ensemble.ensemble, row, made.columns());
    };
    EXPECT_THAT(values, Pointwise(DoubleNear(1e-12), by_definition(made, games, shapley_values)));
    EXPECT_THAT(interactions, Pointwise(DoubleNear(1e-12), by_definition(made, games, shapley_interactions)));
  }
}

TEST(InterventionalTreeShap, EveryMethodEqualsTheDefinition) {
  uint32_t seed = 100;
  for (const EnsembleShape& shape : every_shape()) {
    const Beside made(shape, ++seed);
    const auto games = beside_background(made, margin());
    const std::vector<double> values = by_definition(made, games, shapley_values);
    const std::vector<double> interactions = by_definition(made, games, shapley_interactions);
    for (const Method method : kMethods) {
      SCOPED_TRACE(described(shape) + ", method " + std::to_string(static_cast<int>(method)));
      const InterventionalOptions options{Output::kMargin, method};
      const Explained found = made.explain(options);
      EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), values));
      for (size_t output = 0; output < made.outputs(); ++output)
        EXPECT_NEAR(found.base_values[output], games(made.row(0))[output][0], 1e-12);
      EXPECT_THAT(made.interact(options).values, Pointwise(DoubleNear(1e-12), interactions));
    }
  }
}

TEST(InterventionalTreeShap, ChoosesByMemory) {
  Beside made({9, 6, 20}, 1);
  EXPECT_THAT(made.prepare()->method(), HasSubstr("pattern tables"));
  EXPECT_THAT(made.prepare({Output::kMargin, Method::kChosen, 600'000})->method(), HasSubstr("first touch"));
  EXPECT_THAT(made.prepare({Output::kMargin, Method::kChosen, 10'000})->method(), HasSubstr("pairwise"));
  const auto forced = [&] { made.prepare({Output::kMargin, Method::kTables, 10'000}); };
  EXPECT_THROW(forced(), Error);
}

// The tables of attributions fit, those of interactions do not.
TEST(InterventionalTreeShap, HasInteractionsWhereTheirTablesDoNotFit) {
  const Beside made({9, 6, 5}, 2);
  const auto games = beside_background(made, margin());
  const InterventionalOptions options{Output::kMargin, Method::kChosen, 700'000};
  EXPECT_THAT(made.prepare(options)->method(), HasSubstr("pattern tables"));
  EXPECT_THAT(made.interact(options).values,
              Pointwise(DoubleNear(1e-12), by_definition(made, games, shapley_interactions)));
}

// GPUTreeShap and tables of patterns stop at 32 and 64 features on a path.
TEST(InterventionalTreeShap, HandlesHundredFeaturesOnOnePath) {
  constexpr size_t kColumns = 100;
  TreeEnsemble chain;
  chain.roots = {0};
  for (uint32_t n = 0; n <= 2 * kColumns; ++n) {
    const bool inner = n % 2 == 0 && n < 2 * kColumns;
    chain.feature.push_back(inner ? static_cast<int32_t>(n / 2) : -1);
    chain.threshold.push_back(0.5f);
    chain.left.push_back(inner ? n + 1 : 0);
    chain.right.push_back(inner ? n + 2 : 0);
    chain.default_left.push_back(0);
    chain.value.push_back(n == 2 * kColumns);
    chain.cover.push_back(1);
  }
  const veleta_trees trees = to_abi(chain);
  const std::vector<float> background(kColumns, 0), row(kColumns, 1);
  Explainable model;
  model.columns = kColumns;
  model.trees = &trees;
  model.background = {background.data(), 1, kColumns, {}};
  const auto prepared = tree_shap::prepare_interventional(model, {});
  std::vector<double> values(kColumns), base_values(1);
  prepared->explain({row.data(), 1, kColumns, {}}, {values, base_values, {}});
  for (const double value : values) EXPECT_NEAR(value, 1.0 / kColumns, 1e-13);
}

TEST(InterventionalTreeShap, GivesARowThatIsTheBackgroundNothing) {
  for (const Method method : kMethods) {
    Beside made({8, 6, 10, 2, true}, 3);
    made.background.assign(made.row(1), made.row(1) + made.columns());
    const Explained found = made.explain({Output::kMargin, method});
    const std::vector<double> margins = margins_by_view(made.ensemble.ensemble, made.row(1));
    for (size_t i = 0; i < made.columns() * made.outputs(); ++i)
      EXPECT_EQ(found.values[made.columns() * made.outputs() + i], 0);
    EXPECT_THAT(found.base_values, Pointwise(DoubleNear(1e-13), margins));
  }
}

TEST(InterventionalTreeShap, ChangesNoBitByRepeatedOrReorderedBackgroundRows) {
  for (const Method method : kMethods) {
    Beside made({8, 6, 10}, 4);
    const Explained before = made.explain({Output::kMargin, method});
    std::vector<float> other;
    for (size_t row = 12; row-- > 0;)
      for (int copy = 0; copy < 3; ++copy)
        other.insert(other.end(), &made.background[row * 8], &made.background[row * 8] + 8);
    made.background = other;
    const Explained after = made.explain({Output::kMargin, method});
    EXPECT_EQ(before.values, after.values);
    EXPECT_EQ(before.base_values, after.base_values);
  }
}

TEST(InterventionalTreeShap, ChangesNoBitByHowRowsComeAndOnWhichThreads) {
  Beside made({8, 7, 20, 2}, 5);
  made.rows = made.ensemble.rows(300);
  const size_t numbers = made.columns() * made.outputs();
  for (const Method method : kMethods) {
    // Rows on first touch have room for some of them only.
    const auto prepared = made.prepare({Output::kMargin, method, size_t{method == Method::kRows ? 3u : 64u} << 20});
    std::vector<double> one_by_one(300 * numbers), at_once(300 * numbers), base_values(made.outputs());
    std::vector<std::thread> threads;
    for (size_t first = 0; first < 2; ++first)
      threads.emplace_back([&, first] {
        std::vector<double> bases(made.outputs());
        for (size_t row = first; row < 300; row += 2)
          prepared->explain({made.row(row), 1, made.columns(), {}}, {{&one_by_one[row * numbers], numbers}, bases, {}});
      });
    for (std::thread& thread : threads) thread.join();
    prepared->explain(made.view(made.rows), {at_once, base_values, {}});
    EXPECT_EQ(one_by_one, at_once);
  }
}

// Features of the background are independent if it holds every combination once; then the training weight of a branch,
// counted by the same rows, is what path-dependent values take a feature's chance for.
TEST(InterventionalTreeShap, EqualsPathDependentValuesBesideAnIndependentBackground) {
  Beside made({4, 5, 6}, 6);
  made.background.clear();
  for (int combination = 0; combination < 9 * 9 * 9 * 9; ++combination)
    for (int column = 0, rest = combination; column < 4; ++column, rest /= 9)
      made.background.push_back(static_cast<float>(rest % 9 - 4) / 4);
  TreeEnsemble& trees = made.ensemble.ensemble;
  std::ranges::fill(trees.cover, 0.0);
  for (size_t row = 0; row < made.background.size() / 4; ++row)
    for (const uint32_t root : trees.roots)
      for (uint32_t node = root;;) {
        trees.cover[node] += 1;
        if (trees.feature[node] < 0) break;
        const float x = made.background[row * 4 + static_cast<size_t>(trees.feature[node])];
        node = x < trees.threshold[node] ? trees.left[node] : trees.right[node];
      }
  const auto games = [&](const float* row) { return path_dependent_games(trees, row, 4); };
  EXPECT_THAT(made.explain().values, Pointwise(DoubleNear(1e-12), by_definition(made, games, shapley_values)));
}

// What a row costs is counted: look-ups in tables of one size, and no list of background rows.
TEST(InterventionalTreeShap, TablesAreAsLargeForTenThousandBackgroundRows) {
  Beside few({10, 6, 10}, 7, 100), many({10, 6, 10}, 7, 10'000);
  const auto size = [](const Beside& made) {
    const std::string method = made.prepare()->method();
    return method.substr(0, method.find(" MB"));
  };
  EXPECT_THAT(size(few), HasSubstr("pattern tables"));
  EXPECT_EQ(size(few), size(many));
  many.rows = few.rows;
  EXPECT_THAT(many.explain().values,
              Pointwise(DoubleNear(1e-12), many.explain({Output::kMargin, Method::kPairwise}).values));
}

double logistic(double margin) { return 1 / (1 + std::exp(-margin)); }

Respond prediction(Link link) {
  return [link](std::vector<double> margins) {
    double sum = 0;
    for (double& margin : margins) sum += margin = link == Link::kLogistic ? logistic(margin) : std::exp(margin);
    if (link == Link::kSoftmax)
      for (double& margin : margins) margin /= sum;
    return margins;
  };
}

TEST(InterventionalTreeShap, ExactProbabilitiesEqualTheDefinition) {
  uint32_t seed = 200;
  for (const Link link : {Link::kLogistic, Link::kExponential, Link::kSoftmax}) {
    Beside made({7, 4, 6, link == Link::kSoftmax ? 3u : 1u, true, true}, ++seed);
    made.ensemble.ensemble.link = link;
    const auto games = beside_background(made, prediction(link));
    const InterventionalOptions options{Output::kProbability};
    const Explained found = made.explain(options);
    EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), by_definition(made, games, shapley_values)));
    EXPECT_NEAR(found.base_values[0], games(made.row(0))[0][0], 1e-13);
    EXPECT_EQ(made.prepare(options)->space(), Space::kResponse);
    EXPECT_THROW(made.interact(options), Error);
  }
}

TEST(InterventionalTreeShap, RefusesExactProbabilitiesOfManyFeaturesByName) {
  Beside made({40, 6, 10}, 8);
  made.ensemble.ensemble.link = Link::kLogistic;
  try {
    made.prepare({Output::kProbability});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("at most 15 features"));
    EXPECT_THAT(error.what(), HasSubstr("rescaled_probability"));
  }
}

/// The values of a row's margin beside each background row, times what the response grows by for each unit of margin.
std::vector<double> rescaled(const Beside& made, const float* row, const std::function<double(double)>& respond) {
  const TreeEnsemble& trees = made.ensemble.ensemble;
  const size_t count = made.background.size() / made.columns();
  std::vector<double> sums(made.columns(), 0);
  for (size_t other = 0; other < count; ++other) {
    const float* background = &made.background[other * made.columns()];
    const double to = margins_by_view(trees, row)[0], from = margins_by_view(trees, background)[0];
    const double slope = to == from ? 1 : (respond(to) - respond(from)) / (to - from);
    const auto games = interventional_games(trees, row, {background, 1, made.columns(), {}}, margin());
    const std::vector<double> values = shapley_values(games[0], made.columns());
    for (size_t j = 0; j < values.size(); ++j) sums[j] += slope * values[j] / static_cast<double>(count);
  }
  return sums;
}

TEST(InterventionalTreeShap, RescaledProbabilitiesEqualShapsRule) {
  for (const Link link : {Link::kLogistic, Link::kExponential}) {
    Beside made({6, 4, 6}, 9);
    made.ensemble.ensemble.link = link;
    const Explained found = made.explain({Output::kRescaledProbability});
    for (size_t row = 0; row < kRows; ++row) {
      const auto respond = [&](double margin) { return prediction(link)({margin})[0]; };
      EXPECT_THAT(std::vector<double>(&found.values[row * 6], &found.values[row * 6] + 6),
                  Pointwise(DoubleNear(1e-12), rescaled(made, made.row(row), respond)));
      EXPECT_NEAR(std::accumulate(&found.values[row * 6], &found.values[row * 6] + 6, found.base_values[0]),
                  respond(margins_by_view(made.ensemble.ensemble, made.row(row))[0]), 1e-12);
    }
  }
}

TEST(InterventionalTreeShap, ExactLossesEqualTheDefinition) {
  const std::vector<double> targets{1, 0, 1};
  for (const Link link : {Link::kIdentity, Link::kLogistic, Link::kSoftmax}) {
    Beside made({6, 4, 6, link == Link::kSoftmax ? 2u : 1u}, 10);
    made.ensemble.ensemble.link = link;
    const Explained found = made.explain_loss(targets);
    for (size_t row = 0; row < kRows; ++row) {
      const Respond loss = [&](const std::vector<double>& margins) -> std::vector<double> {
        const double y = targets[row];
        if (link == Link::kIdentity) return {(margins[0] - y) * (margins[0] - y)};
        if (link == Link::kLogistic)
          return {-y * std::log(logistic(margins[0])) - (1 - y) * std::log(logistic(-margins[0]))};
        return {-std::log(prediction(link)(margins)[static_cast<size_t>(y)])};
      };
      const Game game = beside_background(made, loss)(made.row(row))[0];
      EXPECT_THAT(std::vector<double>(&found.values[row * 6], &found.values[row * 6] + 6),
                  Pointwise(DoubleNear(1e-12), shapley_values(game, 6)));
      EXPECT_NEAR(found.base_values[row], game[0], 1e-13);
    }
  }
}

double log_loss(double margin, double target) {
  return -target * std::log(logistic(margin)) - (1 - target) * std::log(logistic(-margin));
}

// The margin's values beside one background row are another method's, checked above.
TEST(InterventionalTreeShap, RescalesLossesOfManyFeaturesAndSaysSo) {
  Beside made({40, 5, 10}, 11, 3), one = made;
  made.ensemble.ensemble.link = Link::kLogistic;
  EXPECT_THAT(made.prepare()->method(), HasSubstr("losses: rescaled"));
  const std::vector<double> targets{1, 0, 0.25};
  const Explained found = made.explain_loss(targets);
  std::vector<double> expected(found.values.size(), 0), bases(kRows, 0);
  for (size_t other = 0; other < 3; ++other) {
    one.background.assign(&made.background[other * 40], &made.background[other * 40] + 40);
    const Explained beside = one.explain({Output::kMargin, Method::kTables});
    const double from = margins_by_view(made.ensemble.ensemble, one.background.data())[0];
    for (size_t row = 0; row < kRows; ++row) {
      const double to = margins_by_view(made.ensemble.ensemble, made.row(row))[0];
      const double slope = (log_loss(to, targets[row]) - log_loss(from, targets[row])) / (to - from);
      bases[row] += log_loss(from, targets[row]) / 3;
      for (size_t j = 0; j < 40; ++j) expected[row * 40 + j] += slope * beside.values[row * 40 + j] / 3;
    }
  }
  EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), expected));
  EXPECT_THAT(found.base_values, Pointwise(DoubleNear(1e-13), bases));
  for (size_t row = 0; row < kRows; ++row)
    EXPECT_NEAR(std::accumulate(&found.values[row * 40], &found.values[row * 40] + 40, found.base_values[row]),
                log_loss(margins_by_view(made.ensemble.ensemble, made.row(row))[0], targets[row]), 1e-12);
}

// Two margins a billionth apart: the plain quotient has nothing left of its digits.
TEST(Response, HasTheSlopeOfNearlyEqualMargins) {
  const double from = 0.7, to = from + 1e-9, p = logistic(0.7);
  using tree_shap::Response;
  EXPECT_NEAR(Response::prediction(Link::kLogistic).slope(from, to, 0), p * (1 - p), 1e-9);
  EXPECT_NEAR(Response::prediction(Link::kExponential).slope(from, to, 0), std::exp(from), 1e-8);
  EXPECT_NEAR(Response::loss(Link::kLogistic).slope(from, to, 1), p - 1, 1e-9);
  EXPECT_NEAR(Response::loss(Link::kIdentity).slope(from, to, 1), 2 * (from - 1), 1e-8);
  EXPECT_NEAR(Response::prediction(Link::kLogistic).slope(-800, 800, 0), 1 / 1600.0, 1e-15);
  EXPECT_NEAR(Response::loss(Link::kLogistic).slope(-800, 800, 1), -0.5, 1e-15);
  EXPECT_EQ(Response::prediction(Link::kLogistic).slope(from, from, 0), 1) << "as shap has it";
}

TEST(InterventionalTreeShap, RefusesWhatMakesNoSense) {
  const auto code_of = [](const auto& body) {
    try {
      body();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kNotFound;
  };
  Beside made({6, 4, 6, 2}, 13);
  made.ensemble.ensemble.link = Link::kSoftmax;
  EXPECT_EQ(code_of([&] { made.explain_loss({0, 1, 2}); }), ErrorCode::kInvalidArgument) << "there are two classes";
  EXPECT_EQ(code_of([&] { made.prepare({Output::kRescaledProbability}); }), ErrorCode::kUnsupported);
  made.ensemble.ensemble.link = Link::kHinge;
  EXPECT_EQ(code_of([&] { made.explain_loss({0, 1, 1}); }), ErrorCode::kUnsupported);
  made.background.clear();
  EXPECT_EQ(code_of([&] { made.prepare(); }), ErrorCode::kUnsupported);
}

TEST(RowCache, KeepsWhatFitsForAllThreads) {
  tree_shap::RowCache cache(64 << 10);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (uint32_t leaf = 0; leaf < 5000; ++leaf) {
        const double number = leaf;
        if (const double* found = cache.find(leaf, ~uint64_t{leaf})) {
          EXPECT_EQ(*found, number);
        } else {
          cache.keep(leaf, ~uint64_t{leaf}, {&number, 1});
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_NE(cache.find(0, ~uint64_t{0}), nullptr);
  EXPECT_EQ(cache.find(4999, ~uint64_t{4999}), nullptr) << "there was room for it";
  EXPECT_LE(cache.bytes(), size_t{64} << 10);
}

}  // namespace
}  // namespace veleta::testing
