#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace veleta::data_api {

/// A state or territory of the United States, as the market sees it.
struct State {
  std::string_view name;
  double price_index;          ///< price of the same house against the country's middle
  double population_millions;  ///< how many listings it has, relatively
  uint32_t first_zip;          ///< its zip codes go up from here
};

/// The 53: fifty states, the District of Columbia, Puerto Rico and the Virgin Islands.
std::span<const State> states();

struct City {
  uint32_t state;  ///< index into states()
  double weight;   ///< share of the country's listings
  double level;    ///< ln of its prices against the state's
  uint32_t first_zip, zip_count;
  uint32_t first_broker, broker_count;
  std::string name;
  std::string name_json;  ///< what stands between the quotes of its name in JSON
};

struct Zip {
  uint32_t code;
  double level;  ///< ln of its prices against the city's
};

struct Broker {
  uint32_t code;
  double level;  ///< ln of what this broker gets against others
};

/// The places where houses stand and the people who sell them: the same for every group and batch of a seed.
/// Immutable, hence thread-safe.
class Geography {
 public:
  explicit Geography(uint64_t seed);

  const std::vector<City>& cities() const { return cities_; }
  const std::vector<Zip>& zips() const { return zips_; }
  const std::vector<Broker>& brokers() const { return brokers_; }

 private:
  void found_cities(uint64_t seed);
  void lay_zips(uint64_t seed);
  void settle_brokers(uint64_t seed);

  std::vector<City> cities_;
  std::vector<Zip> zips_;
  std::vector<Broker> brokers_;
};

}  // namespace veleta::data_api
