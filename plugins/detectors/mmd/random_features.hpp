#pragma once

#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "kernel.hpp"
#include "rows/fixed_order.hpp"
#include "statistics/tails.hpp"

namespace veleta::mmd {

/// Cosines and sines of random projections, whose products have the Gaussian kernel as their mean (Rahimi and Recht
/// 2007). The means of two samples in them lie as far apart as the kernel's discrepancy, and take one pass and no
/// matrix of pairs (Zhao and Meng 2015, "FastMMD").
class RandomFeatures {
 public:
  RandomFeatures(size_t columns, size_t frequencies, double sigma, uint64_t seed)
      : columns_(columns), frequencies_(frequencies * columns) {
    rows::SplitMix random(seed);
    for (double& frequency : frequencies_) {
      const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));  // Box and Muller (1958)
      frequency = radius * std::cos(2 * std::numbers::pi * random.uniform()) / sigma;
    }
  }
  size_t size() const { return 2 * frequencies_.size() / columns_; }
  void map(std::span<const double> row, std::span<double> features) const {
    const size_t half = features.size() / 2;
    const double scale = 1 / std::sqrt(static_cast<double>(half));
    for (size_t i = 0; i < half; ++i) {
      double angle = 0;
      for (size_t column = 0; column < columns_; ++column) angle += frequencies_[i * columns_ + column] * row[column];
      features[i] = scale * std::cos(angle);
      features[half + i] = scale * std::sin(angle);
    }
  }

 private:
  size_t columns_;
  std::vector<double> frequencies_;
};

/// A square matrix.
struct Square {
  explicit Square(size_t size) : size(size), values(size * size) {}
  double& at(size_t row, size_t column) { return values[row * size + column]; }
  double at(size_t row, size_t column) const { return values[row * size + column]; }
  size_t size;
  std::vector<double> values;
};

/// The means of two samples of features, and the covariance within the samples.
class FeatureMeans {
 public:
  FeatureMeans(const RandomFeatures& features, const Points& reference, const Points& current)
      : difference_(features.size()), covariance_(features.size()) {
    add(features, reference, -1);
    add(features, current, 1);
    const auto rows = static_cast<double>(reference.rows() + current.rows());
    for (size_t i = 0; i < covariance_.size; ++i)
      for (size_t j = 0; j <= i; ++j) covariance_.at(j, i) = covariance_.at(i, j) /= rows - 2;
  }
  const std::vector<double>& difference() const { return difference_; }
  const Square& covariance() const { return covariance_; }

 private:
  void add(const RandomFeatures& features, const Points& points, double sign) {
    const size_t size = features.size();
    std::vector<double> row(size), mean(size);
    Square products(size);
    for (size_t index = 0; index < points.rows(); ++index) {
      features.map(points.row(index), row);
      for (size_t i = 0; i < size; ++i) {
        mean[i] += row[i];
        for (size_t j = 0; j <= i; ++j) products.at(i, j) += row[i] * row[j];
      }
    }
    const auto rows = static_cast<double>(points.rows());
    for (size_t i = 0; i < size; ++i) {
      difference_[i] += sign * mean[i] / rows;
      for (size_t j = 0; j <= i; ++j) covariance_.at(i, j) += products.at(i, j) - mean[i] * mean[j] / rows;
    }
  }

  std::vector<double> difference_;
  Square covariance_;
};

/// A sum of chi-squared variables of one degree, weighted by the eigenvalues of a covariance: what the squared distance
/// of two means is by chance. Its tail is that of a shifted and scaled chi-squared variable with the same first three
/// cumulants (Imhof 1961, eq. 4.1; Pearson 1959), which take no eigenvalues.
class ChanceDistance {
 public:
  explicit ChanceDistance(const Square& covariance) {
    for (size_t i = 0; i < covariance.size; ++i) first_ += covariance.at(i, i);
    for (size_t i = 0; i < covariance.size; ++i)
      for (size_t j = 0; j < covariance.size; ++j) {
        double product = 0;
        for (size_t k = 0; k < covariance.size; ++k) product += covariance.at(i, k) * covariance.at(j, k);
        second_ += covariance.at(i, j) * covariance.at(i, j);
        third_ += product * covariance.at(i, j);
      }
    degrees_ = second_ * second_ * second_ / (third_ * third_);
  }
  double mean() const { return first_; }
  double deviation() const { return std::sqrt(2 * second_); }
  double second() const { return second_; }
  double sf(double distance) const {
    const double x = degrees_ + std::sqrt(2 * degrees_) * (distance - first_) / deviation();
    return x > 0 ? statistics::chi_squared_sf(x, degrees_) : 1;
  }
  double quantile(double p) const {
    const double x = statistics::chi_squared_quantile(p, degrees_);
    return first_ + (x - degrees_) / std::sqrt(2 * degrees_) * deviation();
  }

 private:
  double first_ = 0, second_ = 0, third_ = 0, degrees_ = 0;
};

}  // namespace veleta::mmd
