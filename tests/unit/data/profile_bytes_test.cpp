#include <gmock/gmock.h>
#include <zstd.h>

#include <bit>
#include <cmath>
#include <functional>
#include <random>

#include "base/digest.hpp"
#include "data/order_key.hpp"
#include "data/profile.hpp"
#include "reading.hpp"

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Profiles written by hand, as docs/profile_format.md says.

std::string count(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string number(double value) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(std::bit_cast<uint64_t>(value) >> shift);
  return bytes;
}

std::string text(const std::string& value) { return count(value.size()) + value; }

std::string file(const std::string& magic, const std::string& body) {
  std::string frame(ZSTD_compressBound(body.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), body.data(), body.size(), 1));
  return magic + "\n" + sha256(frame) + frame;
}

std::string body_of(const std::string& bytes) {
  const std::string frame = bytes.substr(8 + 64);
  std::string body(ZSTD_getFrameContentSize(frame.data(), frame.size()), '\0');
  ZSTD_decompress(body.data(), body.size(), frame.data(), frame.size());
  return body;
}

/// A sum of 2^exponent times a number that fits a byte, exponent a multiple of 8.
std::string small_sum(unsigned value, size_t zero_bytes) { return count(2) + count(zero_bytes) + char(value); }

const std::string kStep = count(order_key(1));
constexpr size_t kSumUnit = 1074, kSquareUnit = 2148;

/// Two columns of the rows (1, a), (1, a), (2, missing): n is known exactly.
std::string handmade(const std::string& cells, const std::string& sums) {
  return file("VLPROF2", count(3) + count(2) + count(1) + count(2) + count(2) + text("n") + text("number") + count(3) +
                             count(0) + count(0) + cells + sums + text("c") + text("category") + count(2) + count(1) +
                             count(1) + count(1) + text("a") + count(2));
}

const std::string kCells =
    count(64) + count(2) + kStep + count(order_key(2) - order_key(1)) + count(2) + count(1) + number(2);
// 4 and 6, shifted by the bits that the units are short of whole bytes.
const std::string kSums =
    small_sum(4 << (kSumUnit % 8), kSumUnit / 8) + small_sum(6 << (kSquareUnit % 8), kSquareUnit / 8);

TEST(ProfileBytes, AreReadAsTheDocumentSays) {
  const Profile profile = parse_profile(handmade(kCells, kSums));
  EXPECT_EQ(profile.row_count, 3);
  EXPECT_THAT(profile.part_rows, ElementsAre(1, 2));
  const ColumnProfile& numbers = profile.columns[0];
  EXPECT_THAT(numbers.cells.least, ElementsAre(1, 2));
  EXPECT_THAT(numbers.cells.rows, ElementsAre(2, 1));
  EXPECT_EQ(numbers.maximum, 2);
  EXPECT_EQ(numbers.mean, 4.0 / 3);
  EXPECT_NEAR(numbers.standard_deviation, std::sqrt(1.0 / 3), 1e-15);
  EXPECT_THAT(profile.columns[1].labels, ElementsAre("a"));
  EXPECT_EQ(profile.columns[1].wrong_type_count, 1);
}

TEST(ProfileBytes, AreWrittenAsTheDocumentSays) {
  const std::string bytes = handmade(kCells, kSums);
  EXPECT_EQ(body_of(serialize(parse_profile(bytes))), body_of(bytes));
}

TEST(ProfileBytes, TellOfNoWindowThatCannotBe) {
  struct Case {
    std::string cells, sums;
    const char* reason;
  };
  const std::string step = count(order_key(2) - order_key(1));
  const std::string infinity = count(order_key(INFINITY) - order_key(1));
  const std::string minus_one = count(order_key(-1)), negative_zero = count(order_key(-0.0) - order_key(-1));
  const Case cases[] = {
      {count(7) + count(0), kSums, "cells of 7 bits"},
      {count(65) + count(0), kSums, "cells of 65 bits"},
      {count(64) + count(2) + kStep + count(0) + count(2) + count(1) + number(2), kSums, "cells out of order"},
      {count(20) + count(2) + kStep + count(1) + count(4) + count(2) + number(2), kSums, "cells out of order"},
      {count(64) + count(2) + kStep + infinity + count(2) + count(1) + number(2), kSums, "not finite"},
      {count(64) + count(2) + minus_one + negative_zero + count(2) + count(1) + number(0), kSums, "negative zero"},
      {count(64) + count(2) + kStep + step + count(3) + count(0) + number(2), kSums, "fewer rows than numbers"},
      {count(20) + count(2) + kStep + step + count(4) + count(3) + number(2.0001), kSums, "fewer rows than numbers"},
      {count(64) + count(2) + kStep + step + count(2) + count(2) + number(2), kSums, "cells of 4 rows and 3 rows"},
      {count(64) + count(2) + kStep + step + count(2) + count(uint64_t{1} << 60) + number(2), kSums, "rows"},
      {count(64) + count(2) + kStep + step + count(2) + count(1) + number(3), kSums, "maximum"},
      {count(64) + count(2) + kStep + step + count(2) + count(1) + number(NAN), kSums, "maximum"},
      {count(64) + count(1'000'000'000), kSums, "items in"},
      {count(0) + count(2) + kStep + step + count(2) + count(1) + number(2) + number(1) + number(1), "", "quantiles"},
      {kCells, small_sum(255, kSumUnit / 8) + small_sum(6 << 4, kSquareUnit / 8), "sum that its numbers cannot have"},
      {kCells, small_sum(4 << 2, kSumUnit / 8) + small_sum(1 << 4, kSquareUnit / 8),
       "sum that its numbers cannot have"},
      {kCells, count(2) + count(100'000) + "\1" + kSums, "not written as it should be"},
      {kCells, count(3'000'000) + count(0) + kSums, "ends early"},
  };
  for (const Case& wrong : cases) {
    const auto error = error_of([&] { parse_profile(handmade(wrong.cells, wrong.sums)); });
    EXPECT_EQ(error.code(), ErrorCode::kBadData) << wrong.reason;
    EXPECT_THAT(error.what(), HasSubstr(wrong.reason));
  }
}

TEST(ProfileBytes, TellOfNoLabelsThatCannotBe) {
  const auto with_labels = [](uint64_t rows, const std::string& labels) {
    return file("VLPROF2", count(3) + count(0) + count(1) + text("c") + text("category") + count(rows) +
                               count(3 - rows) + count(0) + labels);
  };
  EXPECT_EQ(parse_profile(with_labels(3, count(2) + text("b") + text("a") + count(2) + count(1))).columns.size(), 1u);
  for (const auto& labels :
       {count(2) + text("b") + text("a") + count(1) + count(2), count(2) + text("a") + text("a") + count(2) + count(1),
        count(2) + text("b") + text("a") + count(3) + count(0), count(1) + text("b") + count(2),
        count(3) + text("b") + text("a") + text("c") + count(1) + count(1) + count(1)})
    EXPECT_EQ(error_of([&] { parse_profile(with_labels(3, labels)); }).code(), ErrorCode::kBadData);
  EXPECT_EQ(error_of([&] { parse_profile(with_labels(2, count(1) + text("b") + count(2)) + "x"); }).code(),
            ErrorCode::kBadData);
}

TEST(ProfileBytes, SurviveAnythingDoneToTheirBody) {
  const std::string body = body_of(serialize(
      make_profile(csv("n,c,t\n1e300,\"x\n\",2019-06-28\n-5e-324,,1969-01-01\n0,ñ,\n-12,x,2020-01-01\n").table)));
  std::mt19937_64 random(21);
  size_t read_count = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string altered = body;
    for (uint64_t i = random() % 3; i < 3; ++i) altered[random() % altered.size()] = static_cast<char>(random());
    try {
      const Profile profile = parse_profile(file("VLPROF2", altered));
      ++read_count;
      EXPECT_EQ(body_of(serialize(profile)), body_of(serialize(parse_profile(serialize(profile)))));
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kBadData) << error.what();
    }
  }
  EXPECT_GT(read_count, 0u) << "a label or a name that is altered leaves a profile";
}

// VLPROF1, which models of earlier versions hold.

std::string ascending(const std::vector<double>& values) {
  std::string bytes = count(values.size());
  uint64_t before = 0;
  for (const double value : values) bytes += count(order_key(value) - std::exchange(before, order_key(value)));
  return bytes;
}

std::string v1_of_number(double rows, const std::vector<double>& sorted, double mean, double deviation) {
  return file("VLPROF1", number(rows + 1) + count(1) + text("n") + text("number") + number(rows) + number(1) +
                             number(mean) + number(deviation) + ascending(sorted) + count(0));
}

TEST(ProfileV1, IsExactWhereItKeptAllNumbers) {
  const Profile old = parse_profile(v1_of_number(4, {-1, -0.0, 0, 5}, 1, 2.7));
  Profile same = make_profile(csv("n,m\n-1,\n0,\n0,\n5,\n,1\n").table);
  same.columns.pop_back();
  same.part_rows.clear();
  EXPECT_EQ(serialize(old), serialize(same));
}

TEST(ProfileV1, KeepsItsQuantilesAndCannotBeMerged) {
  std::vector<double> quantiles(65536);
  for (size_t i = 0; i < quantiles.size(); ++i) quantiles[i] = std::floor(static_cast<double>(i) / 3);
  const Profile old = parse_profile(v1_of_number(1'000'001, quantiles, 10922, 6306));
  const ColumnProfile& column = old.columns[0];
  EXPECT_EQ(column.cells.precision_bits, NumberCells::kQuantiles);
  EXPECT_NEAR(column.cells.row_count(), 1'000'001, 1e-6);
  EXPECT_EQ(column.cells.error_bound(), 0.5 / 65536);
  EXPECT_EQ(column.cells.even_quantiles(), quantiles);
  EXPECT_EQ(column.mean, 10922);
  EXPECT_EQ(column.standard_deviation, 6306);
  const std::string bytes = serialize(old);
  EXPECT_EQ(serialize(parse_profile(bytes)), bytes);
  const auto error = error_of([&] { merge(old, old); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.what(), HasSubstr("profile its rows again"));
}

TEST(ProfileV1, TellsOfNoWindowThatCannotBe) {
  for (const auto& bytes :
       {v1_of_number(5, {1, 2}, 1, 1), v1_of_number(1, {1, 2}, 1, 1), v1_of_number(2.5, {1, 2}, 1, 1),
        v1_of_number(2, {1, INFINITY}, 1, 1), v1_of_number(NAN, {1, 2}, 1, 1)})
    EXPECT_EQ(error_of([&] { parse_profile(bytes); }).code(), ErrorCode::kBadData);
}

}  // namespace
}  // namespace veleta
