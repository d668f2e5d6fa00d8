#include "every_kind_of_cell.hpp"

#include <fmt/format.h>
#include <cmath>
#include <random>

namespace veleta::testing {

namespace {

class Cells {
 public:
  explicit Cells(uint32_t seed) : random_(seed) {}

  double share() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  bool chance(double p) { return share() < p; }

  template <typename Value>
  Value one_of(std::initializer_list<Value> values) {
    return values.begin()[below(static_cast<int>(values.size()))];
  }

 private:
  std::mt19937 random_;
};

/// One code in the spellings that mean the same.
json::value spelt_code(int code, Cells& cells) {
  switch (cells.below(5)) {
    case 0: return code;
    case 1: return static_cast<double>(code);
    case 2: return json::string(std::to_string(code));
    case 3: return json::string(fmt::format("0{}", code));
    default: return json::string(fmt::format(" {}.0", code));
  }
}

std::string spelt_time(int day, Cells& cells) {
  const std::string date = fmt::format("{:04}-{:02}-{:02}", 1965 + day / 360, 1 + day / 30 % 12, 1 + day % 28);
  switch (cells.below(6)) {
    case 0: return date + fmt::format("T{:02}:30", day % 24);
    case 1: return date + " 23:59:60";
    case 2: return date + "T10:00:00.125+05:30";
    case 3: return date + "T02:00:00Z";
    case 4: return date + "T20:15-08";
    default: return date;
  }
}

std::string spelt_city(int city, Cells& cells) {
  const std::string name = fmt::format("Málaga {}", city);
  return cells.one_of<std::string>({name, fmt::format("  {}\t", name), fmt::format("MálAGA {}", city)});
}

/// With these, missing and unknown cells are as frequent as training needs to learn of them.
void lose_some(json::object& row, Cells& cells, double share) {
  static constexpr std::array kMissing = {"", "NA", "N/A", "NaN", "null", "NULL", "None", " \t"};
  for (auto& [name, cell] : row) {
    if (!cells.chance(share)) continue;
    const bool is_number = name == "size" || name == "rooms" || name == "ratio";
    if (is_number || cells.chance(0.5))
      cell = nullptr;
    else
      cell = kMissing[static_cast<size_t>(cells.below(kMissing.size()))];
  }
}

json::object inputs(Cells& cells) {
  const int zip = 600 + cells.below(40), day = cells.below(18000);
  return {{"size", 50 + 200 * cells.share()},
          {"rooms", 1 + cells.below(6)},
          {"ratio", cells.one_of<json::value>({1e-9 * cells.below(9), -3, 0.1, 2.5e7})},
          {"city", spelt_city(cells.below(30), cells)},
          {"zip", spelt_code(zip, cells)},
          {"rare_code", cells.one_of<json::value>({1e-7, 0.25, 1e16, "1e16", 123456789012345678, "x"})},
          {"floor", cells.one_of<json::value>({0, 1.0, "2", "-1", -0.0})},
          {"garden", cells.one_of<json::value>({true, false, "true"})},
          {"state", cells.one_of<json::value>({"North", "SOUTH", "south ", "east", "Ünder"})},
          {"listed", spelt_time(day, cells)},
          {"country", "ES"}};
}

double price_of(const json::object& row, Cells& cells) {
  const std::string zip = json::serialize(row.at("zip"));
  const double place = static_cast<double>(std::hash<std::string>{}(zip.substr(zip.size() - 1)) % 10);
  return 1000 * row.at("size").to_number<double>() + 20000 * row.at("rooms").to_number<double>() + 3000 * place +
         (row.at("garden") == json::value(true) ? 40000 : 0) + 20000 * cells.share();
}

}  // namespace

ColumnRules rules_of_every_kind() {
  ColumnRules rules;
  rules.categorical = {"city", "zip", "rare_code", "floor", "garden", "state", "country"};
  rules.date = {"listed"};
  rules.fold_case = true;
  return rules;
}

json::array rows_of_every_kind(size_t count, uint32_t seed) {
  Cells cells(seed);
  json::array rows;
  for (size_t i = 0; i < count; ++i) {
    json::object row = inputs(cells);
    const double price = price_of(row, cells);
    lose_some(row, cells, 0.04);
    row["price"] = price;
    row["dear"] = price > 220000 ? "yes" : "no";
    rows.push_back(std::move(row));
  }
  return rows;
}

json::array odd_requests(size_t count, uint32_t seed) {
  Cells cells(seed);
  json::array rows;
  for (size_t i = 0; i < count; ++i) {
    json::object row = inputs(cells);
    lose_some(row, cells, 0.1);
    if (cells.chance(0.1)) row["zip"] = cells.one_of<json::value>({99999, "99999.5", 1e300, -7, "none of these", 12.5});
    if (cells.chance(0.1)) row["city"] = "Never Seen";
    if (cells.chance(0.1)) row["state"] = cells.one_of<json::value>({true, 7, 0.5, "NORTH", "ÜNDER"});
    if (cells.chance(0.1)) row["size"] = cells.one_of<json::value>({-1e6, 1e300, 0, 1234567890123456789, -0.0});
    if (cells.chance(0.1)) row["listed"] = cells.one_of<json::value>({"0000-02-29", "9999-12-31T23:59:59.999999Z"});
    if (cells.chance(0.3)) row.erase(row.find(cells.one_of<const char*>({"size", "zip", "state", "listed", "rooms"})));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace veleta::testing
