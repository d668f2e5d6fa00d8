#pragma once

#include <optional>
#include <vector>

#include "html.hpp"
#include "store/store.hpp"

namespace veleta {

/// All that the page of a run tells.
struct RunView {
  RunRequest request;
  std::vector<StepRecord> steps;  ///< those that finished
  std::optional<DecisionRecord> decision{};
  std::vector<LogLine> log{};  ///< the last lines, oldest first
};

/// A run as a page for people; while it has not ended, the page is loaded again every few seconds.
HtmlPage run_page(const RunView& view);

/// A page of what was said while a run ran; `next` is the number of its last line.
HtmlPage log_page(const RunRequest& request, const std::vector<LogLine>& lines, int64_t next);

}  // namespace veleta
