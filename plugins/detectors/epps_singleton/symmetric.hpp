#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace veleta::epps_singleton {

template <size_t kSize>
using Square = std::array<std::array<double, kSize>, kSize>;

/// A symmetric matrix as its eigenvalues and their vectors: vectors[i] belongs to values[i].
template <size_t kSize>
struct Eigen {
  std::array<double, kSize> values{};
  Square<kSize> vectors{};

  /// By Jacobi's rotations, which are as exact as any for matrices this small.
  explicit Eigen(Square<kSize> matrix) {
    for (size_t i = 0; i < kSize; ++i) vectors[i][i] = 1;
    for (int sweep = 0; sweep < 30; ++sweep)
      for (size_t p = 0; p + 1 < kSize; ++p)
        for (size_t q = p + 1; q < kSize; ++q) rotate(matrix, p, q);
    for (size_t i = 0; i < kSize; ++i) values[i] = matrix[i][i];
  }

 private:
  void rotate(Square<kSize>& matrix, size_t p, size_t q) {
    if (matrix[p][q] == 0) return;
    const double theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
    const double tangent = std::copysign(1 / (std::abs(theta) + std::hypot(theta, 1)), theta);
    const double cosine = 1 / std::hypot(tangent, 1), sine = tangent * cosine;
    for (size_t k = 0; k < kSize; ++k) turn(matrix[k][p], matrix[k][q], cosine, sine);
    for (size_t k = 0; k < kSize; ++k) turn(matrix[p][k], matrix[q][k], cosine, sine);
    for (size_t k = 0; k < kSize; ++k) turn(vectors[p][k], vectors[q][k], cosine, sine);
    matrix[p][q] = matrix[q][p] = 0;
  }
  static void turn(double& a, double& b, double cosine, double sine) {
    const double turned = cosine * a - sine * b;
    b = sine * a + cosine * b;
    a = turned;
  }
};

}  // namespace veleta::epps_singleton
