#pragma once

#include <string>

#include "model/bundle.hpp"

namespace veleta {

/// Why the loader cannot compute a model of these views, of which either may be null; empty: it can. Sets of
/// categories, several outputs, sentinels for missing and links besides the identity and the logistic are beyond it.
std::string beyond_python(const veleta_trees* trees, const veleta_linear* linear);

/// What the loader reads besides numbers of nodes: encoding, target, and the model as "trees", "linear" or, where it is
/// beyond the loader, "opaque" with the reason, which the loader tells.
json::object python_model(const Bundle& bundle);

/// The nodes of a tree view as an array of NumPy's .npy format, version 1.0, with one record per node.
std::string npy_nodes(const veleta_trees& trees);

}  // namespace veleta
