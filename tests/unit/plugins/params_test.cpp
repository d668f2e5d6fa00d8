#include "plugins/params.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "veleta/params.hpp"

namespace veleta {
namespace {

ParamDescription description(const ParamSpec& spec) { return ParamDescription(spec.abi()); }

ParamValue number(double value) { return {"x", VELETA_NUMBER, value, 0, "", {}}; }
ParamValue integer(int64_t value) { return {"x", VELETA_INTEGER, 0, value, "", {}}; }
ParamValue text(const std::string& value) { return {"x", VELETA_TEXT, 0, 0, value, {}}; }

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(ParamDescription, TellsItsRange) {
  EXPECT_EQ(description(number_param("x", 1, "d").min(0)).range(), "0 or more");
  EXPECT_EQ(description(number_param("x", 1, "d").max(2.5)).range(), "2.5 or less");
  EXPECT_EQ(description(integer_param("x", 2048, "d").min(1024).max(67108864)).range(), "1024 to 67108864");
  EXPECT_EQ(description(text_param("x", "a", "d").choices({"a", "b"})).range(), "one of: a, b");
  EXPECT_EQ(description(text_param("x", "a", "d")).range(), "");
}

TEST(ParamDescription, WritesItsDefaultAsToml) {
  EXPECT_EQ(description(number_param("x", 3, "d")).default_toml(), "3.0");
  EXPECT_EQ(description(number_param("x", 0.05, "d")).default_toml(), "0.05");
  EXPECT_EQ(description(number_param("x", kNaN, "d")).default_toml(), "none");
  EXPECT_EQ(description(integer_param("x", -7, "d")).default_toml(), "-7");
  EXPECT_EQ(description(flag_param("x", true, "d")).default_toml(), "true");
  EXPECT_EQ(description(text_param("x", R"(a "b" \c)", "d")).default_toml(), R"("a \"b\" \\c")");
  EXPECT_EQ(description(list_param("x", "d")).default_toml(), "[]");
  EXPECT_EQ(description(table_param("x", "d")).default_toml(), "{}");
  EXPECT_EQ(description(text_param("x", required, "d")).default_toml(), "");
}

TEST(ParamValue, FitsItsDescriptionOrIsToldWhyNot) {
  const auto bounded = description(number_param("x", 1, "d").min(0).max(10));
  EXPECT_EQ(problem_with(bounded, number(0)), "");
  EXPECT_EQ(problem_with(bounded, number(10)), "");
  EXPECT_EQ(problem_with(bounded, number(-1.5)), "expected 0 to 10, found -1.5");
  EXPECT_EQ(problem_with(bounded, number(kNaN)), "expected a finite number, found nan");
  EXPECT_EQ(problem_with(bounded, integer(3)), "expected number, found a value of another type");
  EXPECT_EQ(problem_with(description(number_param("x", kNaN, "d").min(0)), number(kNaN)), "");
  EXPECT_EQ(problem_with(description(integer_param("x", 1, "d").min(1)), integer(0)), "expected 1 or more, found 0");
  EXPECT_EQ(problem_with(description(text_param("x", "log", "d").choices({"log", "none"})), text("lgo")),
            "expected one of: log, none, found \"lgo\". Did you mean 'log'?");
  const auto list = description(list_param("x", "d").choices({"log", "none"}));
  EXPECT_EQ(problem_with(list, {"x", VELETA_LIST, 0, 0, "", {"none", "log", "none"}}), "");
  EXPECT_EQ(problem_with(list, {"x", VELETA_LIST, 0, 0, "", {"none", "lgo"}}),
            "expected one of: log, none, found \"lgo\". Did you mean 'log'?");
}

TEST(ParamDescription, MayHaveAListForItsDefault) {
  auto list = description(list_param("x", "d"));
  list.default_items = {"a", "b"};
  EXPECT_EQ(list.default_toml(), R"(["a", "b"])");
  EXPECT_EQ(default_values({list}), (ParamValues{{"x", VELETA_LIST, 0, 0, "", {"a", "b"}}}));
}

TEST(ParamValues, DefaultsLeaveOutWhatIsRequired) {
  const auto values =
      default_values({description(number_param("a", 0.5, "d")), description(text_param("b", required, "d"))});
  ASSERT_EQ(values.size(), 1u);
  EXPECT_EQ(values[0], (ParamValue{"a", VELETA_NUMBER, 0.5, 0, "", {}}));
}

TEST(ParamValues, SurviveJson) {
  const ParamValues values{{"number", VELETA_NUMBER, 3, 0, "", {}},
                           {"small", VELETA_NUMBER, 0.05, 0, "", {}},
                           {"precise", VELETA_NUMBER, 0.1234567890123, 0, "", {}},
                           {"integer", VELETA_INTEGER, 0, std::numeric_limits<int64_t>::max(), "", {}},
                           {"flag", VELETA_FLAG, 0, 1, "", {}},
                           {"text", VELETA_TEXT, 0, 0, "\"quoted\"\n", {}},
                           {"list", VELETA_LIST, 0, 0, "", {"a", ""}},
                           {"table", VELETA_TABLE, 0, 0, "", {"day", "Tuesday"}}};
  EXPECT_EQ(params_from_json(to_json(values)), values);
  EXPECT_EQ(params_from_json(parse_json(pretty_json(to_json(values)), "test")), values);
}

TEST(ParamValues, RefuseBrokenJson) {
  EXPECT_THROW(params_from_json(parse_json(R"([{"name": "x"}])", "test")), Error);
  EXPECT_THROW(params_from_json(parse_json(R"({"x": 1})", "test")), Error);
}

}  // namespace
}  // namespace veleta
