#include "made_rows.hpp"

#include <cmath>

#include "made_windows.hpp"

namespace veleta::contract {

namespace {

constexpr size_t kFeatures = 3;
const char* const kNames[kFeatures] = {"first", "second", "third"};

}  // namespace

Rows::Rows(uint64_t seed, size_t count, double mean) : part_rows_{static_cast<double>(count)} {
  const auto values = bell(seed, count * kFeatures, mean), chances = bell(seed + 1, count);
  features_.assign(values.begin(), values.end());
  for (size_t row = 0; row < count; ++row) {
    predictions_.push_back(1 / (1 + std::exp(-values[row * kFeatures])));
    targets_.push_back(chances[row] < values[row * kFeatures]);
  }
}

RowSample Rows::sample() const {
  RowSample sample;
  sample.row_count = part_rows_[0];
  sample.part_rows = part_rows_;
  sample.task = Task::kBinary;
  sample.features = {features_.data(), targets_.size(), kFeatures, kNames};
  sample.predictions = predictions_;
  sample.targets = targets_;
  return sample;
}

std::vector<RowPair> row_pairs() {
  const Rows usual(20, 600, 0), none(21, 0, 0);
  return {{"equal rows", usual, usual},
          {"rows of one kind", usual, Rows(22, 500, 0)},
          {"shifted rows", usual, Rows(23, 600, 1)},
          {"one row", usual, Rows(24, 1, 0)},
          {"no current rows", usual, none},
          {"no reference rows", none, usual}};
}

}  // namespace veleta::contract
