#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/text.hpp"
#include "check.hpp"

// What holds for every kind: the description, the library, create and destroy.

namespace veleta::contract {

namespace {

constexpr const char* kEntry = "veleta_library_entry";
constexpr double kFar = 9e15;  // within what a double counts in whole numbers

/// Three whole numbers with dots between them; what follows '-' or '+' is free.
bool is_semantic_version(std::string_view text) {
  text = text.substr(0, text.find_first_of("-+"));
  const bool has_empty_part = text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos;
  return !has_empty_part && std::ranges::count(text, '.') == 2 &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string describes_itself(const Subject& subject) {
  const PluginDescription& plugin = subject.description();  // the host checks docs, defaults, names and functions
  require(is_semantic_version(plugin.summary.version),
          fmt::format("expected a version like 1.0.0, found {}", plugin.summary.version));
  for (const auto& param : plugin.params)
    require(param.doc.find('\n') == std::string::npos,
            fmt::format("expected one line of doc for '{}', found several", param.name));
  return fmt::format("version {}, {} parameters", plugin.summary.version, plugin.params.size());
}

std::string exports_its_entry_alone(const Subject& subject) {
  const auto& library = subject.description().summary.library;
  if (library.empty()) throw NotApplicable("linked into the program");
  std::vector<std::string> others;
  const auto exported = exported_symbols(library);
  for (const auto& symbol : exported)
    if (symbol != kEntry) others.push_back(symbol);
  if (others.size() > 3) others.insert(others.begin() + 3, "…"), others.resize(4);
  require(others.size() < exported.size(), fmt::format("expected the symbol {}, found none", kEntry));
  require(others.empty(), fmt::format("expected {} alone, found also {}: build it with veleta_add_plugin, or with a "
                                      "version script",
                                      kEntry, join(others, ", ")));
  return kEntry;
}

std::string is_created_again_and_again(const Subject& subject) {
  constexpr int kTimes = 50;
  for (int i = 0; i < kTimes; ++i) subject.create(subject.values);
  return fmt::format("{} times", kTimes);
}

ParamValues with(const ParamValues& values, const ParamValue& changed) {
  ParamValues result = values;
  for (auto& value : result)
    if (value.name == changed.name) value = changed;
  return result;
}

std::vector<ParamValue> numbers(const ParamDescription& param, std::initializer_list<double> values) {
  std::vector<ParamValue> made;
  for (const double value : values) {
    if (std::isnan(value) || (param.type == VELETA_INTEGER && std::abs(value) > kFar)) continue;
    made.push_back({param.name, param.type, value, 0, "", {}});
    if (param.type == VELETA_INTEGER) made.back().integer = static_cast<int64_t>(value);
  }
  return made;
}

/// Values that the description allows, as far out as they go.
std::vector<ParamValue> extremes(const ParamDescription& param) {
  const bool is_number = param.type == VELETA_NUMBER || param.type == VELETA_INTEGER;
  if (is_number)
    return numbers(
        param, {std::isnan(param.minimum) ? -kFar : param.minimum, std::isnan(param.maximum) ? kFar : param.maximum});
  std::vector<ParamValue> made;
  if (param.type == VELETA_FLAG)
    for (const int64_t flag : {0, 1}) made.push_back({param.name, param.type, 0, flag, "", {}});
  for (const auto& choice : param.choices) made.push_back({param.name, param.type, 0, 0, choice, {}});
  if (param.type == VELETA_TEXT && param.choices.empty())
    for (const auto& text : {std::string(), std::string(100000, 'x'), std::string("☂ %s \" \\ \n")})
      made.push_back({param.name, param.type, 0, 0, text, {}});
  if (param.type == VELETA_LIST)
    made.push_back({param.name, param.type, 0, 0, "", std::vector<std::string>(1000, "x")});
  if (param.type == VELETA_TABLE) made.push_back({param.name, param.type, 0, 0, "", {"", "", "☂", "x"}});
  return made;
}

std::string takes_or_refuses_extreme_values(const Subject& subject) {
  int taken = 0, refused = 0;
  for (const auto& param : subject.description().params)
    for (const auto& value : extremes(param)) try {
        succeeds_or_refuses([&] { subject.create(with(subject.values, value)); }) ? ++taken : ++refused;
      } catch (const Error& error) {
        throw Broken(
            fmt::format("parameter '{}' at {}: expected an instance or an error that says what is wrong, "
                        "found: {}",
                        param.name, param.type == VELETA_TEXT ? "a strange text" : "an extreme", error.what()));
      }
  if (taken + refused == 0) throw NotApplicable("it has no parameters");
  return fmt::format("{} taken, {} refused", taken, refused);
}

}  // namespace

std::vector<Check> description_checks() {
  return {{"describes_itself", describes_itself, false, true},
          {"exports_its_entry_alone", exports_its_entry_alone, false},
          {"is_created_again_and_again", is_created_again_and_again},
          {"takes_or_refuses_extreme_values", takes_or_refuses_extreme_values}};
}

}  // namespace veleta::contract
