#pragma once

#include <string>

#include "base/json.hpp"

namespace veleta {

/// The watch of one series of a stream as it is kept, to be gone on with by another process.
struct KeptWatch {
  std::string stream;
  std::string series;
  std::string basis;  ///< what it watches against, as text; under another one it begins anew
  std::string maker;  ///< plugin, version and parameters that made the state
  json::object status;
  std::string state;  ///< bytes that the plugin goes on from; empty: the series cannot be watched
};

}  // namespace veleta
