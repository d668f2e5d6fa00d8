#include "python_model.hpp"

#include <fmt/format.h>
#include <bit>
#include <cmath>
#include <span>

namespace veleta {

namespace {

static_assert(std::endian::native == std::endian::little, "arrays for Python are written little-endian");

/// Of what python_model gives; the loader reads this one alone.
constexpr int kFormat = 1;

/// What of a model the loader cannot compute; empty: nothing.
std::string beyond_loader(const veleta_trees& trees) {
  if (trees.category_begin && trees.category_begin[trees.node_count] > 0)
    return "its trees split on sets of categories";
  if (trees.outputs > 1) return fmt::format("it has {} outputs", trees.outputs);
  for (size_t column = 0; trees.missing && column < trees.missing_count; ++column)
    if (!std::isnan(trees.missing[column]))
      return fmt::format("it takes {} for a missing value of feature {}", trees.missing[column], column);
  return {};
}

std::string beyond_loader(int32_t link) {
  const bool is_known = link == VELETA_IDENTITY || link == VELETA_LOGISTIC;
  return is_known ? "" : fmt::format("its margins become predictions by link {}", link);
}

const char* link_name(int32_t link) { return link == VELETA_LOGISTIC ? "logistic" : "identity"; }

template <typename Number>
json::array array_of(const Number* numbers, size_t count) {
  const std::span all(numbers, count);
  return json::array(all.begin(), all.end());
}

json::object model_of(const Bundle& bundle) {
  const veleta_trees* trees = bundle.trees();
  const veleta_linear* linear = bundle.linear();
  if (const std::string reason = beyond_python(trees, linear); !reason.empty())
    return {{"kind", "opaque"}, {"reason", reason}};
  if (trees)
    return {{"kind", "trees"},
            {"link", link_name(trees->link)},
            {"base_margin", trees->base_margin},
            {"single_precision", trees->single_precision != 0},
            {"roots", array_of(trees->roots, trees->tree_count)}};
  return {{"kind", "linear"},
          {"link", link_name(linear->link)},
          {"intercept", linear->intercept},
          {"coefficients", array_of(linear->coefficients, linear->columns)},
          {"means", array_of(linear->means, linear->columns)}};
}

template <typename Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Magic, version, and what the array holds, filled up with blanks to a multiple of 64 bytes.
std::string npy_head(const std::string& description) {
  constexpr size_t kAlignment = 64;
  std::string head("\x93NUMPY\x01\x00", 8);
  const size_t unpadded = head.size() + sizeof(uint16_t) + description.size() + 1;
  const size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  append(head, static_cast<uint16_t>(description.size() + padding + 1));
  return head + description + std::string(padding, ' ') + '\n';
}

}  // namespace

std::string beyond_python(const veleta_trees* trees, const veleta_linear* linear) {
  if (!trees && !linear) return "the learner shows it neither as trees nor as a linear model";
  const std::string reason = trees ? beyond_loader(*trees) : "";
  return reason.empty() ? beyond_loader(trees ? trees->link : linear->link) : reason;
}

json::object python_model(const Bundle& bundle) {
  const BundleParts& parts = bundle.parts();
  return {{"format", kFormat},
          {"learner", parts.learner},
          {"target", to_json(parts.target)},
          {"fold_case", parts.rules.fold_case},
          {"features", parts.features.to_json()},
          {"model", model_of(bundle)}};
}

std::string npy_nodes(const veleta_trees& trees) {
  std::string bytes = npy_head(fmt::format(
      "{{'descr': [('feature', '<i4'), ('threshold', '<f4'), ('left', '<u4'), ('right', '<u4'), ('value', '<f8'), "
      "('default_left', '|u1')], 'fortran_order': False, 'shape': ({},), }}",
      trees.node_count));
  for (size_t node = 0; node < trees.node_count; ++node) {
    append(bytes, trees.feature[node]);
    append(bytes, trees.threshold[node]);
    append(bytes, trees.left[node]);
    append(bytes, trees.right[node]);
    append(bytes, trees.value[node]);
    append(bytes, trees.default_left[node]);
  }
  return bytes;
}

}  // namespace veleta
