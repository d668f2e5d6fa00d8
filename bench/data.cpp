// Reading the mission's largest batch (361,457 rows of 12 columns) from text in memory into a table.
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "batches.hpp"
#include "harness.hpp"

namespace veleta::bench {
namespace {

/// Bytes that somebody else keeps.
class BorrowedBytes : public ByteReader {
 public:
  explicit BorrowedBytes(std::string_view bytes) : bytes_(bytes) {}
  size_t read(char* buffer, size_t capacity) override {
    const size_t count = bytes_.copy(buffer, capacity);
    bytes_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view bytes_;
};

Table read_as_csv(std::string_view text, const ReadOptions& options) {
  BorrowedBytes bytes(text);
  return read_csv(bytes, options).table;
}

/// What people write by hand: lines, cells, numbers where they are some; every text a string of its own. No quotes.
size_t read_csv_by_hand(const std::string& text) {
  std::istringstream lines(text);
  std::string line, cell;
  std::map<size_t, std::vector<double>> numbers;
  std::map<size_t, std::vector<std::string>> texts;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    for (size_t column = 0; std::getline(cells, cell, ','); ++column) {
      char* end = nullptr;
      const double number = std::strtod(cell.c_str(), &end);
      if (!cell.empty() && *end == '\0')
        numbers[column].push_back(number);
      else
        texts[column].push_back(cell);
    }
  }
  return numbers.size() + texts.size();
}

/// The whole document as simdjson's tree, which is no table yet: the floor.
void parse_by_simdjson(const simdjson::padded_string& text) {
  simdjson::dom::parser parser;
  benchmark::DoNotOptimize(parser.parse(text).value().type());
}

/// simdjson's tree, then every cell taken out of it into columns of doubles and strings.
void read_by_simdjson(const simdjson::padded_string& text) {
  simdjson::dom::parser parser;
  std::map<std::string_view, std::vector<double>> numbers;
  std::map<std::string_view, std::vector<std::string>> texts;
  for (const simdjson::dom::object row : parser.parse(text).at_pointer("/data").get_array())
    for (const auto [name, value] : row)
      if (value.is_number())
        numbers[name].push_back(value.get_double());
      else if (value.is_string())
        texts[name].emplace_back(std::string_view(value));
  benchmark::DoNotOptimize(numbers.size() + texts.size());
}

void write_file(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

void add_all() {
  static const std::string json = batch_json(5);
  static const simdjson::padded_string padded(json);
  static const ReadOptions options = realty_options();
  static const Table table = read_as_csv(to_csv(batch_table(5)), options);
  static const std::string csv = to_csv(table);
  static const Schema schema = schema_of(table);
  const Amount csv_amount{table.row_count(), csv.size()}, json_amount{table.row_count(), json.size()};

  add("csv, types by the config", "veleta", csv_amount, [] { read_as_csv(csv, options); });
  add("csv, types by the config", "getline + strtod", csv_amount, [] { read_csv_by_hand(csv); });
  add("csv, types inferred", "veleta", csv_amount, [] { read_as_csv(csv, {}); });
  add("csv, held to a schema", "veleta", csv_amount, [] { read_as_csv(csv, {options.rules, schema, ""}); });
  add("json rows", "veleta", json_amount, [] {
    BorrowedBytes bytes(json);
    read_json_rows(bytes, options);
  });
  add("json rows", "simdjson, tree alone", json_amount, [] { parse_by_simdjson(padded); });
  add("json rows", "simdjson, into columns", json_amount, [] { read_by_simdjson(padded); });
  add("hash of each row", "veleta", {table.row_count(), 0}, [] { row_hashes(table); });

  if (!has_python()) return;
  static const std::filesystem::path folder = std::filesystem::temp_directory_path() / "veleta_bench_data";
  std::filesystem::create_directories(folder);
  const std::string csv_file = folder / "rows.csv", json_file = folder / "rows.json";
  write_file(csv_file, csv);
  write_file(json_file, json);
  add_python("csv, types by the config", "pandas.read_csv", csv_amount, "read_csv", {csv_file});
  add_python("csv, types by the config", "python's csv", csv_amount, "read_csv_plainly", {csv_file});
  add_python("json rows", "json + DataFrame", json_amount, "read_json", {json_file});
}

}  // namespace
}  // namespace veleta::bench

int main(int argc, char** argv) {
  veleta::bench::add_all();
  return veleta::bench::run(argc, argv);
}
