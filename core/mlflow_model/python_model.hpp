#pragma once

#include <string>

#include "model/bundle.hpp"

namespace veleta {

/// What the loader reads besides numbers of nodes: encoding, target, and the model as "trees", "linear" or "opaque".
json::object python_model(const Bundle& bundle);

/// The nodes of a tree view as an array of NumPy's .npy format, version 1.0, with one record per node.
std::string npy_nodes(const veleta_trees& trees);

}  // namespace veleta
