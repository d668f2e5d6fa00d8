#include "misbehaviour.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace veleta::data_api {

namespace {

constexpr std::array<std::pair<std::string_view, Fault>, 10> kFaults = {{{"slow", Fault::kSlow},
                                                                         {"500", Fault::kServerError},
                                                                         {"drop", Fault::kDrop},
                                                                         {"truncated", Fault::kTruncated},
                                                                         {"renamed", Fault::kRenamed},
                                                                         {"retyped", Fault::kRetyped},
                                                                         {"nulls", Fault::kNulls},
                                                                         {"duplicates", Fault::kDuplicates},
                                                                         {"empty", Fault::kEmpty},
                                                                         {"bad_group", Fault::kBadGroup}}};

Fault fault_named(std::string_view name) {
  std::string names;
  for (const auto& [known, fault] : kFaults) {
    if (known == name) return fault;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known);
  }
  throw std::invalid_argument(fmt::format("misbehaviour '{}' is unknown: expected one of {}", name, names));
}

template <typename Number>
Number number_after(char mark, std::string_view digits) {
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < Number{})
    throw std::invalid_argument(fmt::format("misbehaviour: expected a number after '{}', found '{}'", mark, digits));
  return number;
}

}  // namespace

Misbehaviour parse_misbehaviour(std::string_view text) {
  constexpr std::string_view kMarks = "=:@";
  size_t mark = std::min(text.find_first_of(kMarks), text.size());
  Misbehaviour rule{fault_named(text.substr(0, mark)), 2, {}, {}};
  while (mark < text.size()) {
    const size_t end = std::min(text.find_first_of(kMarks, mark + 1), text.size());
    const std::string_view digits = text.substr(mark + 1, end - mark - 1);
    if (text[mark] == '=') rule.seconds = number_after<double>('=', digits);
    if (text[mark] == ':') rule.times = number_after<unsigned>(':', digits);
    if (text[mark] == '@') rule.at_batch = number_after<unsigned>('@', digits);
    mark = end;
  }
  return rule;
}

void Misbehaviours::add(Misbehaviour rule) {
  const std::lock_guard lock(mutex_);
  rules_.push_back(rule);
}

void Misbehaviours::clear() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
}

std::optional<Misbehaviour> Misbehaviours::take(unsigned batch) {
  const std::lock_guard lock(mutex_);
  const auto rule = std::ranges::find_if(rules_, [batch](const Misbehaviour& candidate) {
    return candidate.times != 0u && candidate.at_batch.value_or(batch) == batch;
  });
  if (rule == rules_.end()) return std::nullopt;
  if (rule->times) --*rule->times;
  return *rule;
}

}  // namespace veleta::data_api
