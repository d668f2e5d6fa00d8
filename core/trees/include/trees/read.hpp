#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "veleta/training.hpp"

namespace veleta {

/// A model file's trees, and what else the file tells of them.
struct TreeModel {
  TreeEnsemble trees;
  size_t columns = 0;                      ///< of the rows that it takes
  std::vector<std::string> feature_names;  ///< one a column; empty: the file has none
  std::vector<std::string> feature_types;  ///< one a column in XGBoost's words ("float", "int", "c"); empty: none
  std::vector<std::string> output_names;   ///< one an output; empty: the file has none
  std::string format;                      ///< "XGBoost JSON", "XGBoost UBJSON", "LightGBM text", …
  std::string made_by;                     ///< "XGBoost 1.7.4"; as far as the file tells
  std::string booster;                     ///< "gbtree", "dart", "gbdt", "rf", …
  std::string objective;                   ///< in the words of who made it; empty: the file tells none
  std::vector<double> gains;               ///< by node: what its split gained in training; empty: not told
  bool has_covers = true;                  ///< false: the file tells no covers, and they are all 0
  std::vector<std::string> notes;          ///< what a user of the file should know, in sentences
};

/// Reads a model file of any format that is known, which its first bytes tell: XGBoost's JSON and UBJSON (of 1.0
/// to 3.x), LightGBM's text (v3, v4), a dlib random_forest_regression_function, and what this project's random_forest
/// learner saves. Margins of the trees are the maker's own: bit for bit those of XGBoost's prediction from dense
/// memory, and within rounding of their order of addition those of the others, for rows of 32-bit floats.
///
/// Each node stands before its children, no node has two parents, features are below `columns`, and all numbers are
/// finite but thresholds, which may be infinite. Takes memory for some twenty times the bytes at most. Throws kBadData
/// for what is broken, saying where; kUnsupported for what is sound and cannot be had as trees: linear boosters, leaves
/// that are vectors or linear models, objectives of other links than ours.
TreeModel read_tree_model(std::string_view bytes);

/// The same for XGBoost's two formats alone.
TreeModel read_xgboost_model(std::string_view bytes);

/// The same with covers counted from rows: the number of them that reach each node. For models whose file tells none.
/// Rows with a category that is unknown to a node go where the trees say. Throws kInvalidArgument for rows of another
/// width.
TreeModel with_covers_from(TreeModel model, const MatrixView& rows);

/// The formats that read_tree_model knows, for messages: "XGBoost JSON, …".
std::string known_tree_formats();

}  // namespace veleta
