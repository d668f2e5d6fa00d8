#include "model/matrix.hpp"

#include <gtest/gtest.h>

#include "tables.hpp"
#include "veleta/error.hpp"

namespace veleta {
namespace {

Matrix example() { return {{1, 2, 3, 4, NAN, 6}, 3, 2, {"size", "rooms"}, {}}; }

TEST(Matrix, SelectsRowsInTheOrderAskedFor) {
  const size_t chosen[] = {2, 0};
  const Matrix selected = example().select(chosen);
  EXPECT_EQ(selected.rows, 2u);
  EXPECT_TRUE(std::isnan(selected.values[0]));
  EXPECT_EQ(selected.values[1], 6);
  EXPECT_EQ(selected.values[2], 1);
  EXPECT_EQ(selected.names, example().names);
}

TEST(Matrix, ViewKnowsTheNames) {
  Matrix matrix = example();
  EXPECT_STREQ(matrix.view().names[1], "rooms");
  EXPECT_EQ(matrix.view().at(1, 1), 4);
}

TEST(Matrix, SurvivesItsBinaryForm) {
  const Matrix back = parse_matrix(serialize(example()));
  EXPECT_EQ(serialize(back), serialize(example()));
  EXPECT_EQ(back.names, example().names);
  EXPECT_EQ(back.values[3], 4);
}

TEST(Matrix, RefusesEveryCut) {
  const std::string bytes = serialize(example());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(parse_matrix(std::string_view(bytes).substr(0, size)), Error) << size;
  EXPECT_THROW(parse_matrix(bytes + "x"), Error);
}

TEST(Matrix, RefusesSizesThatWrapAround) {
  std::string bytes = serialize(Matrix{{1}, 1, 1, {"a"}, {}});
  for (const uint64_t rows : {~uint64_t{0}, uint64_t{1} << 62, uint64_t{1} << 33}) {
    bytes.replace(8, 8, reinterpret_cast<const char*>(&rows), 8);
    EXPECT_THROW(parse_matrix(bytes), Error) << rows;
  }
  const uint64_t columns = ~uint64_t{0};
  bytes = serialize(Matrix{{}, 0, 0, {}, {}});
  bytes.replace(16, 8, reinterpret_cast<const char*>(&columns), 8);
  EXPECT_THROW(parse_matrix(bytes), Error);
}

TEST(Numbers, SurviveTheirBinaryForm) {
  const std::vector<double> numbers{0.1, -1e300, 0};
  EXPECT_EQ(parse_numbers(serialize(std::span(numbers))), numbers);
  const std::string bytes = serialize(std::span(numbers));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(parse_numbers(std::string_view(bytes).substr(0, size)), Error) << size;
}

}  // namespace
}  // namespace veleta
