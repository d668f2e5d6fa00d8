#include "city_names.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace veleta::data_api {

namespace {

constexpr std::array kPuertoRico = {
    "Adjuntas",     "Aguada",   "Aguadilla",  "Aibonito", "Añasco",        "Arecibo",    "Arroyo",   "Barceloneta",
    "Barranquitas", "Bayamón",  "Cabo Rojo",  "Caguas",   "Camuy",         "Canóvanas",  "Carolina", "Cataño",
    "Cayey",        "Ciales",   "Coamo",      "Comerío",  "Corozal",       "Dorado",     "Fajardo",  "Guánica",
    "Guayama",      "Guaynabo", "Hatillo",    "Humacao",  "Isabela",       "Juana Díaz", "Lajas",    "Lares",
    "Loíza",        "Manatí",   "Mayagüez",   "Moca",     "Orocovis",      "Peñuelas",   "Ponce",    "Quebradillas",
    "Rincón",       "Salinas",  "San Germán", "San Juan", "San Sebastián", "Toa Alta",   "Utuado",   "Vega Baja"};
constexpr std::array kVirginIslands = {"Charlotte Amalie", "Christiansted", "Frederiksted",
                                       "Cruz Bay",         "Kingshill",     "Coral Bay"};
constexpr std::array kDistrictOfColumbia = {"Washington"};

constexpr std::array kBefore = {"",       "",       "",      "",      "",      "",     "",      "",
                                "North ", "South ", "East ", "West ", "Lake ", "New ", "Port ", "Mount "};
constexpr std::array kFirst = {
    "Ash",    "Bay",   "Birch",   "Black", "Bridge", "Brook",  "Burling", "Cedar",  "Chester", "Clay",    "Clear",
    "Clin",   "Cold",  "Crystal", "Dan",   "Dear",   "Eagle",  "Edge",    "Elm",    "Fair",    "Fern",    "Frank",
    "George", "Glen",  "Grand",   "Green", "Hamp",   "Harris", "Hart",    "Hazel",  "Hunting", "Jackson", "Kings",
    "Lan",    "Law",   "Lex",     "Madi",  "Maple",  "Marsh",  "Mill",    "Nor",    "Oak",     "Orange",  "Pine",
    "Plain",  "Rich",  "River",   "Rock",  "Rose",   "Salem",  "Shel",    "Silver", "Spring",  "Stan",    "Stone",
    "Sunny",  "Thorn", "Union",   "Wake",  "Wal",    "White",  "Wil",     "Win",    "Wood"};
constexpr std::array kLast = {"ton",      "field",    "ville",  "wood",   "burg",   "ford",    "dale",  "port",
                              "land",     "view",     "ham",    "mont",   "side",   "borough", "bury",  " City",
                              " Springs", " Heights", " Grove", " Falls", " Beach", " Creek",  " Park", " Hills"};

template <size_t Count>
std::vector<std::string> first_names(const std::array<const char*, Count>& names, size_t count) {
  return {names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(count, Count))};
}

template <size_t Count>
const char* one_of(const std::array<const char*, Count>& parts, Random& random) {
  return parts[random.below(Count)];
}

}  // namespace

std::vector<std::string> city_names(std::string_view state, size_t count, Random& random) {
  if (state == "Puerto Rico") return first_names(kPuertoRico, count);
  if (state == "Virgin Islands") return first_names(kVirginIslands, count);
  if (state == "District of Columbia") return first_names(kDistrictOfColumbia, count);
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  while (names.size() < count) {
    std::string name = std::string(one_of(kBefore, random)) + one_of(kFirst, random) + one_of(kLast, random);
    if (taken.insert(name).second) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace veleta::data_api
