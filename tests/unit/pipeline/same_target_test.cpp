#include "same_target.hpp"

#include <gmock/gmock.h>

namespace veleta {
namespace {

using testing::HasSubstr;

const TargetSpec kPrice{"price", Task::kRegression, TargetTransform::kNone, "", ""};
const TargetSpec kSold{"sold", Task::kBinary, TargetTransform::kNone, "yes", "no"};

/// What is said of a file against version 3 of pipeline "realty"; nothing where both have the same target.
std::string complaint(const TargetSpec& champion, const PipelineConfig::Pipeline& file) {
  ModelVersion version;
  version.version = 3;
  PipelineConfig config{};
  config.file = "realty.toml";
  config.pipeline = file;
  try {
    require_same_target(champion, version, config);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
}

TEST(SameTarget, MayHaveAnotherTransform) {
  EXPECT_EQ(complaint(kPrice, {"realty", "regression", "price", "none", ""}), "");
  EXPECT_EQ(complaint(kPrice, {"realty", "regression", "price", "log", ""}), "");
}

TEST(SameTarget, IsNotAnotherColumn) {
  EXPECT_EQ(
      complaint(kPrice, {"realty", "regression", "rent", "none", ""}),
      "realty.toml: the production model of pipeline 'realty' (version 3) predicts 'price' (regression), and this "
      "file says 'rent' (regression); models of two targets cannot be compared: give the pipeline another name "
      "(pipeline.name)");
}

TEST(SameTarget, IsNotAnotherTask) {
  EXPECT_THAT(complaint(kPrice, {"realty", "classification", "price", "none", ""}),
              HasSubstr("predicts 'price' (regression), and this file says 'price' (classification);"));
}

TEST(SameTarget, IsNotAnotherPositiveLabel) {
  EXPECT_EQ(complaint(kSold, {"realty", "classification", "sold", "none", "yes"}), "");
  EXPECT_THAT(complaint(kSold, {"realty", "classification", "sold", "none", "no"}),
              HasSubstr("'sold' (classification; positive: 'yes'), and this file says 'sold' (classification; "
                        "positive: 'no');"));
}

// A file that names none means the later label.
TEST(SameTarget, HasThePositiveLabelThatTheFileLeavesToTheData) {
  EXPECT_EQ(complaint(kSold, {"realty", "classification", "sold", "none", ""}), "");
  TargetSpec unsold = kSold;
  std::swap(unsold.positive, unsold.negative);
  EXPECT_THAT(complaint(unsold, {"realty", "classification", "sold", "none", ""}), HasSubstr("positive: 'yes'"));
}

}  // namespace
}  // namespace veleta
