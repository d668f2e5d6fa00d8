#include "model/matrix.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bit>
#include <cstring>

#include "veleta/error.hpp"

namespace veleta {

namespace {

static_assert(std::endian::native == std::endian::little, "the files are little-endian");

constexpr std::string_view kMatrixMagic = "VLMATR1\n";
constexpr std::string_view kNumbersMagic = "VLNUMS1\n";

void append_count(std::string& out, uint64_t count) { out.append(reinterpret_cast<const char*>(&count), sizeof count); }

template <typename Number>
void append_numbers(std::string& out, std::span<const Number> numbers) {
  out.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
}

/// Takes pieces from the front of bytes, and refuses to go past their end.
class Cutter {
 public:
  Cutter(std::string_view bytes, std::string_view magic, const char* what) : bytes_(bytes), what_(what) {
    if (take(magic.size()) != magic) throw Error(ErrorCode::kBadData, fmt::format("these bytes are no {}", what_));
  }

  std::string_view take(uint64_t size) {
    if (size > bytes_.size())
      throw Error(ErrorCode::kBadData,
                  fmt::format("the {} is cut short: {} bytes expected, {} left", what_, size, bytes_.size()));
    const std::string_view piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return piece;
  }

  uint64_t take_count() {
    uint64_t count = 0;
    std::memcpy(&count, take(sizeof count).data(), sizeof count);
    return count;
  }

  /// All that is left, which must be `count` numbers.
  template <typename Number>
  std::vector<Number> take_rest(uint64_t count) {
    if (bytes_.size() % sizeof(Number) != 0 || bytes_.size() / sizeof(Number) != count)
      throw Error(ErrorCode::kBadData,
                  fmt::format("the {} is cut short or altered: {} numbers expected, {} bytes found", what_, count,
                              bytes_.size()));
    std::vector<Number> numbers(count);
    if (count > 0) std::memcpy(numbers.data(), bytes_.data(), bytes_.size());
    return numbers;
  }

 private:
  std::string_view bytes_;
  const char* what_;
};

}  // namespace

MatrixView Matrix::view() {
  name_pointers.clear();
  for (const std::string& name : names) name_pointers.push_back(name.c_str());
  return {values.data(), rows, columns, name_pointers};
}

Matrix Matrix::select(std::span<const size_t> chosen) const {
  Matrix result{{}, chosen.size(), columns, names, {}};
  result.values.reserve(chosen.size() * columns);
  for (const size_t row : chosen) {
    const auto first = values.begin() + static_cast<ptrdiff_t>(row * columns);
    result.values.insert(result.values.end(), first, first + static_cast<ptrdiff_t>(columns));
  }
  return result;
}

std::string serialize(const Matrix& matrix) {
  std::string out(kMatrixMagic);
  append_count(out, matrix.rows);
  append_count(out, matrix.columns);
  for (const std::string& name : matrix.names) {
    append_count(out, name.size());
    out += name;
  }
  append_numbers<float>(out, matrix.values);
  return out;
}

Matrix parse_matrix(std::string_view bytes) {
  Cutter cutter(bytes, kMatrixMagic, "matrix");
  Matrix matrix;
  matrix.rows = cutter.take_count();
  matrix.columns = cutter.take_count();
  // A name takes 8 bytes at least, which bounds the loop; the product is checked before it can wrap around.
  for (uint64_t column = 0; column < matrix.columns; ++column)
    matrix.names.emplace_back(cutter.take(cutter.take_count()));
  if (matrix.rows > bytes.size() / std::max<size_t>(matrix.columns, 1))
    throw Error(ErrorCode::kBadData, fmt::format("the matrix says it has {} rows of {} columns, in {} bytes",
                                                 matrix.rows, matrix.columns, bytes.size()));
  matrix.values = cutter.take_rest<float>(matrix.rows * matrix.columns);
  return matrix;
}

std::string serialize(std::span<const double> numbers) {
  std::string out(kNumbersMagic);
  append_count(out, numbers.size());
  append_numbers(out, numbers);
  return out;
}

std::vector<double> parse_numbers(std::string_view bytes) {
  Cutter cutter(bytes, kNumbersMagic, "list of numbers");
  return cutter.take_rest<double>(cutter.take_count());
}

}  // namespace veleta
