#include "model/target.hpp"

#include <gmock/gmock.h>

#include "tables.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

TargetSpec price(TargetTransform transform) { return {"price", Task::kRegression, transform, "", ""}; }

TEST(Target, OfALogTransformComesBackInMoney) {
  const TargetSpec spec = price(TargetTransform::kLog);
  const std::vector<double> prices = spec.values({{numbers("price", {0, 250000, kNaN})}});
  const std::vector<double> logs = spec.to_learner(prices);
  EXPECT_EQ(logs[0], 0);
  EXPECT_NEAR(logs[1], 12.429220196836383, 1e-14);  // log(250001)
  EXPECT_NEAR(spec.from_learner(logs[1]), 250000, 1e-7);
  EXPECT_TRUE(std::isnan(logs[2]));
}

TEST(Target, OfALogTransformStaysFiniteFarOutside) {
  EXPECT_TRUE(std::isfinite(price(TargetTransform::kLog).from_learner(1e9)));
  EXPECT_EQ(price(TargetTransform::kLog).from_learner(-1e9), -1);
}

TEST(Target, RefusesTheLogarithmOfANegativeNumberByItsRow) {
  try {
    price(TargetTransform::kLog).to_learner({1, -2.5});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    EXPECT_THAT(error.what(), HasSubstr("'price'"));
    EXPECT_THAT(error.what(), HasSubstr("row 1 has -2.5"));
  }
}

TEST(Target, OfARegressionMustBeNumbers) {
  EXPECT_THROW(price(TargetTransform::kNone).values({{categories("price", {"high"})}}), Error);
  EXPECT_THROW(price(TargetTransform::kNone).values({{numbers("prize", {1})}}), Error);
}

TEST(Target, OfTwoLabelsIsOneForThePositive) {
  const TargetSpec spec{"churned", Task::kBinary, TargetTransform::kNone, "yes", "no"};
  EXPECT_THAT(spec.values({{categories("churned", {"no", "yes", "", "perhaps"})}}),
              ElementsAre(0, 1, IsNan(), IsNan()));
}

TEST(Target, OfTwoNumbersIsReadAsText) {
  const TargetSpec spec{"won", Task::kBinary, TargetTransform::kNone, "1", ""};
  EXPECT_THAT(spec.values({{numbers("won", {1, 0, kNaN, 2})}}), ElementsAre(1, 0, IsNan(), 0));
}

TEST(Target, SurvivesJson) {
  const TargetSpec spec{"won", Task::kBinary, TargetTransform::kNone, "1", "0"};
  EXPECT_EQ(to_json(target_from_json(to_json(spec))), to_json(spec));
  EXPECT_EQ(target_from_json(to_json(price(TargetTransform::kLog))).transform, TargetTransform::kLog);
  EXPECT_THROW(target_from_json(json::parse(R"({"column":"won","task":"ranking","transform":"none"})")), Error);
  EXPECT_THROW(target_from_json(nullptr), Error);
}

}  // namespace
}  // namespace veleta
