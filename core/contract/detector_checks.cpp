#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <optional>

#include "check.hpp"
#include "made_windows.hpp"

namespace veleta::contract {

namespace {

/// Two windows that the detector compares, of whichever type.
struct Comparison {
  Theme theme;
  std::string name;
  std::function<DriftResult(DetectorHandle&)> run;
};

std::vector<Comparison> comparisons(const DetectorHandle& detector) {
  std::vector<Comparison> made;
  if (detector.compares_numbers())
    for (auto& pair : numeric_pairs())
      made.push_back({pair.theme, "numbers, " + pair.name, [pair](DetectorHandle& with) {
                        return with.compare(pair.reference.sample(), pair.current.sample());
                      }});
  if (detector.compares_categories())
    for (auto& pair : categorical_pairs())
      made.push_back({pair.theme, "categories, " + pair.name, [pair](DetectorHandle& with) {
                        return with.compare(pair.columns.reference(), pair.columns.current());
                      }});
  if (detector.compares_rows())
    for (auto& pair : row_pairs())
      made.push_back({pair.theme, "rows, " + pair.name, [pair](DetectorHandle& with) {
                        return with.compare(pair.reference.sample(RowWindow::kMostParts), pair.current.sample());
                      }});
  return made;
}

std::shared_ptr<DetectorHandle> comparing(const Subject& subject) {
  auto detector = subject.detector();
  if (!detector->compares_numbers() && !detector->compares_categories() && !detector->compares_rows())
    throw NotApplicable("it compares no windows");
  return detector;
}

bool is_usual(Theme theme) { return theme == Theme::kEqual || theme == Theme::kChanged; }

/// Runs the comparison and tells which it was if it fails.
DriftResult compare(const Comparison& comparison, DetectorHandle& detector) {
  try {
    return comparison.run(detector);
  } catch (const Error& error) {
    throw Error(error.code(), comparison.name + ": " + error.what());
  }
}

/// What the comparison says; nothing where the detector cannot compare these windows. Any error but kUnsupported ends a
/// run, and breaks the contract.
std::optional<DriftResult> judge(const Comparison& comparison, DetectorHandle& detector) {
  try {
    return comparison.run(detector);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnsupported) return std::nullopt;
    throw Broken(fmt::format("{}: expected a result, or kUnsupported where it cannot compare; found: {}",
                             comparison.name, error.what()));
  }
}

/// All that a comparison says, as text.
std::string words_of(const Comparison& comparison, DetectorHandle& detector) {
  const auto result = judge(comparison, detector);
  if (!result) return "cannot compare";
  return fmt::format("statistic {} p {} effect {} of {} detectable {} direction {} \"{}\"", result->statistic,
                     result->p_value, result->effect, result->min_effect, result->detectable_effect, result->direction,
                     result->detail);
}

std::string compares_usual_windows(const Subject& subject) {
  const auto detector = comparing(subject);
  int compared = 0;
  for (const auto& comparison : comparisons(*detector))
    if (is_usual(comparison.theme)) compare(comparison, *detector), ++compared;
  return fmt::format("{} pairs of windows", compared);
}

std::string equal_windows_do_not_drift(const Subject& subject) {
  constexpr double kSmall = 0.05;
  const auto detector = comparing(subject);
  for (const auto& comparison : comparisons(*detector)) {
    if (comparison.theme != Theme::kEqual) continue;
    const DriftResult result = compare(comparison, *detector);
    require(result.effect <= 1e-9,
            fmt::format("{}: expected an effect of 0, found {}", comparison.name, result.effect));
    require(!result.has_p_value() || result.p_value >= kSmall,
            fmt::format("{}: expected a p-value that is not small, found {}", comparison.name, result.p_value));
  }
  return "effect 0";
}

std::string sees_some_change(const Subject& subject) {
  const auto detector = comparing(subject);
  std::string seen;
  for (const auto& comparison : comparisons(*detector))
    if (comparison.theme == Theme::kChanged && compare(comparison, *detector).effect > 0)
      seen += (seen.empty() ? "" : "; ") + comparison.name;
  require(!seen.empty(), "expected an effect in some window that changed, found 0 in all");
  return seen;
}

std::string same_windows_same_result(const Subject& subject) {
  const auto first = comparing(subject), second = comparing(subject);
  for (const auto& comparison : comparisons(*first)) {
    const std::string once = words_of(comparison, *first), again = words_of(comparison, *first);
    require(again == once, fmt::format("{}: found {}, then {}", comparison.name, once, again));
    const std::string other = words_of(comparison, *second);
    require(other == once, fmt::format("{}: one instance found {}, another {}", comparison.name, once, other));
  }
  return "twice, by two instances";
}

std::string order_of_calls_is_irrelevant(const Subject& subject) {
  const auto forwards = comparing(subject), backwards = comparing(subject);
  auto all = comparisons(*forwards);
  std::vector<std::string> found;
  for (const auto& comparison : all) found.push_back(words_of(comparison, *forwards));
  for (size_t i = all.size(); i-- > 0;) {
    const std::string now = words_of(all[i], *backwards);
    require(now == found[i], fmt::format("{}: found {} in one order, {} in the other", all[i].name, found[i], now));
  }
  return fmt::format("{} comparisons, forwards and backwards", all.size());
}

/// Windows of a theme get a sound result, or cannot be compared.
std::string judges(const Subject& subject, Theme theme) {
  const auto detector = comparing(subject);
  int compared = 0, refused = 0;
  for (const auto& comparison : comparisons(*detector))
    if (comparison.theme == theme) judge(comparison, *detector) ? ++compared : ++refused;
  return fmt::format("{} compared, {} refused", compared, refused);
}

}  // namespace

std::vector<Check> detector_checks() {
  return {{"compares_usual_windows", compares_usual_windows},
          {"equal_windows_do_not_drift", equal_windows_do_not_drift},
          {"sees_some_change", sees_some_change},
          {"judges_empty_windows", [](const Subject& subject) { return judges(subject, Theme::kEmpty); }},
          {"judges_constant_windows", [](const Subject& subject) { return judges(subject, Theme::kConstant); }},
          {"judges_extreme_windows", [](const Subject& subject) { return judges(subject, Theme::kExtreme); }},
          {"judges_large_windows", [](const Subject& subject) { return judges(subject, Theme::kLarge); }},
          {"same_windows_same_result", same_windows_same_result},
          {"order_of_calls_is_irrelevant", order_of_calls_is_irrelevant}};
}

}  // namespace veleta::contract
