#pragma once

#include <functional>
#include <string>

namespace veleta {

/// How far a step is.
struct Progress {
  std::string step;      ///< "ingest", "train", …
  double fraction = -1;  ///< 0 to 1; negative where the end is unknown
  std::string message;   ///< what is being done, or what came of it when `finished`
  bool finished = false;
};

/// Called from the thread that runs the pipeline.
using ProgressFunction = std::function<void(const Progress&)>;

}  // namespace veleta
