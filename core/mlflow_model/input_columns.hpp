#pragma once

#include "model/bundle.hpp"

namespace veleta {

/// The columns that a request may have, as a schema of MLflow has them, in the bundle's order.
json::array mlflow_inputs(const BundleParts& parts);

/// A typical row of the training window, for people to try: {"columns": […], "data": [[…]]}. Medians, and the most
/// frequent categories; null where a column was always missing.
json::object input_example(const BundleParts& parts);

}  // namespace veleta
