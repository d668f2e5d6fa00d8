#include "base/json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <cmath>
#include <cstdlib>
#include <random>

#include "base/json_pointer.hpp"

namespace veleta {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    parse_json(text, "The body");
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    return error.what();
  }
}

TEST(Json, EscapesNamesForPointers) {
  EXPECT_EQ(pointer_token("a/b~c~1"), "a~1b~0c~01");
  EXPECT_EQ(pointer_token("rooms"), "rooms");
}

TEST(Json, ReadsTheDoubleNearestToItsText) {
  // Boost 1.81's own parser gives 123456789.12345678 for the first.
  EXPECT_EQ(parse_json("123456789.12345679", "text").as_double(), 123456789.12345679);
  std::mt19937_64 random(7);
  for (int repeat = 0; repeat < 10000; ++repeat) {
    const double number = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 160);
    const std::string text = fmt::format("{:.17g}", number);
    if (text.find_first_of(".e") == std::string::npos) continue;
    ASSERT_EQ(parse_json(text, "text").to_number<double>(), number) << text;
  }
}

TEST(Json, ReadsEveryKindOfValue) {
  EXPECT_EQ(
      parse_json(R"( {"a": [1, -2, 18446744073709551615, 0.5, true, null, "\u00f1\n"], "": {}} )", "text"),
      (json::value{{"a", {1, -2, 18446744073709551615U, 0.5, true, nullptr, "\xc3\xb1\n"}}, {"", json::object{}}}));
}

TEST(Json, KeepsTheLastOfEqualKeys) { EXPECT_EQ(parse_json(R"({"a": 1, "a": 2})", "text").at("a"), 2); }

TEST(Json, TellsTheByteWhereATextIsBroken) {
  EXPECT_THAT(refusal(R"({"a":,})"), HasSubstr("The body is not JSON"));
  EXPECT_THAT(refusal(R"({"a":,})"), HasSubstr("at byte 5"));
  EXPECT_THAT(refusal("[1] 2"), HasSubstr("at byte 4"));
  EXPECT_THAT(refusal(""), HasSubstr("The body is not JSON"));
  EXPECT_THAT(refusal(R"({"a": "\xff"})"), HasSubstr("The body is not JSON"));
  EXPECT_THAT(refusal(std::string(65, '[') + std::string(65, ']')), HasSubstr("The body is not JSON"));
}

TEST(Json, RefusesATextCutOffAnywhere) {
  const std::string text = R"({"a": [1.5e3, "x\u00f1"], "b": null})";
  EXPECT_EQ(refusal(text), "accepted");
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_NE(refusal(text.substr(0, length)), "accepted") << length;
}

}  // namespace
}  // namespace veleta
