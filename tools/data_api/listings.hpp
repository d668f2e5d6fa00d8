#pragma once

#include <cstdint>

#include "geography.hpp"
#include "random.hpp"
#include "story.hpp"

namespace veleta::data_api {

/// One row of a batch.
struct Listing {
  const City* city;
  uint32_t broker, street, zip;  ///< codes
  bool sold;
  int64_t price;  ///< US dollars
  uint32_t bed, bath;
  uint32_t acre_lot_hundredths;
  uint32_t house_size_square_feet;
  int32_t prev_sold_day;  ///< days since 1970-01-01
};

/// Draws the listings of a chapter one by one: houses of the country, of which those on the chapter's list are kept, so
/// that price depends on size, place and rooms as everywhere. The first rows come from all states in turn: each one
/// occurs. The same seed gives the same listings. Not thread-safe; the geography must outlive it.
class Listings {
 public:
  Listings(const Geography& geography, const Chapter& chapter, uint32_t rows, uint64_t seed);
  Listing next();

 private:
  std::vector<double> city_weights(const std::vector<uint32_t>& present_states) const;
  std::vector<uint32_t> present_states() const;
  const City& pick_city();
  Listing draw_house(const City& city);
  bool is_listed(const Listing& house);
  Listing draw_listed();

  const Geography& geography_;
  const Chapter& chapter_;
  uint32_t rows_;
  uint32_t row_ = 0;
  Random random_;
  std::vector<uint32_t> present_states_;
  WeightedChoice cities_;
};

}  // namespace veleta::data_api
