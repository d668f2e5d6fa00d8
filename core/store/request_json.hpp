#pragma once

#include <string>
#include <string_view>

#include "store/run_queue.hpp"

/// Requests and pipelines' cards as the store keeps them: JSON, one object each.
namespace veleta {

std::string to_text(const RunRequest& request);
/// Throws kBadData.
RunRequest request_from_text(std::string_view text);

std::string to_text(const PipelineCard& card);
/// Throws kBadData.
PipelineCard card_from_text(std::string_view text);

}  // namespace veleta
