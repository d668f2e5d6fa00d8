#include "drift_windows.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "data/reader.hpp"
#include "read_remarks.hpp"
#include "window_file.hpp"

namespace veleta {

namespace {

/// Opens a window; how far it is read is told.
WindowFile open_window(const std::string& path, const ReadProgress& progress) {
  return WindowFile(path, [path, progress, size = file_bytes(path), done = 0.0](size_t count) mutable {
    done += static_cast<double>(count);
    if (progress) progress(path, size > 0 ? std::min(done / size, 1.0) : -1);
  });
}

std::string all_of(ByteReader& bytes) {
  std::string text, buffer(size_t{1} << 20, '\0');
  while (const size_t count = bytes.read(buffer.data(), buffer.size())) text.append(buffer, 0, count);
  return text;
}

DriftWindow read_file_as_window(WindowFile& file, const std::string& path, const ReadOptions& options) {
  DriftWindow window;
  window.path = path;
  try {
    if (file.is_profile()) {
      window.profile = parse_profile(all_of(file));
      return window;
    }
    ReadResult read = file.is_json() ? read_json_rows(file, options) : read_csv(file, options);
    window.remarks = read_remarks(path, read.report, read.schema);
    window.profile = make_profile(read.table, read.report.retyped);
    window.rows = std::move(read.table);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadData) throw;
    throw Error(ErrorCode::kBadData, fmt::format("{}: {}", path, error.what()));
  }
  if (window.profile.row_count == 0) throw Error(ErrorCode::kBadData, fmt::format("{} has no rows", path));
  return window;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// The rules, with the types of a window's columns where they say nothing.
ColumnRules with_types_of(ColumnRules rules, const Profile& profile) {
  const ColumnRules given = rules;
  for (const auto& column : profile.columns) {
    if (has(given.numeric, column.name) || has(given.categorical, column.name) || has(given.date, column.name))
      continue;
    auto& names = column.type == ColumnType::kCategory ? rules.categorical
                  : column.type == ColumnType::kTime   ? rules.date
                                                       : rules.numeric;
    names.push_back(column.name);
  }
  return rules;
}

}  // namespace

DriftWindows read_windows(const std::string& reference, const std::string& current, const ColumnRules& rules,
                          const std::string& rows_pointer, const ReadProgress& progress) {
  WindowFile reference_file = open_window(reference, progress), current_file = open_window(current, progress);
  const ReadOptions options{rules, {}, rows_pointer};
  const auto with_types = [&](const DriftWindow& other) {
    return ReadOptions{with_types_of(rules, other.profile), {}, rows_pointer};
  };
  DriftWindows windows;
  if (current_file.is_profile() && !reference_file.is_profile()) {
    windows.current = read_file_as_window(current_file, current, options);
    windows.reference = read_file_as_window(reference_file, reference, with_types(windows.current));
  } else {
    windows.reference = read_file_as_window(reference_file, reference, options);
    windows.current = read_file_as_window(current_file, current, with_types(windows.reference));
  }
  return windows;
}

}  // namespace veleta
