#pragma once

#include "plugins/plugin_host.hpp"

namespace veleta::testing {

/// Adds the plugins linked into this program: the real ones, and
///  - learner test_line: predicts a slope, which its bytes name, times the first feature. It has no view, or a false
///  one.
///  - explainer test_first_feature: cannot read any model unless `works` is set. It adds up if `factor` is 1.
///  - explainer test_even: the same for `works`, and only by name. It gives every feature, and every pair of features,
///  an equal share.
///  - explainers a_only_by_name, b_sampled and c_any_model, which refuse every model and carry those flags.
void add_linked_plugins(PluginHost& host);

}  // namespace veleta::testing
