#include "null_distribution.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "statistics/tails.hpp"

namespace veleta::total_variation {

namespace {

namespace stats = veleta::statistics;
using Complex = std::complex<double>;

const double kNormalDensityAtZero = 1 / std::sqrt(2 * std::numbers::pi);

double normal_density(double x) { return kNormalDensityAtZero * std::exp(-x * x / 2); }

/// ln H(x), where H(x) = exp(x²/2) Φ(x) = E exp(x Z), Z > 0, of a standard normal Z.
double log_half_moment(double x) { return x * x / 2 + std::log(stats::normal_sf(-x)); }

/// H at points of a line across the real axis, over exp(log_scale), one after another.
class HalfMoments {
 public:
  HalfMoments(double real, double step, double log_scale)
      : value_(std::exp(log_half_moment(real) - log_scale)),
        at_(real),
        step_(step),
        slope_at_zero_(kNormalDensityAtZero * std::exp(-log_scale)),
        log_scale_(log_scale) {}

  Complex value() const { return value_; }
  Complex first() const { return at_ * value_ + slope_at_zero_; }
  Complex second() const { return at_ * first() + value_; }

  void advance() {
    static constexpr double kFar = 8;
    const Complex next = at_ + Complex(0, step_);
    value_ = std::norm(next) < kFar * kFar ? by_taylor() : by_continued_fraction(next);
    at_ = next;
  }

 private:
  /// By H' = x H + 1/sqrt(2 pi), whose further derivatives follow.
  Complex by_taylor() const {
    static constexpr int kMostTerms = 60;
    const Complex slope = Complex(0, step_) * at_;
    Complex before = value_, term = Complex(0, step_) * first(), sum = value_ + term;
    for (int n = 2; n < kMostTerms && std::norm(term) > 1e-20 * std::norm(sum); ++n) {
      const Complex next = (slope * term - step_ * step_ * before) / static_cast<double>(n);
      before = term, term = next;
      sum += term;
    }
    return sum;
  }

  /// Laplace's, DLMF 7.9.3, left of the imaginary axis; right of it by reflection.
  Complex by_continued_fraction(const Complex& x) const {
    static constexpr int kLevels = 12;
    const Complex left = x.real() > 0 ? -x : x;
    Complex fraction = 0;
    for (int k = kLevels; k > 0; --k) fraction = static_cast<double>(k) / (fraction - left);
    const Complex of_left = slope_at_zero_ / (fraction - left);
    return x.real() > 0 ? std::exp(x * x / 2.0 - log_scale_) - of_left : of_left;
  }

  Complex value_, at_;
  double step_, slope_at_zero_, log_scale_;
};

/// A product, with its first two derivatives by u.
template <typename Number>
struct Jet {
  Number value = 1, first = 0, second = 0;

  void multiply(Number by, Number by_first, Number by_second) {
    second = second * by + 2.0 * first * by_first + value * by_second;
    first = first * by + value * by_first;
    value *= by;
  }
};

/// The integral of exp(u T + (w + iv) S) over v: exp K(u) over the density of the sum S of the z at 0, where the z are
/// independent. It is the same at every w. A group's factor is H(σ(u/2 + w + iv)) + H(σ(u/2 - w - iv)), its deviation σ
/// being sqrt(P).
struct Integral {
  Jet<double> product;
  double log_scale = 0;
};

/// From values at 0, h, 2h, …; those at -h, -2h, … are their conjugates.
template <typename Number>
Integral integral(const std::vector<Jet<Number>>& products, double h, double log_scale) {
  Jet<double> sum{0, 0, 0};
  for (size_t j = 0; j < products.size(); ++j) {
    const double weight = j == 0 ? h : 2 * h;
    sum.value += weight * std::real(products[j].value);
    sum.first += weight * std::real(products[j].first);
    sum.second += weight * std::real(products[j].second);
  }
  return {sum, log_scale};
}

/// How far apart points may be where S lies within `spread` about 0, but for a few deviations of 1.
double step_for(double spread) { return 2 * std::numbers::pi / (spread + 14); }

/// Of shares in falling order. One above a half stays alone.
std::vector<AlikeGroups> alike(const std::vector<double>& shares) {
  static constexpr double kNear = 0.8;
  std::vector<AlikeGroups> groups;
  for (size_t begin = 0, end = 0; begin < shares.size(); begin = end) {
    const double least = shares[begin] > 0.5 ? shares[begin] : kNear * shares[begin];
    double sum = 0;
    while (end < shares.size() && shares[end] >= least) sum += shares[end++];
    groups.push_back({sum / static_cast<double>(end - begin), end - begin});
  }
  return groups;
}

/// Twice the share of all groups but the first, where that is less than 1.
double share_of_others(const std::vector<AlikeGroups>& groups) { return std::min(1.0, 2 * (1 - groups.front().share)); }

/// How many points there are up to that where the factors of the other groups leave nothing of the first one's, which
/// may have a kink.
size_t points_for(const std::vector<AlikeGroups>& groups, double h) {
  return static_cast<size_t>(std::ceil(7 / std::sqrt(share_of_others(groups)) / h)) + 1;
}

/// With w = 0, where the two halves of a factor are conjugates.
Integral over_all(const std::vector<AlikeGroups>& groups, double u) {
  const double h = step_for(std::abs(u));
  std::vector<Jet<double>> products(points_for(groups, h));
  double log_scale = 0;
  for (const auto& [share, count] : groups) {
    const double deviation = std::sqrt(share), half = deviation / 2, scale = log_half_moment(half * u);
    HalfMoments risen(half * u, deviation * h, scale);
    for (auto& product : products) {
      const double first = half * risen.first().real(), second = half * half * risen.second().real();
      for (size_t k = 0; k < count; ++k) product.multiply(risen.value().real(), first, second);
      risen.advance();
    }
    log_scale += static_cast<double>(count) * (scale + std::numbers::ln2);
  }
  return integral(products, h, log_scale);
}

/// Twice that where the first group rose, with the w that takes S to 0 where all others fell.
Integral over_first_risen(const std::vector<AlikeGroups>& groups, double u) {
  const double w = -u * (groups.front().share - 0.5), h = step_for(u * share_of_others(groups));
  std::vector<Jet<Complex>> products(points_for(groups, h));
  double log_scale = std::numbers::ln2;
  for (size_t i = 0; i < groups.size(); ++i) {
    const double deviation = std::sqrt(groups[i].share), half = deviation / 2;
    const double up = deviation * (u / 2 + w), down = deviation * (u / 2 - w);
    const double scale = log_half_moment(i == 0 ? up : std::max(up, down));
    HalfMoments risen(up, deviation * h, scale), fallen(down, -deviation * h, scale);
    for (auto& product : products) {
      Complex value = risen.value(), first = risen.first(), second = risen.second();
      risen.advance();
      if (i > 0) {
        value += fallen.value(), first += fallen.first(), second += fallen.second();
        fallen.advance();
      }
      for (size_t k = 0; k < groups[i].count; ++k) product.multiply(value, half * first, half * half * second);
    }
    log_scale += static_cast<double>(groups[i].count) * scale;
  }
  return integral(products, h, log_scale);
}

}  // namespace

NullDistribution::NullDistribution(std::vector<double> shares, double s) : unit_(std::sqrt(s)) {
  std::erase_if(shares, [](double share) { return share <= 0; });
  std::ranges::sort(shares, std::greater());
  is_of_two_ = shares.size() == 2;
  groups_ = alike(shares);
  const double largest = std::max(shares.front(), 0.5);
  event_deviation_ = std::sqrt(largest * (1 - largest));
  const Cumulants nothing = at(0);
  mean_ = nothing.mean;
  deviation_ = std::sqrt(nothing.variance);
}

NullDistribution::Cumulants NullDistribution::at(double u) const {
  // A group with more than half of the rows rises or falls alone against the others. Either is as likely, and what is
  // integrated over both would cancel.
  const Integral found = u > 0 && groups_.front().share > 0.5 ? over_first_risen(groups_, u) : over_all(groups_, u);
  const double mean = found.product.first / found.product.value;
  return {std::log(found.product.value * kNormalDensityAtZero) + found.log_scale, mean,
          found.product.second / found.product.value - mean * mean};
}

double NullDistribution::saddlepoint_sf(double distance, double u, const Cumulants& at_u) const {
  const double w = std::copysign(std::sqrt(2 * std::max(0.0, u * distance - at_u.value)), u);
  return stats::normal_sf(w) + normal_density(w) * (1 / (u * std::sqrt(at_u.variance)) - 1 / w);
}

double NullDistribution::inner_sf(double distance) const {
  if (is_of_two_) return 2 * stats::normal_sf(distance / event_deviation_);
  // At the mean both terms of the formula's difference are infinite: about it, a straight line.
  const double near = 0.1 * deviation_, below = mean_ - near, above = mean_ + near;
  if (distance > below && distance < above)
    return (inner_sf(below) * (above - distance) + inner_sf(above) * (distance - below)) / (2 * near);

  // Beyond these the integrand of K swings too much, or H is none that a double holds.
  const double least = -std::min(2 / deviation_, 60.0), most = 6 / event_deviation_;
  double u = std::clamp((distance - mean_) / (deviation_ * deviation_), least, most);
  Cumulants found = at(u);
  for (int i = 0; i < 30; ++i) {
    const double step = std::clamp((distance - found.mean) / found.variance, -1 / deviation_, 1 / deviation_);
    const double next = std::clamp(u + step, least, most);
    if (std::abs(next - u) <= 1e-4 * std::max(1 / deviation_, std::abs(u))) break;
    u = next;
    found = at(u);
  }
  if (u > least && u < most) return saddlepoint_sf(distance, u, found);
  const double at_end = saddlepoint_sf(found.mean, u, found);
  if (u <= least) return 1 - (1 - at_end) * distance / found.mean;
  // T is a convex function of normal variables: the deviate of a normal variable that is as likely grows at least as
  // fast as at infinity, with the distance over an event's deviation (Ehrhard 1983; Borell 2003).
  return stats::normal_sf(stats::normal_quantile(at_end) + (distance - found.mean) / event_deviation_);
}

double NullDistribution::sf(double distance) const {
  return distance <= 0 ? 1 : std::clamp(inner_sf(distance / unit_), 0.0, 1.0);
}

double NullDistribution::quantile(double p) const {
  const double deviate = stats::normal_quantile(p);
  if (is_of_two_) return unit_ * event_deviation_ * stats::normal_quantile(p / 2);
  double u = deviate / deviation_;
  Cumulants found = at(u);
  for (int i = 0; i < 4; ++i) {
    const double reached = stats::normal_quantile(saddlepoint_sf(found.mean, u, found));
    if (std::abs(reached - deviate) < 0.01) break;
    u *= deviate / reached;
    found = at(u);
  }
  return unit_ * found.mean;
}

}  // namespace veleta::total_variation
