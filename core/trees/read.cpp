#include "trees/read.hpp"

#include <cmath>

#include "formats.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

/// Behind the brace: a quote or the end of an empty object in JSON, the type of a name's length in UBJSON.
bool begins_as_json(std::string_view bytes) {
  const size_t brace = bytes.find_first_not_of(" \t\r\n");
  if (brace == std::string_view::npos || bytes[brace] != '{') return false;
  const size_t next = bytes.find_first_not_of(" \t\r\n", brace + 1);
  return next == std::string_view::npos || bytes[next] == '"' || bytes[next] == '}';
}

std::string beginning(std::string_view bytes) {
  if (bytes.empty()) return "no bytes at all";
  constexpr char kDigits[] = "0123456789abcdef";
  std::string shown = "'";
  for (unsigned char byte : bytes.substr(0, 24)) {
    if (byte >= ' ' && byte < 0x7f)
      shown += static_cast<char>(byte);
    else
      shown += std::string("\\x") + kDigits[byte >> 4] + kDigits[byte & 15];
  }
  return shown + "'";
}

}  // namespace

std::string known_tree_formats() {
  return "XGBoost JSON (.json), XGBoost UBJSON (.ubj), LightGBM text (.txt), dlib random_forest_regression_function, "
         "Veleta random_forest";
}

TreeModel read_tree_model(std::string_view bytes) {
  if (begins_as_lightgbm_text(bytes)) return read_lightgbm_text(bytes);
  if (begins_as_dlib_forest(bytes)) return read_dlib_forest(bytes);
  if (begins_as_random_forest(bytes)) return read_random_forest(bytes);
  return read_xgboost_model(bytes);
}

TreeModel read_xgboost_model(std::string_view bytes) {
  if (begins_as_json(bytes)) return read_xgboost_json(bytes);
  if (bytes.starts_with('{')) return read_xgboost_ubjson(bytes);
  if (bytes.starts_with("binf") || bytes.starts_with("bs64"))
    throw Error(ErrorCode::kUnsupported,
                "this is a model in XGBoost's old binary format; load it with the XGBoost that wrote it and save it as "
                ".json or .ubj");
  throw Error(ErrorCode::kBadData, "this is no model file that is known: expected " + known_tree_formats() +
                                       "; found a file that begins with " + beginning(bytes));
}

}  // namespace veleta
