#pragma once

#include <string>
#include <vector>

#include "data/table.hpp"

namespace veleta {

/// Counts the labels of a column that comes piece by piece.
class CountedLabels {
 public:
  void add(const Column& column);
  void add(const std::vector<std::string>& labels, const std::vector<double>& counts);
  /// Labels that occur, most frequent first, ties in the order of the labels.
  void write(std::vector<std::string>& labels, std::vector<double>& counts) const;

 private:
  double& count_of(const std::string& label);

  Dictionary dictionary_;
  std::vector<double> counts_;  ///< of each code
};

}  // namespace veleta
