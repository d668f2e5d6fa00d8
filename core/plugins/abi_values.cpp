#include "abi_values.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

[[noreturn]] void refuse(const std::string& label, const std::string& problem) {
  throw Error(ErrorCode::kInvalidArgument, label + ": " + problem);
}

const ParamValue& value_of(const std::string& label, const ParamDescription& param, const ParamValues& values) {
  const auto found = std::ranges::find(values, param.name, &ParamValue::name);
  if (found == values.end()) refuse(label, fmt::format("parameter '{}' has no value", param.name));
  const std::string problem = problem_with(param, *found);
  if (!problem.empty()) refuse(label, fmt::format("parameter '{}': {}", param.name, problem));
  return *found;
}

void refuse_unknown(const std::string& label, const std::vector<ParamDescription>& params, const ParamValues& values) {
  std::vector<std::string> names;
  for (const auto& param : params) names.push_back(param.name);
  for (const auto& value : values)
    if (std::ranges::find(names, value.name) == names.end())
      refuse(label, fmt::format("there is no parameter '{}'.{}", value.name, did_you_mean(value.name, names)));
}

}  // namespace

AbiValues::AbiValues(const std::string& label, const std::vector<ParamDescription>& params, const ParamValues& values) {
  refuse_unknown(label, params, values);
  items_.reserve(params.size());
  values_.reserve(params.size());
  for (const auto& param : params) add(value_of(label, param, values));
}

void AbiValues::add(const ParamValue& value) {
  auto& items = items_.emplace_back();
  for (const auto& item : value.items) items.push_back(item.c_str());
  values_.push_back({sizeof(veleta_value), value.name.c_str(), value.type, value.number, value.integer,
                     value.text.c_str(), items.data(), items.size()});
  pointers_.push_back(&values_.back());
}

}  // namespace veleta
