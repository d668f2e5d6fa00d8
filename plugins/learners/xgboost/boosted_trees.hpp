#pragma once

#include "ubjson.hpp"
#include "veleta/training.hpp"

namespace xgboost_plugin {

/// The trees of a saved XGBoost model (its documented JSON schema), without nodes that pruning cut off, each node
/// before its children. Margins added up from them are XGBoost's own, bit for bit. Throws kBadData for what is no such
/// model, kUnsupported for one with other than numeric splits, one output, gbtree.
veleta::TreeEnsemble read_trees(const Ubjson& model);

}  // namespace xgboost_plugin
