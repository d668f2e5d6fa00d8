#include "geography.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "city_names.hpp"
#include "json_text.hpp"
#include "random.hpp"

namespace veleta::data_api {

namespace {

constexpr double kCitySpread = 0.24, kZipSpread = 0.12, kBrokerSpread = 0.05;  // of ln price
constexpr uint32_t kBrokerCount = 100'000, kBrokerCodes = 110'143;

// Larger states have more cities, but not as many more as they have people.
size_t city_count(const State& state) {
  return static_cast<size_t>(38 * std::pow(state.population_millions, 0.75)) + 4;
}

uint32_t zip_count(const City& city) { return 1 + static_cast<uint32_t>(std::min(40.0, city.weight * 9'000)); }

}  // namespace

Geography::Geography(uint64_t seed) {
  found_cities(mix(seed, 1));
  lay_zips(mix(seed, 2));
  settle_brokers(mix(seed, 3));
}

void Geography::found_cities(uint64_t seed) {
  Random random(seed);
  for (uint32_t index = 0; index < states().size(); ++index) {
    const State& state = states()[index];
    const std::vector<std::string> names = city_names(state.name, city_count(state), random);
    double weights = 0;  // by Zipf's law, softened at the top
    for (size_t rank = 0; rank < names.size(); ++rank) weights += 1 / (static_cast<double>(rank) + 4);
    for (size_t rank = 0; rank < names.size(); ++rank) {
      const double share = 1 / (static_cast<double>(rank) + 4) / weights;
      cities_.push_back({index, share * state.population_millions, kCitySpread * random.normal(), 0, 0, 0, 0,
                         names[rank], json_escaped(names[rank])});
    }
  }
  double people = 0;
  for (const City& city : cities_) people += city.weight;
  for (City& city : cities_) city.weight /= people;
}

void Geography::lay_zips(uint64_t seed) {
  Random random(seed);
  uint32_t code = 0;
  for (size_t index = 0; index < cities_.size(); ++index) {
    City& city = cities_[index];
    if (index == 0 || cities_[index - 1].state != city.state) code = states()[city.state].first_zip;
    city.first_zip = static_cast<uint32_t>(zips_.size());
    city.zip_count = zip_count(city);
    for (uint32_t i = 0; i < city.zip_count; ++i) zips_.push_back({code++, kZipSpread * random.normal()});
  }
}

void Geography::settle_brokers(uint64_t seed) {
  Random random(seed);
  std::vector<uint32_t> codes(kBrokerCodes);  // shuffled: a code says nothing of the place
  std::iota(codes.begin(), codes.end(), 1u);
  for (uint32_t i = kBrokerCodes - 1; i > 0; --i) std::swap(codes[i], codes[random.below(i + 1)]);
  for (City& city : cities_) {
    city.first_broker = static_cast<uint32_t>(brokers_.size());
    const auto wanted = 2 + static_cast<uint32_t>(city.weight * 0.85 * kBrokerCount);
    city.broker_count = std::min(wanted, kBrokerCodes - city.first_broker);
    for (uint32_t i = 0; i < city.broker_count; ++i)
      brokers_.push_back({codes[brokers_.size()], kBrokerSpread * random.normal()});
  }
}

}  // namespace veleta::data_api
