#include <gmock/gmock.h>

#include <cmath>

#include "plugin_folder.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Calls : public ::testing::Test {
 protected:
  std::shared_ptr<DetectorHandle> detector(const std::string& library, const std::string& name) {
    folder.add(library, "detector", name);
    host = std::make_unique<PluginHost>(std::vector{folder.path()});
    return host->create_detector(name, default_values(host->describe(PluginKind::kDetector, name).params), {});
  }

  std::shared_ptr<DetectorHandle> rubbish_detector(const std::string& mistake) {
    folder.add("rubbish", "detector", "rubbish");
    host = std::make_unique<PluginHost>(std::vector{folder.path()});
    return host->create_detector("rubbish",
                                 values_with(host->describe(PluginKind::kDetector, "rubbish"), "mistake", mistake), {});
  }

  std::unique_ptr<SourceHandle> source(const std::string& mistake) {
    folder.add("rubbish", "source", "rubbish");
    host = std::make_unique<PluginHost>(std::vector{folder.path()});
    return host->create_source("rubbish",
                               values_with(host->describe(PluginKind::kSource, "rubbish"), "mistake", mistake), {});
  }

  PluginFolder folder;
  std::unique_ptr<PluginHost> host;
  const std::vector<double> low{1, 2, 3}, high{4, 5, 9};
  const NumericSample reference{low, 3, 0, 2, 1}, current{high, 3, 0, 6, 2.6};
  const CategoricalSample categories{};
  std::string payload;
  std::function<void(std::string_view)> keep = [this](std::string_view bytes) { payload += bytes; };
};

TEST_F(Calls, ReachADetectorOfTheSdk) {
  const DriftResult result = detector("mean_shift", "mean_shift")->compare(reference, current);
  EXPECT_EQ(result.statistic, 4);
  EXPECT_NEAR(result.effect, 4 / std::sqrt(1.0 / 3 + 2.6 * 2.6 / 3), 1e-12);
  EXPECT_EQ(result.min_effect, 3);
  EXPECT_EQ(result.direction, 1);
  EXPECT_FALSE(result.has_p_value());
}

TEST_F(Calls, ReachADetectorInC) {
  const auto range = detector("range_in_c", "range_in_c");
  EXPECT_TRUE(range->compares_numbers());
  EXPECT_FALSE(range->compares_categories());
  EXPECT_EQ(range->compare(reference, current).statistic, 6);
  const Error empty = error_of([&] { range->compare(reference, NumericSample{}); });
  EXPECT_EQ(empty.code(), ErrorCode::kUnsupported);
  EXPECT_STREQ(empty.what(), "detector 'range_in_c': a window is empty");
  EXPECT_EQ(error_of([&] { range->compare(categories, categories); }).code(), ErrorCode::kUnsupported);
}

TEST_F(Calls, StopAnExceptionThatCrossesTheBoundary) {
  const auto throwing = detector("broken_tables", "throws_through");
  const Error error = error_of([&] { throwing->compare(reference, current); });
  EXPECT_EQ(error.code(), ErrorCode::kPlugin);
  EXPECT_STREQ(
      error.what(),
      "detector 'throws_through' broke its contract: an exception crossed the plugin boundary: nobody stopped me");
}

TEST_F(Calls, TellOfAnUnknownStatusWithoutWords) {
  const auto silent = detector("broken_tables", "silent");
  const Error error = error_of([&] { silent->compare(reference, current); });
  EXPECT_EQ(error.code(), ErrorCode::kPlugin);
  EXPECT_STREQ(error.what(), "detector 'silent': failed with status 77 and did not say why");
}

TEST_F(Calls, RefuseDriftResultsThatMakeNoSense) {
  EXPECT_EQ(rubbish_detector("none")->compare(categories, categories).p_value, 0.5);
  for (const char* mistake : {"statistic", "p_value", "nan_p_value", "effect", "min_effect", "direction"}) {
    const auto rubbish = rubbish_detector(mistake);
    const Error error = error_of([&] { rubbish->compare(categories, categories); });
    EXPECT_EQ(error.code(), ErrorCode::kPlugin) << mistake;
    EXPECT_THAT(error.what(), StartsWith("detector 'rubbish' broke its contract: its ")) << mistake;
  }
}

TEST_F(Calls, TurnWhatIsNoExceptionIntoAnError) {
  const auto rubbish = rubbish_detector("throw");
  const Error error = error_of([&] { rubbish->compare(categories, categories); });
  EXPECT_EQ(error.code(), ErrorCode::kPlugin);
  EXPECT_STREQ(error.what(), "detector 'rubbish': the plugin threw something that is not a std::exception");
}

TEST_F(Calls, CheckParametersBeforeThePluginSeesThem) {
  detector("mean_shift", "mean_shift");
  const auto code = [&](const ParamValues& values) {
    return error_of([&] { host->create_detector("mean_shift", values, {}); });
  };
  EXPECT_EQ(code({}).code(), ErrorCode::kInvalidArgument);
  EXPECT_STREQ(code({}).what(), "detector 'mean_shift': parameter 'threshold' has no value");
  EXPECT_THAT(code({{"threshold", VELETA_TEXT, 0, 0, "3", {}}}).what(), HasSubstr("expected number"));
  EXPECT_THAT(code({{"threshold", VELETA_NUMBER, -1, 0, "", {}}}).what(), HasSubstr("expected 0 or more, found -1"));
  EXPECT_THAT(code({{"threshold", VELETA_NUMBER, 1, 0, "", {}}, {"treshold", VELETA_NUMBER, 1, 0, "", {}}}).what(),
              HasSubstr("there is no parameter 'treshold'. Did you mean 'threshold'?"));
}

TEST_F(Calls, BringABatchAndItsEnd) {
  const auto batches = source("none");
  const Batch batch = batches->next(std::nullopt, keep);
  EXPECT_EQ(batch.outcome, Batch::Outcome::kBatch);
  EXPECT_EQ(batch.format, Batch::Format::kCsv);
  EXPECT_EQ(batch.id, "0");
  EXPECT_EQ(batch.origin, "nowhere");
  EXPECT_EQ(payload, "a\n1\n");
  EXPECT_EQ(batches->next(batch.cursor, keep).outcome, Batch::Outcome::kEndOfData);
  EXPECT_TRUE(batches->rewind());
}

TEST_F(Calls, KeepTheCodeOfWhatASourceSays) {
  const auto refusing = source("refuse");
  EXPECT_FALSE(refusing->rewind());
  const Error error = error_of([&] { refusing->next(std::nullopt, keep); });
  EXPECT_EQ(error.code(), ErrorCode::kRefused);
  EXPECT_STREQ(error.what(), "source 'rubbish': HTTP 400: bad group");
}

TEST_F(Calls, RefuseBatchesThatMakeNoSense) {
  for (const char* mistake : {"outcome", "format", "no_stream"}) {
    const auto rubbish = source(mistake);
    EXPECT_EQ(error_of([&] { rubbish->next(std::nullopt, keep); }).code(), ErrorCode::kPlugin) << mistake;
  }
}

TEST_F(Calls, ThrowOnWhatTheHostItselfThrew) {
  const auto batches = source("none");
  const Error error = error_of([&] {
    batches->next(std::nullopt, [](std::string_view) { throw Error(ErrorCode::kConflict, "the disk is full"); });
  });
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_STREQ(error.what(), "the disk is full");
}

}  // namespace
}  // namespace veleta::testing
