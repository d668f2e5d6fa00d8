#pragma once

#include <functional>
#include <string>
#include <vector>

#include "random.hpp"
#include "veleta/drift.hpp"

// Windows made of random numbers that are the same on every machine. Each owns what its samples show.

namespace veleta::drift_tables {

/// A numeric column of a window.
class NumberWindow {
 public:
  /// `missing`: rows without a value, of which `wrong_type` held no number.
  explicit NumberWindow(std::vector<double> values, double missing = 0, double wrong_type = 0);
  NumericSample sample() const;

 private:
  std::vector<double> sorted_;
  double missing_, wrong_type_, mean_, deviation_;
};

/// Two windows, the reference's first.
template <typename Window>
struct Pair {
  Window first, second;

  auto reference() const { return first.sample(); }
  auto current() const { return second.sample(); }
};

/// What numbers come from.
struct Distribution {
  std::string name;
  std::function<double(Random&)> draw;

  /// All values present.
  NumberWindow full_window(Random& random, size_t rows) const;
  /// About `values` of them, and missing in three rows of ten, half of these for a text in their place.
  NumberWindow window(Random& random, size_t values) const;
};

/// Normal, lognormal, Student's t with two degrees of freedom, and whole numbers.
std::vector<Distribution> distributions();

/// Shares of `levels` categories, up to a factor: alike, or as Zipf's law has them.
std::vector<double> category_shares(size_t levels, bool zipf);

/// Two windows of a categorical column from one distribution.
class CategoryPair {
 public:
  CategoryPair(Random& random, const std::vector<double>& shares, size_t rows);
  CategoryPair(const CategoryPair&) = delete;  ///< the labels point to the texts
  CategoryPair& operator=(const CategoryPair&) = delete;
  CategoricalSample reference() const { return sample(reference_); }
  CategoricalSample current() const { return sample(current_); }

 private:
  CategoricalSample sample(const std::vector<double>& counts) const;

  std::vector<double> reference_, current_;
  std::vector<std::string> texts_;
  std::vector<const char*> labels_;
};

/// Rows of five features, of which two go together, with a prediction and a target each.
class RowWindow {
 public:
  RowWindow(Random& random, size_t rows);
  RowSample sample() const;

 private:
  static constexpr size_t kColumns = 5;

  double row_count_;
  std::vector<float> features_;
  std::vector<double> predictions_, targets_;
};

/// A window of so many parts and one of a further part, whose sizes differ by a fifth.
class PartsAndOne {
 public:
  PartsAndOne(Random& random, size_t parts);
  RowSample reference() const { return sample(parts_); }
  RowSample current() const { return sample(further_); }

 private:
  static RowSample sample(const std::vector<double>& parts);

  std::vector<double> parts_, further_;
};

}  // namespace veleta::drift_tables
