#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "data/schema.hpp"
#include "data/table.hpp"
#include "veleta/arrow.h"

namespace veleta {

/// Bytes that come one block after the other.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  /// Fills up to `capacity` bytes; 0 at the end. Throws Error where the bytes cannot be had.
  virtual size_t read(char* buffer, size_t capacity) = 0;
};

std::unique_ptr<ByteReader> open_file(const std::string& path);
std::unique_ptr<ByteReader> read_text(std::string text);
/// The same bytes, uncompressed if they begin as gzip does.
std::unique_ptr<ByteReader> gunzip_if_needed(std::unique_ptr<ByteReader> bytes);

/// Cells of one column that did not fit the schema: read as missing, and told.
struct ColumnIssues {
  std::string name;
  size_t retyped_count = 0;     ///< cells that are not of the column's type
  std::string retyped_example;  ///< the first of them
  size_t retyped_row = 0;       ///< its row, from 0
};

/// What the reader met besides rows.
struct ReadReport {
  std::vector<std::string> missing_columns;     ///< in the schema, in no row
  std::vector<std::string> unexpected_columns;  ///< in some row, not in the schema; left out of the table
  std::vector<std::string> ignored_columns;     ///< in some row, left out as the rules say
  std::vector<ColumnIssues> retyped;            ///< only columns with such cells
  bool truncated_last_line = false;             ///< CSV ended inside a row, which was left out
};

struct ReadOptions {
  ColumnRules rules;
  std::optional<Schema> schema;  ///< absent: infer it
  std::string rows_pointer;      ///< JSON: RFC 6901 pointer to the array of rows; "" for a bare array
};

struct ReadResult {
  Table table;    ///< columns in the schema's order
  Schema schema;  ///< the one given, or the one inferred
  ReadReport report;
  json::value envelope;  ///< JSON: the document without its rows (an empty array stands in their place)
};

/// Reads RFC 4180 CSV with a header line: quotes, CRLF or LF, a byte order mark, empty cells as missing, gzip.
/// Cells "", "NA", "N/A", "NaN", "null", "NULL", "None" are missing. Memory: the table and one block.
///
/// Inference: a column named in the rules has that type. Of the others one is a number if all present cells are
/// numbers, a time if all are ISO dates, else a category. A category's label is trimmed; a whole number in it has one
/// spelling ("00601", "601.0" and 601 are "601").
/// Throws kBadData with the line where a row has too many or too few cells or a quote never ends.
ReadResult read_csv(ByteReader& bytes, const ReadOptions& options);

/// Reads an array of rows inside a JSON document: objects, or lists (names then come from rules.names). Strings that
/// hold numbers count as numbers where the column is one. Memory: the table and one block of rows, whatever the
/// document's size. Throws kBadData with the byte or row where the document is broken, ends too early, or has no array
/// at rows_pointer.
ReadResult read_json_rows(ByteReader& bytes, const ReadOptions& options);

/// Reads an Arrow stream of struct arrays, and releases it. Types: integers, floats, utf8, large_utf8, dictionary of
/// utf8, boolean, date32, date64, timestamp; others are refused by name (kUnsupported). Holds it to the schema as the
/// others do.
ReadResult read_arrow(ArrowArrayStream& stream, const ReadOptions& options);

/// The table as an Arrow stream of one batch, which shares nothing with the table. The caller releases it.
void export_arrow(const Table& table, ArrowArrayStream* out);

/// Writes the table as RFC 4180 CSV, with a header.
std::string to_csv(const Table& table);

/// One row per JSON object, strictly typed, for a request: unknown columns, values of a wrong type and rows that are no
/// object are problems, a hundred at most, each with a JSON pointer below `pointer`; absent and null cells are missing.
struct RowProblem {
  std::string pointer;   ///< "/rows/0/bed"
  std::string expected;  ///< "a number"
  std::string found;     ///< "a string"
};
Table table_from_json_rows(const json::array& rows, const Schema& schema, const ColumnRules& rules,
                           const std::string& pointer, std::vector<RowProblem>& problems);

}  // namespace veleta
