#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "html.hpp"
#include "store/run_queue.hpp"

// What the pages have in common.

namespace veleta {

/// "2026-11-24 10:03:56 UTC"; empty where it has not happened yet.
Html time_html(int64_t time_ms);
/// "0.42 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(int64_t time_ms);
/// A word in its colour: one of a request's or a step's states.
Html state_html(const std::string& state);
/// "pipelines / rent / runs", each a link.
Html way_html(const std::string& pipeline = "", bool to_runs = false);
/// A path of this server with a form of the reply.
std::string path_as(const std::string& path, const char* form);
std::string pipeline_path(const std::string& pipeline);
/// Lines as a terminal shows them.
Html log_html(const std::vector<LogLine>& lines);

}  // namespace veleta
