#include <fmt/format.h>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>
#include <veleta/source.hpp>

#include "row_reader.hpp"

namespace {

namespace fs = std::filesystem;
using veleta::Batch;
using veleta::Error;
using veleta::ErrorCode;

constexpr double kUnendedSettle_s = 2;  ///< at least, for a last row without a line end; so long is waited for
constexpr std::chrono::milliseconds kPause{20};

/// Where a cut file goes on.
struct Place {
  uint64_t batch = 0;  ///< number of the next batch
  uint64_t rows = 0;   ///< rows before it, the header not counted
};

Place parse_place(const std::optional<std::string>& cursor) {
  if (!cursor) return {};
  boost::system::error_code code;
  const auto value = boost::json::parse(*cursor, code);
  if (code || !value.is_object() || !value.get_object().contains("batch") || !value.get_object().contains("rows"))
    throw Error(ErrorCode::kBadData,
                "the cursor '" + *cursor + "' is not one of the csv source: was this pipeline fed by another?");
  return {value.at("batch").to_number<uint64_t>(), value.at("rows").to_number<uint64_t>()};
}

/// Whether so long has passed since a file was written. A time that is as far in the future is another clock's.
bool is_settled(fs::file_time_type written, double settle_s) {
  const std::chrono::duration<double> age = fs::file_time_type::clock::now() - written;
  return std::abs(age.count()) >= settle_s;
}

/// Brings batches from one CSV file, or from a folder of them.
class CsvSource final : public veleta::Source {
 public:
  CsvSource(const veleta::Params& params, const veleta::Host& host)
      : host_(host),
        path_(params.text("path")),
        batch_rows_(static_cast<uint64_t>(params.integer("batch_rows"))),
        settle_s_(params.number("settle_s")),
        header_(params.text("header")) {}

  Batch next(const std::optional<std::string>& cursor, veleta::PayloadWriter& payload) override {
    std::error_code code;
    const auto status = fs::status(path_, code);
    if (!fs::exists(status))
      throw Error(ErrorCode::kUnavailable, fmt::format("cannot read {}: {}", path_.string(), code.message()));
    return with_errors_told(
        [&] { return fs::is_directory(status) ? next_file(cursor, payload) : cut(parse_place(cursor), payload); });
  }

  /// The cursor alone says where to go on.
  bool rewind() override { return true; }

 private:
  template <typename Action>
  Batch with_errors_told(Action&& action) const {
    try {
      return action();
    } catch (const Error&) {
      throw;
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorCode::kUnavailable, error.what());
    } catch (const std::exception& error) {
      throw Error(ErrorCode::kBadData, fmt::format("{}: {}", path_.string(), error.what()));
    }
  }

  static bool is_complete(const csv_source::Row& row, size_t cells) {
    return row.is_ended || (!row.in_quotes && row.cells >= cells);
  }

  /// Whether the file is as it was and has settled, which is waited for where that does not take long.
  bool is_left_alone(fs::file_time_type written, bool may_wait) const {
    while (!is_settled(written, std::max(settle_s_, kUnendedSettle_s))) {
      if (!may_wait || settle_s_ > kUnendedSettle_s || fs::last_write_time(path_) != written) return false;
      if (host_.is_cancelled()) throw Error(ErrorCode::kCancelled, "cancelled");
      std::this_thread::sleep_for(kPause);
    }
    return fs::last_write_time(path_) == written;
  }

  /// A last row without a line end may still be being written, and its last value cut: it is left for the next batch
  /// until the file has settled.
  bool is_written(const csv_source::Row& row, size_t cells, fs::file_time_type written, bool is_alone) const {
    if (row.is_ended) return true;
    const bool is_done = is_complete(row, cells) && is_left_alone(written, is_alone);
    if (!is_done) host_.warn(path_.string() + " ends within a row, which is left for the next batch");
    return is_done;
  }

  void require_header(const csv_source::Row& header, const csv_source::Row& row) const {
    if (header_ != "auto" || !csv_source::looks_like_row(header, row)) return;
    throw Error(ErrorCode::kInvalidArgument,
                path_.string() +
                    " seems to begin with a row, not with the columns' names, which are repeated in each batch: write "
                    "header = \"no\" in [source] and the names in [columns] names, or header = \"yes\" if it is right");
  }

  Batch cut(const Place& place, veleta::PayloadWriter& payload) {
    const auto written = fs::last_write_time(path_);
    csv_source::RowReader reader(path_);
    csv_source::Row header, row;
    if (header_ != "no" && !reader.next(header))
      throw Error(ErrorCode::kBadData, path_.string() + " is empty: expected a line of column names");
    size_t cells = header.cells;
    for (uint64_t passed = 0; passed < place.rows; ++passed) {
      if (!reader.next(row) || !is_complete(row, cells))
        throw Error(ErrorCode::kBadData,
                    fmt::format("{} has {} rows, but {} were taken from it before: was it replaced?", path_.string(),
                                passed, place.rows));
      if (cells == 0) cells = row.cells;
    }
    uint64_t rows = 0;
    bool is_held_back = false;
    for (; (batch_rows_ == 0 || rows < batch_rows_) && reader.next(row); ++rows) {
      is_held_back = !is_written(row, cells, written, rows == 0);
      if (is_held_back) break;
      if (rows == 0 && (batch_rows_ > 0 || place.rows > 0)) require_header(header, row);
      if (rows == 0) payload.write(header.text);
      payload.write(row.text);
      if (cells == 0) cells = row.cells;
      if (host_.is_cancelled()) throw Error(ErrorCode::kCancelled, "cancelled");
    }
    Batch batch;
    if (rows == 0) {
      batch.outcome = is_held_back ? Batch::Outcome::kNothingNew : Batch::Outcome::kEndOfData;
      return batch;
    }
    batch.id = std::to_string(place.batch);
    batch.cursor = fmt::format(R"({{"batch":{},"rows":{}}})", place.batch + 1, place.rows + rows);
    batch.origin = fmt::format("{}, rows {} to {}", path_.string(), place.rows + 1, place.rows + rows);
    return batch;
  }

  static bool is_batch_file(const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return entry.is_regular_file() && !name.starts_with(".") && (name.ends_with(".csv") || name.ends_with(".csv.gz"));
  }

  /// The first file whose name comes after the last one taken.
  std::optional<fs::path> file_after(const std::string& last) const {
    std::optional<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (!is_batch_file(entry) || entry.path().filename().string() <= last) continue;
      if (!found || entry.path().filename() < found->filename()) found = entry.path();
    }
    return found;
  }

  Batch next_file(const std::optional<std::string>& cursor, veleta::PayloadWriter& payload) {
    Batch batch;
    const auto file = file_after(cursor.value_or(""));
    // A file that is not settled keeps those after it waiting: the cursor would pass it over for ever.
    if (!file || !is_settled(fs::last_write_time(*file), settle_s_)) {
      batch.outcome = Batch::Outcome::kNothingNew;
      return batch;
    }
    std::ifstream in(*file, std::ios::binary);
    std::string block(size_t{1} << 18, '\0');
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)
      payload.write({block.data(), static_cast<size_t>(in.gcount())});
    if (in.bad() || !in.eof()) throw Error(ErrorCode::kUnavailable, "cannot read " + file->string());
    batch.id = batch.cursor = file->filename().string();
    batch.origin = file->string();
    return batch;
  }

  const veleta::Host host_;
  const fs::path path_;
  const uint64_t batch_rows_;
  const double settle_s_;
  const std::string header_;
};

VELETA_SOURCE(
    CsvSource, "csv", "1.0.0",
    veleta::text_param("path", veleta::required, "a CSV file, or a folder of them (*.csv, *.csv.gz)"),
    veleta::integer_param("batch_rows", 0, "a file: rows of a batch; 0: the whole file is one").min(0).unit("rows"),
    veleta::text_param(
        "header", "auto",
        "a file: whether its first line names the columns; auto: yes, and an error if it looks like a row")
        .choices({"auto", "yes", "no"}),
    veleta::number_param("settle_s", 0,
                         "how long a folder's file must have been left alone to be taken, or a file, 2 s at least, for "
                         "a last row without a line end")
        .min(0)
        .unit("s"))

}  // namespace
