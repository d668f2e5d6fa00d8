#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace veleta::data_api {

/// How one batch differs from the others. The relation of a house to its price is the same in all: what changes is
/// which houses are on the list, as the mission's table of batches says.
struct Chapter {
  uint32_t rows;
  double sold_share;                            ///< of rows with the status "sold"; the others are "for_sale"
  int64_t lowest_price, highest_price;          ///< both occur
  std::vector<std::string_view> absent_states;  ///< of the 53
  std::string_view only_state;                  ///< empty: all but the absent ones
  double size_shift;                            ///< of the mean ln house size
  double place_tilt;  ///< a place of price level l is exp(place_tilt * l) times as frequent as in the country
  double price_tilt;  ///< >= 0: a house is listed with the probability (price / highest_price) ^ price_tilt
};

/// The batches, in order.
const std::vector<Chapter>& chapters();

/// Rows of a chapter at a scale: never below 60, so that the smallest batch still is one.
uint32_t scaled_rows(const Chapter& chapter, double scale);

}  // namespace veleta::data_api
