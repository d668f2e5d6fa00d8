#include <gtest/gtest.h>

#include <cmath>

#include "base/json.hpp"
#include "made_rows.hpp"
#include "random_features.hpp"
#include "rows/additive_model.hpp"
#include "rows/calibration.hpp"
#include "rows/ranks.hpp"
#include "rows/welch.hpp"

namespace veleta::rows {
namespace {

using veleta::testing::Rows;

std::vector<double> numbers(const json::value& list) {
  std::vector<double> values;
  for (const auto& item : list.as_array()) values.push_back(item.to_number<double>());
  return values;
}

const json::value& vectors() {
  static const json::value file = read_json_file(VELETA_SOURCE_FOLDER "/tests/conformance/drift.json");
  return file;
}

template <typename Check>
void for_each_vector(std::string_view method, int count, Check check) {
  for (const auto& entry : vectors().at("vectors").as_array())
    if (entry.at("method").as_string() == method) check(entry), --count;
  EXPECT_EQ(count, 0);
}

mmd::Points stream(const json::value& name) {
  return {numbers(vectors().at("streams").at(name.as_string().subview(1)).at("data")), 1};
}

TEST(MaximumMeanDiscrepancy, AgreesWithOthers) {
  for_each_vector("mmd2_unbiased_rbf", 3, [](const json::value& vector) {
    const double expected = vector.at("expected_statistic").to_number<double>();
    const double sigma = vector.at("params").at("sigma").to_number<double>();
    const mmd::Points x = stream(vector.at("reference")), y = stream(vector.at("current"));
    EXPECT_NEAR(mmd::unbiased_mmd2(x, y, sigma), expected, 1e-12 * std::abs(expected) + 1e-15);
    // The same by random features, to what 300 frequencies leave to chance.
    const mmd::FeatureMeans means(mmd::RandomFeatures(1, 300, sigma, 1), x, y);
    double distance = 0;
    for (const double difference : means.difference()) distance += difference * difference;
    const double biased =
        distance - (1 / double(x.rows()) + 1 / double(y.rows())) * mmd::ChanceDistance(means.covariance()).mean();
    EXPECT_NEAR(biased, expected, 0.05);
  });
}

TEST(ExpectedOutcomes, AgreeWithOthers) {
  for_each_vector("cbpe_binary", 1, [](const json::value& vector) {
    const json::value& rows = vector.at("current");
    const json::value& expected = vector.at("expected_statistic");
    const auto of = [&](const char* name) { return expected.at(name).to_number<double>(); };
    const auto probabilities = numbers(rows.at("calibrated_proba")), predicted = numbers(rows.at("y_pred"));
    ExpectedOutcomes outcomes;
    for (size_t i = 0; i < predicted.size(); ++i) outcomes.add(predicted[i] == 1, probabilities[i]);
    EXPECT_NEAR(outcomes.true_positives, of("tp"), 1e-12);
    EXPECT_NEAR(outcomes.false_positives, of("fp"), 1e-12);
    EXPECT_NEAR(outcomes.false_negatives, of("fn"), 1e-12);
    EXPECT_NEAR(outcomes.true_negatives, of("tn"), 1e-12);
    EXPECT_NEAR(outcomes.accuracy(), of("accuracy"), 1e-12);
    EXPECT_NEAR(expected_auc(numbers(rows.at("model_proba")), probabilities), of("roc_auc"), 1e-12);
  });
}

TEST(ExpectedAuc, TakesRowsOfOneScoreTogether) {
  const std::vector<double> probabilities{0.9, 0.1, 0.5};
  EXPECT_DOUBLE_EQ(expected_auc(std::vector<double>{1, 1, 1}, probabilities), 0.5);
}

TEST(Calibration, PoolsWhatGoesTheWrongWay) {
  const Calibration calibration(std::vector<double>{0.1, 0.2, 0.3, 0.8}, std::vector<double>{0, 1, 0, 1});
  EXPECT_EQ(calibration(0.0), 0);
  EXPECT_EQ(calibration(0.25), 0.5);
  EXPECT_EQ(calibration(0.8), 1);
  EXPECT_GT(calibration(0.5), 0.5);
  EXPECT_LT(calibration(0.5), 1);
}

TEST(RankTest, CountsPairsAndHalvesTies) {
  const RankTest test = rank_test(std::vector<double>{1, 2, 3}, std::vector<double>{2, 4});
  EXPECT_DOUBLE_EQ(test.wins, 1.5 + 3);
  EXPECT_EQ(test.pairs, 6);
  // Among five values with one tie of two: 6 / 12 * (6 - 6 / 20).
  EXPECT_DOUBLE_EQ(test.null_variance, 0.5 * (6 - 0.3));
}

TEST(StudentSf, KeepsItsDigitsInTheTail) {
  EXPECT_NEAR(statistics::student_t_sf(2, 10), 0.03669401738537018, 1e-15);  // scipy.stats.t.sf
  EXPECT_NEAR(statistics::student_t_sf(-2, 10), 1 - 0.03669401738537018, 1e-15);
  EXPECT_NEAR(statistics::student_t_sf(40, 1000) / 5.239426077586636e-210, 1, 1e-9);
}

TEST(AdditiveModel, LearnsSlopesAndSteps) {
  testing::Random random(3);
  const Rows rows = Rows::normal(random, 800, 3);
  const RowSample sample = rows.sample();
  const FeatureColumns data(sample.features, sample.features);
  std::vector<size_t> known(800);
  std::vector<double> y;
  for (size_t row = 0; row < known.size(); ++row) {
    known[row] = row;
    y.push_back(data.column(0)[row] + (data.column(1)[row] > 0.5 ? 3 : 0));
  }
  const BinnedColumns binned(data);
  const AdditiveModel model(data, binned, known, y, std::vector<double>(y.size(), 1.0));
  double error = 0, spread = 0;
  for (const size_t row : known) {
    error += std::pow(model.predict(row) - y[row], 2);
    spread += std::pow(y[row] - 1, 2);
  }
  EXPECT_LT(error, 0.1 * spread);
  EXPECT_NE(model.strongest(2)[0].column, "f2");
  EXPECT_NE(model.strongest(2)[1].column, "f2");
}

}  // namespace
}  // namespace veleta::rows
