#include "data/profile.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "counted_labels.hpp"
#include "number_accumulator.hpp"

namespace veleta {

const ColumnProfile* Profile::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &ColumnProfile::name);
  return found == columns.end() ? nullptr : &*found;
}

namespace {

/// Does `work(0)` to `work(count - 1)`, on several threads where that is worth it. None of them may throw but for want
/// of memory, which ends all.
void for_each_index(size_t count, unsigned threads, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  const auto take_work = [&] {
    for (size_t index; (index = next++) < count;) work(index);
  };
  std::vector<std::jthread> helpers;
  for (size_t i = 1; i < std::min<size_t>(threads, count); ++i) helpers.emplace_back(take_work);
  take_work();
}

[[noreturn]] void refuse(const std::string& reason) { throw Error(ErrorCode::kInvalidArgument, reason); }

void require_type(const std::string& column, ColumnType expected, ColumnType found) {
  if (expected != found)
    refuse(fmt::format("column '{}' is a {} in one part of the window and a {} in another", column, to_string(expected),
                       to_string(found)));
}

template <typename Columns, typename NameOf>
std::vector<std::string> names_of(const Columns& columns, NameOf name_of) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(name_of(column));
  return names;
}

void require_same_columns(const std::vector<std::string>& expected, const std::vector<std::string>& found) {
  if (expected == found) return;
  for (const std::string& name : expected)
    if (std::ranges::find(found, name) == found.end())
      refuse(fmt::format("column '{}' is in one part of the window alone; the other has {}", name, join(found, ", ")));
  if (found.size() > expected.size())
    for (const std::string& name : found)
      if (std::ranges::find(expected, name) == expected.end())
        refuse(fmt::format("column '{}' is in one part of the window alone; the other has {}", name,
                           join(expected, ", ")));
}

/// Sets what the moments and cells tell.
void finish_numbers(ColumnProfile& column) {
  const auto count = static_cast<uint64_t>(column.row_count);
  column.minimum = column.cells.least.empty() ? std::numeric_limits<double>::quiet_NaN() : column.cells.least.front();
  column.mean = column.moments.mean(count);
  column.standard_deviation = column.moments.standard_deviation(count);
}

}  // namespace

struct ProfileBuilder::ColumnState {
  std::string name;
  ColumnType type;
  double wrong_type_count = 0;
  NumberAccumulator numbers;
  CountedLabels labels;

  void add(const Column& column) { type == ColumnType::kCategory ? labels.add(column) : numbers.add(column.numbers); }

  ColumnProfile finish(double window_rows) {
    ColumnProfile made;
    made.name = name;
    made.type = type;
    if (type == ColumnType::kCategory) {
      labels.write(made.labels, made.counts);
      made.row_count = std::accumulate(made.counts.begin(), made.counts.end(), 0.0);
      made.wrong_type_count = wrong_type_count;
    } else {
      numbers.finish();
      made.cells = numbers.take_cells();
      made.moments = numbers.moments();
      made.maximum = numbers.maximum();
      made.row_count = static_cast<double>(numbers.row_count());
      made.wrong_type_count = wrong_type_count + static_cast<double>(numbers.infinity_count());
      finish_numbers(made);
    }
    made.missing_count = window_rows - made.row_count;
    return made;
  }
};

ProfileBuilder::ProfileBuilder(unsigned threads)
    : threads_(threads > 0 ? threads : std::max(1U, std::thread::hardware_concurrency())) {}
ProfileBuilder::~ProfileBuilder() = default;

void ProfileBuilder::add(const Table& rows, const std::vector<ColumnIssues>& retyped) {
  if (columns_.empty() && row_count_ == 0)
    for (const Column& column : rows.columns) {
      columns_.push_back(std::make_unique<ColumnState>());
      columns_.back()->name = column.name;
      columns_.back()->type = column.type;
    }
  require_same_columns(names_of(columns_, [](const auto& state) { return state->name; }),
                       names_of(rows.columns, [](const Column& column) { return column.name; }));
  std::vector<const Column*> added;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = rows.columns[i].name == columns_[i]->name ? rows.columns[i] : rows.at(columns_[i]->name);
    require_type(column.name, columns_[i]->type, column.type);
    added.push_back(&column);
  }
  for_each_index(columns_.size(), threads_, [&](size_t i) { columns_[i]->add(*added[i]); });
  for (const ColumnIssues& issues : retyped)
    for (const auto& state : columns_)
      if (state->name == issues.name) state->wrong_type_count += static_cast<double>(issues.retyped_count);
  row_count_ += static_cast<double>(rows.row_count());
}

void ProfileBuilder::end_part() {
  if (row_count_ == ended_rows_) return;
  part_rows_.push_back(row_count_ - std::exchange(ended_rows_, row_count_));
}

Profile ProfileBuilder::finish() && {
  end_part();
  Profile profile;
  profile.row_count = row_count_;
  profile.part_rows = std::move(part_rows_);
  std::ranges::sort(profile.part_rows);
  profile.columns.resize(columns_.size());
  for_each_index(columns_.size(), threads_, [&](size_t i) {
    profile.columns[i] = columns_[i]->finish(row_count_);
    columns_[i].reset();
  });
  return profile;
}

Profile make_profile(const Table& table, const std::vector<ColumnIssues>& retyped, unsigned threads) {
  ProfileBuilder builder(threads);
  builder.add(table, retyped);
  return std::move(builder).finish();
}

namespace {

ColumnProfile merge(const ColumnProfile& a, const ColumnProfile& b) {
  ColumnProfile both;
  both.name = a.name;
  both.type = a.type;
  both.row_count = a.row_count + b.row_count;
  both.missing_count = a.missing_count + b.missing_count;
  both.wrong_type_count = a.wrong_type_count + b.wrong_type_count;
  if (a.type == ColumnType::kCategory) {
    CountedLabels labels;
    labels.add(a.labels, a.counts);
    labels.add(b.labels, b.counts);
    labels.write(both.labels, both.counts);
    return both;
  }
  if (!a.has_moments() || !b.has_moments())
    throw Error(ErrorCode::kUnsupported,
                fmt::format("column '{}' is known by {} quantiles alone, as VLPROF1 kept it: it cannot be merged; "
                            "profile its rows again",
                            a.name, NumberCells::kMostCells));
  both.cells = merged(a.cells, b.cells);
  both.maximum = std::fmax(a.maximum, b.maximum);
  both.moments = a.moments;
  both.moments.add(b.moments);
  finish_numbers(both);
  return both;
}

}  // namespace

Profile merge(const Profile& a, const Profile& b) {
  const auto name_of = [](const ColumnProfile& column) { return column.name; };
  require_same_columns(names_of(a.columns, name_of), names_of(b.columns, name_of));
  Profile both;
  both.row_count = a.row_count + b.row_count;
  std::ranges::merge(a.part_rows, b.part_rows, std::back_inserter(both.part_rows));
  for (const ColumnProfile& column : a.columns) {
    const ColumnProfile& other = *b.find(column.name);
    require_type(column.name, column.type, other.type);
    both.columns.push_back(merge(column, other));
  }
  return both;
}

}  // namespace veleta
