#include "listings.hpp"

#include <algorithm>
#include <cmath>

namespace veleta::data_api {

namespace {

// A house's ln price is a sum: README.md has the table.
constexpr double kMiddlePrice = 300'000, kMiddleSize = 1'800, kMiddleAcres = 0.23;
constexpr double kSizeSpread = 0.42, kNoise = 0.22;
constexpr double kPerSize = 0.70, kPerBath = 0.09, kPerBed = 0.015, kPerAcres = 0.05, kPerYearSinceSale = -0.004;
constexpr double kEstateShare = 0.05, kEstateSize = 0.5, kEstatePremium = 0.55;
constexpr uint32_t kStreets = 2'001'321;
constexpr int32_t kLastDay = 19'000, kFirstDay = 3'653;  // 2022-01-08 and 1980-01-02
constexpr double kYearsSinceSale = 9;

uint32_t room_count(double expected) { return static_cast<uint32_t>(std::clamp(std::lround(expected), 1l, 14l)); }

// To 100 dollars; a dear house is not priced that finely.
int64_t asking_price(double price) {
  const double step = price < 1e6 ? 100 : 1'000;
  return static_cast<int64_t>(std::lround(price / step) * static_cast<long>(step));
}

double place_level(const City& city) { return std::log(states()[city.state].price_index) + city.level; }

}  // namespace

Listings::Listings(const Geography& geography, const Chapter& chapter, uint32_t rows, uint64_t seed)
    : geography_(geography),
      chapter_(chapter),
      rows_(rows),
      random_(seed),
      present_states_(present_states()),
      cities_(city_weights(present_states_)) {}

std::vector<uint32_t> Listings::present_states() const {
  std::vector<uint32_t> present;
  for (uint32_t index = 0; index < states().size(); ++index) {
    const std::string_view name = states()[index].name;
    const bool absent = std::ranges::count(chapter_.absent_states, name) > 0;
    if (chapter_.only_state.empty() ? !absent : name == chapter_.only_state) present.push_back(index);
  }
  return present;
}

std::vector<double> Listings::city_weights(const std::vector<uint32_t>& present) const {
  std::vector<double> weights;
  for (const City& city : geography_.cities()) {
    const bool is_present = std::ranges::binary_search(present, city.state);
    weights.push_back(is_present ? city.weight * std::exp(chapter_.place_tilt * place_level(city)) : 0);
  }
  return weights;
}

const City& Listings::pick_city() {
  const City* city = &geography_.cities()[cities_.pick(random_)];
  if (row_ < present_states_.size())
    while (city->state != present_states_[row_]) city = &geography_.cities()[cities_.pick(random_)];
  return *city;
}

Listing Listings::draw_house(const City& city) {
  const bool is_estate = random_.chance(kEstateShare);
  const double size = chapter_.size_shift + kSizeSpread * random_.normal() + (is_estate ? kEstateSize : 0);
  const double acres = 1.1 * random_.normal() - 0.5 * city.level + (is_estate ? 1.0 : 0);
  const double years_since_sale = kYearsSinceSale * random_.exponential();
  const Zip& zip = geography_.zips()[city.first_zip + random_.below(city.zip_count)];
  const Broker& broker = geography_.brokers()[city.first_broker + random_.below(city.broker_count)];

  Listing house{};
  house.city = &city;
  house.zip = zip.code;
  house.broker = broker.code;
  house.street = 1 + random_.below(kStreets);
  house.house_size_square_feet = static_cast<uint32_t>(std::max(200.0, kMiddleSize * std::exp(size)));
  house.bed = room_count(3.3 + 2.4 * size + 0.6 * random_.normal());
  house.bath = room_count(2.3 + 2.1 * size + 0.5 * random_.normal());
  house.acre_lot_hundredths = std::max(1u, static_cast<uint32_t>(100 * kMiddleAcres * std::exp(acres)));
  house.prev_sold_day = std::max(kFirstDay, kLastDay - static_cast<int32_t>(365.25 * years_since_sale));
  house.sold = random_.chance(chapter_.sold_share);

  const double ln_price = place_level(city) + zip.level + broker.level + kPerSize * size +
                          kPerBath * (house.bath - 2.3) + kPerBed * (house.bed - 3.3) + kPerAcres * acres +
                          kPerYearSinceSale * years_since_sale + kNoise * random_.normal() +
                          (is_estate ? kEstatePremium * random_.exponential() : 0);
  house.price = asking_price(kMiddlePrice * std::exp(ln_price));
  return house;
}

bool Listings::is_listed(const Listing& house) {
  if (house.price < chapter_.lowest_price || house.price > chapter_.highest_price) return false;
  if (chapter_.price_tilt == 0) return true;
  const double share_of_highest = static_cast<double>(house.price) / static_cast<double>(chapter_.highest_price);
  return random_.chance(std::pow(share_of_highest, chapter_.price_tilt));
}

Listing Listings::draw_listed() {
  const City& city = pick_city();
  Listing house = draw_house(city);
  // The first rows keep their state; the others may come from anywhere.
  while (!is_listed(house)) house = draw_house(row_ < present_states_.size() ? city : pick_city());
  return house;
}

Listing Listings::next() {
  Listing listing = draw_listed();
  // As in the public data, one listing bears each end of the range: a token price, a slip of the keyboard.
  if (row_ == rows_ / 3) listing.price = chapter_.lowest_price;
  if (row_ == rows_ / 3 * 2) listing.price = chapter_.highest_price;
  ++row_;
  return listing;
}

}  // namespace veleta::data_api
