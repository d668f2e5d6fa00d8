#include "prediction_query.hpp"

#include <fmt/format.h>
#include <charconv>

#include "http_problem.hpp"
#include "http_target.hpp"
#include "model/explanation_rows.hpp"

namespace veleta {

namespace {

constexpr size_t kMostTold = 1000;
constexpr std::string_view kTop = "top";
constexpr const char* kExplain = "explain";
constexpr const char* kInteractions = "interactions";

HttpProblem wrong_value(const std::string& name, const std::string& expected) {
  HttpProblem problem(422, fmt::format("The query's {} has a wrong value: expected {}.", name, expected));
  problem.with_code("wrong-parameter:" + name);
  return problem;
}

std::optional<size_t> count_of(std::string_view digits) {
  size_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  const bool is_count = error == std::errc() && end == digits.data() + digits.size();
  return is_count && count >= 1 && count <= kMostTold ? std::optional(count) : std::nullopt;
}

std::optional<size_t> top_of(const HttpFields& fields, const std::string& name) {
  const auto value = find_field(fields, name);
  if (!value) return std::nullopt;
  if (*value == "all") return kAllColumns;
  const auto count = value->starts_with(kTop) ? count_of(std::string_view(*value).substr(kTop.size())) : std::nullopt;
  if (!count) throw wrong_value(name, fmt::format("all, or top1 to top{}, as in {}=top5", kMostTold, name));
  return count;
}

}  // namespace

PredictionQuery parse_prediction_query(const std::string& query) {
  if (query.empty()) return {};
  const HttpFields fields = parse_query(query);
  refuse_unknown_fields(fields, {kExplain, kInteractions});
  return {top_of(fields, kExplain), top_of(fields, kInteractions)};
}

std::optional<size_t> parse_count(const std::string& query, const std::string& name) {
  const auto value = find_field(parse_query(query), name);
  if (!value) return std::nullopt;
  const auto count = count_of(*value);
  if (!count) throw wrong_value(name, fmt::format("a whole number from 1 to {}", kMostTold));
  return count;
}

}  // namespace veleta
