#pragma once

#include "drift/drift.hpp"

namespace veleta {

/// Corrects the p-values of all results together, says what each result and each column comes to, weighs them, and puts
/// the worst first. Columns of segments that did not drift are taken out.
void reach_verdicts(DriftReport& report, const std::map<std::string, double>& importance);

}  // namespace veleta
