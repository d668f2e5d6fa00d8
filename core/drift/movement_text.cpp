#include <fmt/format.h>
#include <cmath>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "drift/movement.hpp"

namespace veleta {

namespace {

constexpr size_t kToldInText = 3;
constexpr size_t kLongestLabel_bytes = 40;

std::string quantile_name(double share) {
  return share == 0.5 ? "median" : fmt::format("{:.0f} % quantile", share * 100);
}

std::string quantile_text(const QuantileMove& move, ColumnType type) {
  return fmt::format("{} {} to {} ({:+.2g} sd)", quantile_name(move.share), value_text(move.reference, type),
                     value_text(move.current, type), move.shift);
}

std::string category_text(const CategoryMove& move) {
  const std::string label = clipped(move.label, kLongestLabel_bytes);
  if (move.reference == 0) return fmt::format("new: {} {}", label, share_text(move.current));
  if (move.current == 0) return fmt::format("gone: {} {}", label, share_text(move.reference));
  return fmt::format("{} {} to {}", label, share_text(move.reference), share_text(move.current));
}

/// So many digits as a drawing or a reader can use.
double rounded(double share) { return std::round(share * 1e6) / 1e6; }

json::array rounded(const std::vector<double>& shares) {
  json::array array;
  for (const double share : shares) array.emplace_back(rounded(share));
  return array;
}

json::value to_json(const HistogramPair& pair) {
  json::array edges;
  for (const double edge : pair.edges) edges.emplace_back(edge);
  return {{"edges", std::move(edges)},
          {"reference", rounded(pair.reference)},
          {"current", rounded(pair.current)},
          {"reference_below", rounded(pair.reference_below)},
          {"reference_above", rounded(pair.reference_above)},
          {"current_below", rounded(pair.current_below)},
          {"current_above", rounded(pair.current_above)}};
}

json::object numbers_json(const Movement& movement) {
  json::array quantiles;
  for (const auto& move : movement.quantiles)
    quantiles.push_back({{"share", move.share},
                         {"reference", move.reference},
                         {"current", move.current},
                         {"reference_below", rounded(move.reference_below)},
                         {"current_below", rounded(move.current_below)},
                         {"shift", number_or_null(move.shift)}});
  return {{"quantiles", std::move(quantiles)}, {"histogram", to_json(movement.histogram)}};
}

json::object categories_json(const Movement& movement) {
  json::array categories;
  for (const auto& move : movement.categories)
    categories.push_back(
        {{"label", move.label}, {"reference", rounded(move.reference)}, {"current", rounded(move.current)}});
  return {{"categories", std::move(categories)},
          {"other", {{"reference", rounded(movement.other_reference)}, {"current", rounded(movement.other_current)}}},
          {"new", {{"categories", movement.new_count}, {"share", rounded(movement.new_share)}}},
          {"vanished", {{"categories", movement.vanished_count}, {"share", rounded(movement.vanished_share)}}}};
}

}  // namespace

std::string value_text(double value, ColumnType type) {
  if (type == ColumnType::kTime && std::abs(value) < 1e11) return format_iso_time(value);
  const double size = std::abs(value);
  if (size >= 1000 && size < 1e15) return with_thousands(value);
  return fmt::format("{:.4g}", value);
}

std::string share_text(double share) {
  if (share <= 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  return share < 0.1 ? fmt::format("{:.1f} %", share * 100) : fmt::format("{:.0f} %", share * 100);
}

std::string where_text(const Movement& movement, ColumnType type) {
  if (type != ColumnType::kCategory) {
    const QuantileMove* farthest = movement.farthest();
    if (!farthest) return "";
    const QuantileMove& median = movement.quantiles[movement.quantiles.size() / 2];
    std::string text = quantile_text(*farthest, type);
    if (&median != farthest && median.shift != 0) text += "; " + quantile_text(median, type);
    return text;
  }
  std::vector<std::string> told;
  for (const auto& move : movement.categories)
    if (told.size() < kToldInText && share_text(move.reference) != share_text(move.current))
      told.push_back(category_text(move));
  return join(told, "; ");
}

json::value to_json(const Movement& movement) {
  if (!movement.categories.empty()) return categories_json(movement);
  return numbers_json(movement);
}

}  // namespace veleta
