#pragma once

#include <map>
#include <string>
#include <vector>

#include "run_context.hpp"

namespace veleta {

/// What people look at when they judge a run: pictures (plots/NAME.svg and .png) and the numbers behind them
/// (tables/NAME.csv), by their artifacts' names. The same run gives the same bytes of SVG and CSV.
struct RunReport {
  std::map<std::string, std::string> files;
  std::vector<std::string> problems;  ///< a sentence for each picture or table that could not be made
};

/// What a report is of.
struct ReportSubject {
  const Bundle& challenger;
  const HoldoutRows& holdout;
  const std::string& metric;     ///< that errors of segments are told in
  const json::object& detected;  ///< the output of the step `detect`
};
/// Never throws for a picture: what goes wrong is logged, and told in `problems`.
RunReport make_report(const ReportSubject& subject);

}  // namespace veleta
