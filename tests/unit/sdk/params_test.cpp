#include "veleta/params.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "test_plugins.hpp"

namespace veleta::testing {
namespace {

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

TEST(ParamSpec, DescribesItselfToTheAbi) {
  const ParamSpec spec = number_param("threshold", 3.0, "pooled standard errors").min(0).max(10).unit("s.e.");
  const veleta_param param = spec.abi();
  EXPECT_STREQ(param.name, "threshold");
  EXPECT_STREQ(param.doc, "pooled standard errors");
  EXPECT_STREQ(param.unit, "s.e.");
  EXPECT_EQ(param.type, VELETA_NUMBER);
  EXPECT_EQ(param.required, 0);
  EXPECT_EQ(param.default_number, 3.0);
  EXPECT_EQ(param.minimum, 0);
  EXPECT_EQ(param.maximum, 10);
}

TEST(ParamSpec, IsUnboundedAndWithoutUnitUnlessSaid) {
  const ParamSpec spec = integer_param("rounds", required, "trees");
  const veleta_param param = spec.abi();
  EXPECT_TRUE(std::isnan(param.minimum) && std::isnan(param.maximum));
  EXPECT_EQ(param.unit, nullptr);
  EXPECT_EQ(param.required, 1);
}

TEST(ParamSpec, ReachesTheHostThroughThePluginsTable) {
  const veleta_plugin& stump = plugin("stump");
  ASSERT_EQ(stump.param_count, 2u);
  EXPECT_EQ(stump.params[0]->default_integer, 3);
  ASSERT_EQ(stump.params[1]->choice_count, 2u);
  EXPECT_STREQ(stump.params[1]->choices[1], "absolute");
}

class ParamsTest : public ::testing::Test {
 protected:
  const char* texts[2] = {"a", "b"};
  const char* pairs[4] = {"group", "4", "day", "Tuesday"};
  veleta_value values[6] = {{sizeof(veleta_value), "number", VELETA_NUMBER, 0.5, 0, nullptr, nullptr, 0},
                            {sizeof(veleta_value), "integer", VELETA_INTEGER, 0, 7, nullptr, nullptr, 0},
                            {sizeof(veleta_value), "flag", VELETA_FLAG, 0, 1, nullptr, nullptr, 0},
                            {sizeof(veleta_value), "text", VELETA_TEXT, 0, 0, "hello", nullptr, 0},
                            {sizeof(veleta_value), "list", VELETA_LIST, 0, 0, nullptr, texts, 2},
                            {sizeof(veleta_value), "table", VELETA_TABLE, 0, 0, nullptr, pairs, 4}};
  const veleta_value* pointers[6] = {&values[0], &values[1], &values[2], &values[3], &values[4], &values[5]};
  Params params{pointers, 6};
};

TEST_F(ParamsTest, ReadsEveryType) {
  EXPECT_EQ(params.number("number"), 0.5);
  EXPECT_EQ(params.integer("integer"), 7);
  EXPECT_TRUE(params.flag("flag"));
  EXPECT_EQ(params.text("text"), "hello");
  EXPECT_EQ(params.list("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(params.table("table"), (std::map<std::string, std::string>{{"group", "4"}, {"day", "Tuesday"}}));
}

TEST_F(ParamsTest, RefusesAParameterThatWasNotDescribedSo) {
  EXPECT_EQ(code_of([&] { params.number("numbr"); }), ErrorCode::kInternal);
  EXPECT_EQ(code_of([&] { params.number("integer"); }), ErrorCode::kInternal);
}

}  // namespace
}  // namespace veleta::testing
