#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "reading.hpp"

namespace veleta {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// Writes a document of rows as it is read.
class GeneratedRows final : public ByteReader {
 public:
  explicit GeneratedRows(size_t row_count) : row_count_(row_count) {}

  size_t read(char* buffer, size_t capacity) override {
    if (piece_.empty()) piece_ = next_piece();
    const size_t count = piece_.copy(buffer, capacity);
    piece_.erase(0, count);
    total_bytes_ += count;
    return count;
  }
  size_t total_bytes() const { return total_bytes_; }

 private:
  std::string next_piece() {
    std::string piece = row_ == 0 ? R"({"batch_number": 5, "data": [)" : "";
    if (row_ > row_count_) return "";
    for (const size_t stop = row_ + 1000; row_ < row_count_ && row_ < stop; ++row_)
      piece += fmt::format(
          R"({}{{"brokered_by": {}.0, "status": "for_sale", "price": {}.5, "bed": 3.0, "bath": 2.0, "acre_lot": 0.{:02}, )"
          R"("street": {}.0, "city": "City of Number {}", "state": "Puerto Rico", "zip_code": {}.0, "house_size": {}.0, )"
          R"("prev_sold_date": "2019-06-28"}})",
          row_ ? ", " : "", row_ % 5000, row_, row_ % 100, row_ % 70000, row_ % 999, row_ % 9999, 500 + row_ % 3000);
    if (row_ == row_count_ && piece.empty() | (row_count_ > 0)) {
      piece += "]}";
      ++row_;
    }
    return piece;
  }

  size_t row_count_;
  size_t row_ = 0;
  std::string piece_;
  size_t total_bytes_ = 0;
};

double peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kibibytes = 0;
      status >> kibibytes;
      return kibibytes * 1024;
    }
  return 0;
}

double size_bytes(const Table& table) {
  size_t bytes = 0;
  for (const auto& column : table.columns) {
    bytes += column.numbers.size() * sizeof(double) + column.codes.size() * sizeof(int32_t);
    for (const auto& label : column.dictionary.labels()) bytes += sizeof label + label.capacity();
  }
  return static_cast<double>(bytes);
}

TEST(LargeJson, TakesTheMemoryOfItsTableAndOneBlock) {
  if (kSanitized) GTEST_SKIP() << "sanitizers change what memory is used";
  ReadOptions options;
  options.rows_pointer = "/data";
  options.rules.categorical = {"brokered_by", "street", "zip_code"};
  GeneratedRows bytes(420000);
  const double before = peak_memory_bytes();
  const auto result = read_json_rows(bytes, options);
  EXPECT_GT(bytes.total_bytes(), 90u << 20);
  EXPECT_EQ(result.table.row_count(), 420000u);
  EXPECT_EQ(result.envelope, parse_json(R"({"batch_number": 5, "data": []})", "envelope"));
  EXPECT_LT(peak_memory_bytes() - before, size_bytes(result.table) + (64 << 20));
}

}  // namespace
}  // namespace veleta
