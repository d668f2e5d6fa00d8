#pragma once

#include <optional>
#include <string>

#include "veleta/abi.h"

namespace veleta {

/// What a source found.
struct Batch {
  enum class Outcome { kBatch = VELETA_BATCH, kEndOfData = VELETA_END_OF_DATA, kNothingNew = VELETA_NOTHING_NEW };
  enum class Format { kArrow = VELETA_ARROW_ROWS, kJsonRows = VELETA_JSON_ROWS, kCsv = VELETA_CSV_ROWS };

  Outcome outcome = Outcome::kBatch;
  Format format = Format::kCsv;            ///< of the payload; kArrow: the rows are in `rows` and there is no payload
  std::optional<std::string> id = {};      ///< the batch's identity; absent: it stands in the payload at id_pointer
  std::optional<std::string> cursor = {};  ///< where the next call goes on; opaque to the host
  std::string origin = {};                 ///< for the record: a URL, a file and its rows
  std::string rows_pointer = {};           ///< kJsonRows: RFC 6901 pointer to the array of rows
  std::string id_pointer = {};             ///< kJsonRows: RFC 6901 pointer to the identity
  ArrowArrayStream rows{};                 ///< kArrow: moves to the host
  bool may_have_skipped = false;           ///< an earlier try failed so that a batch may have been lost before this one
};

}  // namespace veleta
