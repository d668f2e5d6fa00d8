#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "base/digest.hpp"
#include "data/order_key.hpp"
#include "data/profile.hpp"
#include "profile_bytes.hpp"

// docs/profile_format.md tells the form.

namespace veleta {

namespace {

constexpr std::string_view kMagic = "VLPROF2\n", kMagicV1 = "VLPROF1\n";
constexpr size_t kDigestLength = 64;

bool has_cells_of_several(const NumberCells& cells) {
  return cells.precision_bits != NumberCells::kExact && cells.precision_bits != NumberCells::kQuantiles;
}

void write_numbers(const ColumnProfile& column, ProfileWriter& out) {
  const NumberCells& cells = column.cells;
  out.count(static_cast<uint64_t>(cells.precision_bits));
  out.count(uint64_t{cells.size()});
  out.ascending(cells.least);
  const double rows_of_one = column.has_moments() ? 1 : column.row_count / NumberCells::kMostCells;
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    const auto rows = static_cast<uint64_t>(std::llround(cells.rows[cell] / rows_of_one));
    out.count(has_cells_of_several(cells) ? 2 * rows + cells.several[cell] : rows);
  }
  if (cells.size() > 0) out.number(column.maximum);
  if (column.has_moments()) {
    out.wide(column.moments.sum());
    out.wide(column.moments.squares());
  } else {
    out.number(column.mean);
    out.number(column.standard_deviation);
  }
}

void write(const ColumnProfile& column, ProfileWriter& out) {
  out.text(column.name);
  out.text(to_string(column.type));
  for (const double rows : {column.row_count, column.missing_count, column.wrong_type_count}) out.count(rows);
  if (column.type != ColumnType::kCategory) return write_numbers(column, out);
  out.count(uint64_t{column.labels.size()});
  for (const auto& label : column.labels) out.text(label);
  for (const double rows : column.counts) out.count(rows);
}

[[noreturn]] void refuse(const ColumnProfile& column, std::string_view reason) {
  refuse_profile(fmt::format("column '{}' {}", column.name, reason));
}

void read_cells(ColumnProfile& column, ProfileReader& in) {
  NumberCells& cells = column.cells;
  const uint64_t precision_bits = in.count();
  const bool is_known = precision_bits == NumberCells::kQuantiles ||
                        (precision_bits >= NumberCells::kLeastPrecision && precision_bits <= NumberCells::kExact);
  if (!is_known) refuse(column, fmt::format("has cells of {} bits", precision_bits));
  cells.precision_bits = static_cast<int>(precision_bits);
  const size_t size = in.length(2);
  if (size > NumberCells::kMostCells) refuse(column, fmt::format("has {} cells", size));
  cells.least = in.ascending(size);
  for (size_t cell = 0; cell < size; ++cell) {
    const double told = in.rows();
    cells.rows.push_back(has_cells_of_several(cells) ? std::floor(told / 2) : told);
    if (has_cells_of_several(cells)) cells.several.push_back(std::fmod(told, 2) != 0);
  }
}

void read_numbers(ColumnProfile& column, ProfileReader& in) {
  read_cells(column, in);
  NumberCells& cells = column.cells;
  if (cells.size() > 0) {
    column.minimum = cells.least.front();
    column.maximum = in.number();
  }
  if (column.has_moments()) {
    const WideInteger sum = in.wide();
    column.moments = ExactMoments::of(sum, in.wide());
    column.mean = column.moments.mean(static_cast<uint64_t>(column.row_count));
    column.standard_deviation = column.moments.standard_deviation(static_cast<uint64_t>(column.row_count));
    return;
  }
  if (cells.row_count() != NumberCells::kMostCells) refuse(column, "has another number of quantiles than it should");
  for (double& rows : cells.rows) rows *= column.row_count / NumberCells::kMostCells;
  column.mean = in.number();
  column.standard_deviation = in.number();
}

ColumnProfile read_column(ProfileReader& in) {
  ColumnProfile column;
  column.name = in.text();
  const std::string type = in.text();
  const auto known_type = parse_column_type(type);
  if (!known_type) refuse(column, "has the type '" + type + "'");
  column.type = *known_type;
  for (double* rows : {&column.row_count, &column.missing_count, &column.wrong_type_count}) *rows = in.rows();
  if (column.type != ColumnType::kCategory) {
    read_numbers(column, in);
    return column;
  }
  column.labels.resize(in.length(2));
  column.counts.resize(column.labels.size());
  for (auto& label : column.labels) label = in.text();
  for (double& rows : column.counts) rows = in.rows();
  return column;
}

Profile read_profile(ProfileReader& in) {
  Profile profile;
  profile.row_count = in.rows();
  profile.part_rows.resize(in.length(1));
  for (double& rows : profile.part_rows) rows = in.rows();
  const size_t column_count = in.length(1);
  for (size_t i = 0; i < column_count; ++i) profile.columns.push_back(read_column(in));
  return profile;
}

// What a window's profile cannot be.

void check_cells(const ColumnProfile& column) {
  const NumberCells& cells = column.cells;
  const int shift = cells.precision_bits == NumberCells::kQuantiles ? 0 : 64 - cells.precision_bits;
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    const uint64_t prefix = order_key(cells.least[cell]) >> shift;
    if (cell > 0 && prefix <= order_key(cells.least[cell - 1]) >> shift) refuse(column, "has cells out of order");
    if (cells.least[cell] == 0 && std::signbit(cells.least[cell])) refuse(column, "has a negative zero");
    const bool several = !cells.several.empty() && cells.several[cell];
    if (!(cells.rows[cell] >= (several ? 2 : 0) && cells.rows[cell] > 0))
      refuse(column, "has a cell of fewer rows than numbers");
  }
  if (cells.size() == 0) return;
  const double last = cells.least.back();
  const bool ends_there = cells.several.empty() || !cells.several.back()
                              ? column.maximum == last
                              : column.maximum > last && order_key(column.maximum) >> shift == order_key(last) >> shift;
  if (!std::isfinite(column.maximum) || !ends_there) refuse(column, "has a maximum that is not in its last cell");
}

void check_numbers(const ColumnProfile& column) {
  check_cells(column);
  const double rows = column.cells.row_count();
  if (column.has_moments() ? rows != column.row_count : std::fabs(rows - column.row_count) > 1e-6 * column.row_count)
    refuse(column, fmt::format("has cells of {} rows and {} rows", rows, column.row_count));
  const bool is_possible =
      !column.has_moments() ? std::isfinite(column.mean) && column.standard_deviation >= 0
      : rows == 0           ? column.moments == ExactMoments()
                            : column.moments.is_possible(static_cast<uint64_t>(rows), column.minimum, column.maximum);
  if (!is_possible) refuse(column, "has a sum that its numbers cannot have");
}

void check_categories(const ColumnProfile& column) {
  for (size_t i = 0; i < column.labels.size(); ++i) {
    if (!(column.counts[i] > 0)) refuse(column, "has a label without rows");
    if (i > 0 && (column.counts[i] > column.counts[i - 1] ||
                  (column.counts[i] == column.counts[i - 1] && column.labels[i] <= column.labels[i - 1])))
      refuse(column, "has labels out of order");
  }
  if (std::unordered_set<std::string_view>(column.labels.begin(), column.labels.end()).size() != column.labels.size())
    refuse(column, "has a label twice");
  const double rows = std::accumulate(column.counts.begin(), column.counts.end(), 0.0);
  if (rows != column.row_count)
    refuse(column, fmt::format("has labels of {} rows and {} rows", rows, column.row_count));
}

void check(const Profile& profile) {
  std::unordered_set<std::string_view> names;
  for (const ColumnProfile& column : profile.columns) {
    if (!names.insert(column.name).second) refuse(column, "is there twice");
    if (column.row_count + column.missing_count != profile.row_count)
      refuse(column, fmt::format("has {} rows, present and missing: expected {}",
                                 column.row_count + column.missing_count, profile.row_count));
    if (column.wrong_type_count > column.missing_count) refuse(column, "has more cells of a wrong type than missing");
    column.type == ColumnType::kCategory ? check_categories(column) : check_numbers(column);
  }
  const auto& parts = profile.part_rows;
  if (!std::ranges::is_sorted(parts) || (!parts.empty() && parts.front() == 0))
    refuse_profile("its parts are not sorted");
  if (!parts.empty() && std::accumulate(parts.begin(), parts.end(), 0.0) != profile.row_count)
    refuse_profile("its parts have another number of rows than it");
}

}  // namespace

std::string serialize(const Profile& profile) {
  ProfileWriter body;
  body.count(profile.row_count);
  body.count(uint64_t{profile.part_rows.size()});
  for (const double rows : profile.part_rows) body.count(rows);
  body.count(uint64_t{profile.columns.size()});
  for (const auto& column : profile.columns) write(column, body);
  const std::string frame = zstd_frame(body.bytes());
  return std::string(kMagic) + sha256(frame) + frame;
}

Profile parse_profile(std::string_view bytes) {
  const bool is_v1 = bytes.starts_with(kMagicV1);
  if (!is_v1 && !bytes.starts_with(kMagic)) refuse_profile("it does not begin with VLPROF2 or VLPROF1");
  if (bytes.size() < kMagic.size() + kDigestLength) refuse_profile("it ends early");
  const std::string_view frame = bytes.substr(kMagic.size() + kDigestLength);
  if (sha256(frame) != bytes.substr(kMagic.size(), kDigestLength))
    refuse_profile("its digest is not that of its content");

  const std::string body = zstd_body(frame);
  ProfileReader in(body);
  Profile profile = is_v1 ? read_profile_v1(in) : read_profile(in);
  if (!in.at_end()) refuse_profile("bytes are left over after its last column");
  check(profile);
  return profile;
}

}  // namespace veleta
