#include "base/json_writer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace veleta {
namespace {

template <typename Value>
std::string written(const Value& value) {
  return JsonWriter().value(value).take();
}

TEST(JsonWriter, PutsCommasBetweenMembersAndItems) {
  JsonWriter json;
  json.begin_object().member("a", 1).key("b").begin_list().value("x").value(nullptr).begin_object().end_object();
  json.begin_list().end_list().end_list().member("c", true).key("d").begin_object().member("e", 0.5).end_object();
  EXPECT_EQ(json.end_object().take(), R"({"a":1,"b":["x",null,{},[]],"c":true,"d":{"e":0.5}})");
}

TEST(JsonWriter, GivesPeopleALineForEachPiece) {
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.begin_object().member("a", 1).key("b").begin_list().value("x").begin_object().end_object();
  const std::string text = json.begin_list().end_list().end_list().end_object().take();
  EXPECT_EQ(text, R"({
  "a": 1,
  "b": [
    "x",
    {},
    []
  ]
})");
  EXPECT_EQ(text + "\n", pretty_json(parse_json(text, "the text")));
}

TEST(JsonWriter, EscapesTextsAsBoostReadsThem) {
  for (const std::string text : {"", "plain", "\"", "\\", "a\"b\\c/d", "\n\r\t\b\f", "\x01\x1f\x7f",
                                 "Größe ñ 日本 \xF0\x9F\x8C\x8B", " \u2028 ", "</script>", "ends with {", "[", ":"}) {
    EXPECT_EQ(json::parse(written(text)), json::value(text)) << written(text);
    const std::string member = JsonWriter().begin_object().member(text, text).end_object().take();
    EXPECT_EQ(json::parse(member), (json::object{{text, text}})) << member;
  }
  EXPECT_EQ(written(std::string_view()), R"("")");
  const std::string with_zero("a\0b", 3);
  EXPECT_EQ(json::parse(written(with_zero)), json::value(with_zero));
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string text(3, static_cast<char>(byte));
    EXPECT_EQ(json::parse(written(text)), json::value(text)) << byte;
  }
}

TEST(JsonWriter, WritesTextsMadeReadyAsItWritesOthers) {
  for (const std::string text : {"", "zip_code (mean)", "a\"b\\c\n", "Größe"}) {
    const JsonText ready(text);
    for (const auto layout : {JsonWriter::Layout::kLine, JsonWriter::Layout::kIndented})
      EXPECT_EQ(JsonWriter(layout).begin_object().member(ready, ready).member(ready, 1).end_object().take(),
                JsonWriter(layout).begin_object().member(text, text).member(text, 1).end_object().take());
  }
}

TEST(JsonWriter, WritesWholeNumbersOfEveryKind) {
  EXPECT_EQ(written(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::numeric_limits<uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(size_t{7}), "7");
  EXPECT_EQ(written(-3), "-3");
  EXPECT_EQ(written(false), "false");
}

TEST(JsonWriter, WritesDoublesInTheShortestFormThatReadsBackEqual) {
  std::mt19937_64 random(11);
  std::vector<double> numbers{0.0,     -0.0, 1,    -1,   0.12, 601,  250000.5,        1e300,
                              5e-324,  1e15, 1e16, 1e-4, 1e-5, 1e14, 999999999999999, 123456789.12345678,
                              1.0 / 3, -2.5};
  for (int i = 0; i < 20000; ++i) {
    const double number = std::bit_cast<double>(random());
    if (std::isfinite(number)) numbers.push_back(number);
    numbers.push_back(static_cast<double>(static_cast<int64_t>(random()) >> (random() % 64)));
  }
  for (const double number : numbers) {
    ASSERT_EQ(written(number), fmt::format("{}", number));
    const json::value read = parse_json(written(number), "the text");
    ASSERT_EQ(read.to_number<double>(), number) << written(number);
  }
}

TEST(JsonWriter, WritesFloatsAsTheDoublesOfTheirShortestText) {
  std::mt19937 random(13);
  std::vector<float> numbers{0.0F,        -0.0F, 0.1F,  1e-4F, 9.9999e-5F, 999999.94F, 1e6F,      1234567.5F, 1e7F,
                             16777216.0F, 1e15F, 1e20F, 1e38F, 1e-45F,     27095.0F,   -27095.0F, 12.695181F};
  for (int i = 0; i < 20000; ++i) {
    const auto number = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isfinite(number)) numbers.push_back(number);
    numbers.push_back(static_cast<float>(static_cast<int32_t>(random())) / static_cast<float>(1U << random() % 30));
  }
  for (const float number : numbers) {
    ASSERT_EQ(written(number), fmt::format("{}", nearest_double(number))) << fmt::format("{:.9g}", number);
    ASSERT_EQ(static_cast<float>(parse_json(written(number), "the text").to_number<double>()), number);
  }
}

TEST(JsonWriter, WritesNullForWhatJsonCannotSay) {
  EXPECT_EQ(written(std::nan("")), "null");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(written(std::numeric_limits<float>::quiet_NaN()), "null");
  EXPECT_EQ(written(std::numeric_limits<float>::infinity()), "null");
}

TEST(JsonWriter, WritesMoreThanItHasRoomForAtFirst) {
  for (const size_t usual_bytes : {0, 1, 7}) {
    JsonWriter json(JsonWriter::Layout::kLine, usual_bytes);
    json.begin_list();
    std::string expected = "[";
    for (int i = 0; i < 500; ++i) {
      json.value(std::string(static_cast<size_t>(i % 40), 'x')).value(i);
      expected += (i > 0 ? ",\"" : "\"") + std::string(static_cast<size_t>(i % 40), 'x') + "\"," + std::to_string(i);
    }
    EXPECT_EQ(json.end_list().take(), expected + "]");
  }
}

TEST(JsonWriter, WritesATreeAsBoostReadsIt) {
  const json::value tree = json::parse(
      R"({"a\"b":[true,null,"x\n",-7,18446744073709551615,0.5,1e300],"empty":{},"none":[],"deep":[[{"k":[1]}]]})");
  EXPECT_EQ(json::parse(written(tree)), tree) << written(tree);
}

}  // namespace
}  // namespace veleta
