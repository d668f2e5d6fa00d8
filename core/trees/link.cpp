#include "trees/link.hpp"

#include <algorithm>
#include <cmath>

namespace veleta {

namespace {

/// Less the greatest margin, which changes no share and keeps exp from overflowing.
void share_out(std::span<double> margins) {
  const double greatest = *std::ranges::max_element(margins);
  double sum = 0;
  for (double& margin : margins) sum += margin = std::exp(margin - greatest);
  for (double& share : margins) share /= sum;
}

}  // namespace

void evaluate_linear(const veleta_linear& linear, const MatrixView& rows, std::span<double> margins) {
  for (size_t row = 0; row < rows.rows; ++row) {
    double sum = linear.intercept;
    for (size_t column = 0; column < linear.columns; ++column) {
      const double value = rows.at(row, column);
      sum += linear.coefficients[column] * (std::isnan(value) ? linear.means[column] : value);
    }
    margins[row] = sum;
  }
}

double apply_link(int32_t link, double margin) {
  switch (link) {
    case VELETA_LOGISTIC: return 1 / (1 + std::exp(-margin));
    case VELETA_EXPONENTIAL: return std::exp(margin);
    case VELETA_SOFTMAX: return 1;
    case VELETA_HINGE: return margin > 0 ? 1 : 0;
    default: return margin;
  }
}

void apply_link(int32_t link, uint32_t outputs, std::span<double> margins) {
  if (link == VELETA_SOFTMAX)
    for (size_t first = 0; first < margins.size(); first += outputs) share_out(margins.subspan(first, outputs));
  else
    for (double& margin : margins) margin = apply_link(link, margin);
}

}  // namespace veleta
