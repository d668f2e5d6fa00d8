#pragma once

#include <array>
#include <optional>
#include <string>

#include "listings.hpp"
#include "misbehaviour.hpp"

namespace veleta::data_api {

/// What is asked for, and how it is to be told.
struct BatchOrder {
  unsigned group = 1;
  std::string day;     ///< empty: not told
  unsigned batch = 0;  ///< index into chapters()
  double scale = 1;
  uint64_t seed = 0;
  bool rows_as_lists = false;  ///< the earlier edition: lists of texts instead of objects
  std::optional<Fault> fault;  ///< those that concern the rows
};

/// The JSON answer for one batch, made piece by piece: a piece is all that is ever in memory. The same order gives the
/// same text. Not thread-safe; the geography must outlive it.
class BatchText {
 public:
  BatchText(const Geography& geography, const BatchOrder& order);

  /// Appends about 64 kB; false once the text is complete.
  bool append_piece(std::string& text);
  uint32_t rows() const { return rows_; }

 private:
  static constexpr size_t kColumns = 12;

  void append_row(std::string& text, const Listing& listing) const;
  void append_house_size(std::string& text, const Listing& listing) const;
  void append_head(std::string& text) const;

  BatchOrder order_;
  uint32_t rows_;
  uint32_t row_ = 0;
  Listings listings_;
  std::optional<Listing> last_;               ///< what Fault::kDuplicates repeats
  std::array<std::string, kColumns> before_;  ///< what stands before a column's value: comma, name, quote
  std::array<std::string, kColumns> after_;   ///< and after it
};

}  // namespace veleta::data_api
