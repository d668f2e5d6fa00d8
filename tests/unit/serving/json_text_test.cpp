#include "json_text.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace veleta {
namespace {

TEST(JsonText, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(to_text({601.0, 0.12, -3, 250000.5, 1e300}), "[601,0.12,-3,250000.5,1e+300]");
}

TEST(JsonText, WritesDoublesSoThatTheyReadBackEqual) {
  for (const double number : {0.1, 1.0 / 3, 1e-308, 123456789.123456789, std::nextafter(1.0, 2.0), -0.0, 5e-324}) {
    const json::value back = parse_json(to_text(number), "the text");
    EXPECT_EQ(back.to_number<double>(), number) << to_text(number);
  }
}

TEST(JsonText, WritesNullForWhatJsonCannotSay) {
  EXPECT_EQ(to_text(std::nan("")), "null");
  EXPECT_EQ(to_text(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonText, NestsAndEscapes) {
  const json::value value{
      {"a\"b", json::array{true, nullptr, "x\n"}}, {"empty", json::object{}}, {"none", json::array{}}};
  EXPECT_EQ(to_text(json::object{{"Größe\\", "ü\x01"}}), R"({"Größe\\":"ü\u0001"})");
  EXPECT_EQ(to_text(value), R"({"a\"b":[true,null,"x\n"],"empty":{},"none":[]})");
}

}  // namespace
}  // namespace veleta
