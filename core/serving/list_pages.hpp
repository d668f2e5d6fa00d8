#pragma once

#include <optional>
#include <vector>

#include "html.hpp"
#include "store/run_queue.hpp"

namespace veleta {

/// All pipelines, each a link.
HtmlPage pipelines_page(const std::vector<PipelineCard>& cards);
/// A pipeline: what is known of it, and its last runs.
HtmlPage pipeline_page(const PipelineCard& card, const std::vector<RunRequest>& last_runs);
/// Runs, newest first; `older`: the path of the page that follows; empty: none does.
HtmlPage runs_page(const std::string& pipeline, const std::vector<RunRequest>& runs, const std::string& older);

}  // namespace veleta
