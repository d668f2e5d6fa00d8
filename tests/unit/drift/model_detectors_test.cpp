#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <veleta/detector.hpp>

#include "drift/drift.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

DriftResult distance(double reference, double current) {
  return {.statistic = current, .p_value = 0.01, .effect = std::abs(current - reference), .min_effect = 0.1};
}

template <int32_t Subject>
class MeanOf final : public NumericDetector {
 public:
  static constexpr int32_t kSubject = Subject;
  DriftResult compare(const NumericSample& reference, const NumericSample& current) const override {
    return distance(reference.mean, current.mean);
  }
};
using MeanOfData = MeanOf<VELETA_OF_DATA>;
using MeanOfPredictions = MeanOf<VELETA_OF_PREDICTIONS>;
using MeanOfAttributions = MeanOf<VELETA_OF_ATTRIBUTIONS>;

/// Looks at how many rows each part of the window has.
class Parts final : public RowDetector {
 public:
  DriftResult compare(const RowSample& reference, const RowSample& current) const override {
    return distance(reference.row_count, current.row_count);
  }
};

class FirstFeature final : public RowDetector {
 public:
  static constexpr uint32_t kNeeds = VELETA_NEEDS_FEATURES;
  DriftResult compare(const RowSample& reference, const RowSample& current) const override {
    if (!reference.predictions.empty()) throw Error(ErrorCode::kInternal, "given what was not asked for");
    return distance(reference.features.row(0)[0], current.features.row(0)[0]);
  }
};

VELETA_DETECTOR(MeanOfData, "mean_of_data", "1.0.0")
VELETA_DETECTOR(MeanOfPredictions, "mean_of_predictions", "1.0.0")
VELETA_DETECTOR(MeanOfAttributions, "mean_of_attributions", "1.0.0")
VELETA_DETECTOR(Parts, "parts", "1.0.0")
VELETA_DETECTOR(FirstFeature, "first_feature", "1.0.0")

std::vector<DetectorUse> use(const std::vector<std::string>& names) {
  static PluginHost host({});
  static const bool added = (host.add_static(&veleta_library_entry), true);
  EXPECT_TRUE(added);
  std::vector<DetectorUse> uses;
  for (const auto& name : names) uses.push_back({name, host.create_detector(name, {}, {}), {}});
  return uses;
}

Profile profile(const std::vector<std::pair<std::string, double>>& means) {
  Profile made;
  for (const auto& [name, mean] : means) {
    ColumnProfile column;
    column.name = name;
    column.cells.least = {mean};
    column.cells.rows = {1000};
    column.row_count = 1000;
    column.mean = mean;
    made.columns.push_back(column);
  }
  made.row_count = 1000;
  return made;
}

/// A model by the book, which counts what it is asked for.
class MadeWindows final : public ModelWindows {
 public:
  Rows rows(uint32_t needs) override {
    ++asked_rows;
    if (needs != 0 && !has_reference) throw Error(ErrorCode::kUnsupported, "there are no reference rows");
    Rows rows;
    rows.reference.row_count = 1000;
    rows.current.row_count = 2000;
    if (needs & VELETA_NEEDS_FEATURES) {
      rows.reference.features = {&before_, 1, 1, {}};
      rows.current.features = {&now_, 1, 1, {}};
    }
    return rows;
  }
  Scores predictions() override {
    ++asked_predictions;
    return {predictions_before_, predictions_now_};
  }
  Scores attributions() override {
    ++asked_attributions;
    if (!has_reference) throw Error(ErrorCode::kUnsupported, "there are no reference rows");
    return {attributions_before_, attributions_now_};
  }

  int asked_rows = 0, asked_predictions = 0, asked_attributions = 0;
  bool has_reference = true;

 private:
  float before_ = 1, now_ = 4;
  Profile predictions_before_ = profile({{"prediction", 5}}), predictions_now_ = profile({{"prediction", 7}});
  Profile attributions_before_ = profile({{"size", 1}, {"city", 1}}),
          attributions_now_ = profile({{"size", 1}, {"city", 2}});
};

std::vector<std::string> told(const DriftReport& report) {
  std::vector<std::string> columns;
  for (const auto& drift : report.results)
    columns.push_back(drift.detector + " of " + drift.column + ": " + to_string(drift.verdict));
  return columns;
}

const Profile kData = profile({{"size", 3}});
const std::vector<std::string> kAll{"mean_of_data", "mean_of_predictions", "mean_of_attributions", "parts",
                                    "first_feature"};

TEST(ModelDetectors, LookAtWhatTheyAreOf) {
  MadeWindows model;
  auto detectors = use(kAll);
  EXPECT_THAT(told(detect_drift(kData, kData, detectors, 0.05, {}, &model)),
              UnorderedElementsAre("mean_of_data of size: stable", "mean_of_predictions of prediction: drifted",
                                   "mean_of_attributions of size: stable", "mean_of_attributions of city: drifted",
                                   "parts of rows: drifted", "first_feature of rows: drifted"));
}

TEST(ModelDetectors, TakeNoColumnForWhatTheyLookAt) {
  const Profile data = profile({{"rows", 3}, {"prediction", 4}});
  MadeWindows model;
  auto detectors = use({"mean_of_data", "mean_of_predictions", "parts"});
  const DriftReport report = detect_drift(data, data, detectors, 0.05, {}, &model);
  std::vector<std::string> rows;
  for (const ColumnVerdict& row : report.columns)
    rows.push_back(row.column + (row.is_column ? " of the data: " : ": ") + to_string(row.verdict));
  EXPECT_THAT(rows, UnorderedElementsAre("rows of the data: stable", "prediction of the data: stable", "rows: drifted",
                                         "prediction: drifted"));
  EXPECT_EQ(report.compared_columns(), 2U);
  EXPECT_EQ(report.drifted_share(), 0);
  EXPECT_EQ(report.sentence(), "None of 2 columns drifted; rows, prediction drifted.");
}

TEST(ModelDetectors, AreCorrectedTogetherWithTheOthers) {
  MadeWindows model;
  auto detectors = use(kAll);
  for (const auto& drift : detect_drift(kData, kData, detectors, 0.05, {}, &model).results)
    EXPECT_DOUBLE_EQ(drift.adjusted_p, 0.01);
}

TEST(ModelDetectors, AskForNothingThatNoneLooksAt) {
  MadeWindows model;
  auto detectors = use({"mean_of_data"});
  detect_drift(kData, kData, detectors, 0.05, {}, &model);
  EXPECT_EQ(model.asked_rows + model.asked_predictions + model.asked_attributions, 0);
}

TEST(ModelDetectors, SayWhatIsNotKnown) {
  MadeWindows model;
  model.has_reference = false;
  auto detectors = use({"mean_of_attributions", "first_feature", "parts"});
  const DriftReport report = detect_drift(kData, kData, detectors, 0.05, {}, &model);
  EXPECT_THAT(told(report),
              UnorderedElementsAre("parts of rows: drifted", "mean_of_attributions of attributions: not_judged",
                                   "first_feature of rows: not_judged"));
  for (const auto* drift : report.with(DriftVerdict::kNotJudged))
    EXPECT_THAT(drift->sentence(), HasSubstr("there are no reference rows"));
}

TEST(ModelDetectors, CountRowsAtMostWithoutAModel) {
  Profile more = kData;
  more.row_count = 5000;
  auto detectors = use(kAll);
  EXPECT_THAT(told(detect_drift(kData, more, detectors, 0.05)),
              UnorderedElementsAre("mean_of_data of size: stable", "parts of rows: drifted"));
}

}  // namespace
}  // namespace veleta
