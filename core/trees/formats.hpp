#pragma once

#include "trees/read.hpp"

// A reader for each format; see read_tree_model for what they promise and throw.

namespace veleta {

TreeModel read_xgboost_json(std::string_view bytes);
TreeModel read_xgboost_ubjson(std::string_view bytes);
TreeModel read_lightgbm_text(std::string_view bytes);
TreeModel read_dlib_forest(std::string_view bytes);
TreeModel read_random_forest(std::string_view bytes);

/// Whether the bytes begin as such a file does.
bool begins_as_dlib_forest(std::string_view bytes);
bool begins_as_lightgbm_text(std::string_view bytes);
bool begins_as_random_forest(std::string_view bytes);

}  // namespace veleta
