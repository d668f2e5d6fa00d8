#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>

#include "any_model.hpp"
#include "base/json.hpp"

// Runs the vectors of shap_agnostic.json, which says of each where it comes from.

namespace veleta::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::Le;
using ::testing::Pointwise;

const json::object& vectors() {
  static const json::value file =
      read_json_file(std::string(VELETA_SOURCE_FOLDER) + "/tests/conformance/shap_agnostic.json");
  return file.as_object();
}

/// All numbers of a list, or of a list of lists.
std::vector<double> numbers(const json::value& from) {
  if (!from.is_array()) return {from.to_number<double>()};
  std::vector<double> all;
  for (const json::value& one : from.as_array())
    for (const double number : numbers(one)) all.push_back(number);
  return all;
}

std::vector<float> floats(const json::value& from) {
  const std::vector<double> all = numbers(from);
  return {all.begin(), all.end()};
}

double polynomial(const json::value& terms, const float* x) {
  double sum = 0;
  for (const json::value& term : terms.as_array()) {
    double product = term.at(0).to_number<double>();
    for (const json::value& column : term.at(1).as_array()) product *= x[column.to_number<size_t>()];
    sum += product;
  }
  return sum;
}

TEST(ShapVectors, OfPolynomialsAreMet) {
  for (const json::value& vector : vectors().at("polynomials").as_array()) {
    SCOPED_TRACE(json::serialize(vector.at("name")));
    const AnyModel model(vector.at("rows").at(0).as_array().size(), floats(vector.at("background")),
                         [&](const float* x) { return polynomial(vector.at("terms"), x); });
    for (const char* name : {"exact_shap", "kernel_shap", "permutation_shap"}) {
      const Explained found = PreparedUnderTest(name, model).explain(floats(vector.at("rows")));
      EXPECT_THAT(found.values, Pointwise(DoubleNear(1e-12), numbers(vector.at("values")))) << name;
      EXPECT_NEAR(found.base_values[0], vector.at("base_value").to_number<double>(), 1e-15) << name;
      EXPECT_THAT(found.errors, Each(Le(1e-12))) << name;
    }
    const json::value* interactions = vector.as_object().if_contains("interactions");
    if (!interactions) continue;
    EXPECT_THAT(PreparedUnderTest("exact_shap", model).interact(floats(vector.at("rows").at(0))).values,
                Pointwise(DoubleNear(1e-12), numbers(*interactions)));
  }
}

/// Rows that have exactly this covariance, but for their rounding: Cholesky's factor times each corner of the cube.
std::vector<float> rows_of(const std::vector<double>& covariance, size_t columns) {
  std::vector<double> factor(covariance.size(), 0);
  for (size_t i = 0; i < columns; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double rest = covariance[i * columns + j];
      for (size_t k = 0; k < j; ++k) rest -= factor[i * columns + k] * factor[j * columns + k];
      factor[i * columns + j] = i == j ? std::sqrt(rest) : rest / factor[j * columns + j];
    }
  std::vector<float> rows;
  for (size_t corner = 0; corner < size_t{1} << columns; ++corner)
    for (size_t i = 0; i < columns; ++i) {
      double sum = 0;
      for (size_t j = 0; j <= i; ++j) sum += (corner >> j & 1 ? 1 : -1) * factor[i * columns + j];
      rows.push_back(static_cast<float>(sum));
    }
  return rows;
}

TEST(ShapVectors, OfLinesAreMet) {
  for (const json::value& vector : vectors().at("lines").as_array()) {
    SCOPED_TRACE(json::serialize(vector.at("name")));
    const std::vector<double> coefficients = numbers(vector.at("coefficients")), means = numbers(vector.at("means"));
    const size_t columns = means.size();
    const AnyModel rows(columns, rows_of(numbers(vector.at("covariance")), columns), [](const float*) { return 0.0; });
    const veleta_linear line{sizeof line, columns, coefficients.data(), means.data(), 0, VELETA_IDENTITY};
    const PreparedUnderTest prepared("linear_shap", rows,
                                     {{"dependence", std::string(vector.at("dependence").as_string())}}, {}, &line);
    EXPECT_THAT(prepared.explain(floats(vector.at("rows"))).values,
                Pointwise(DoubleNear(vector.at("tolerance").to_number<double>()), numbers(vector.at("values"))));
  }
}

}  // namespace
}  // namespace veleta::testing
