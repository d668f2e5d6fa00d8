#pragma once

#include "store_behaviour.hpp"

namespace veleta {

inline constexpr int64_t kLease_ms = 60'000;
inline constexpr int64_t kNoLease_ms = -1'000;

/// What every store's queue does. A runner `runner` has told of the pipelines realty and boston.
class QueueBehaviour : public StoreBehaviour {
 protected:
  QueueBehaviour() { queue().announce("runner", {card_of("realty"), card_of("boston")}); }

  RunQueue& queue() { return store().queue(); }

  static PipelineCard card_of(const std::string& name) {
    PipelineCard card;
    card.name = name;
    card.file = "configs/" + name + ".toml";
    card.task = "regression";
    card.target = "price";
    card.max_queued = 7;
    card.parameters = {"day"};
    card.grounds = {"drift"};
    card.schedule = "every 1h";
    return card;
  }

  static NewRequest new_request(const std::string& id, const std::string& pipeline = "realty") {
    NewRequest request;
    request.pipeline = pipeline;
    request.id = id;
    request.body = R"({"batch": "4"})";
    request.digest = "d";
    return request;
  }

  RunRequest submit(const std::string& id, const std::string& pipeline = "realty", int priority = 0) {
    NewRequest request = new_request(id, pipeline);
    request.priority = priority;
    return queue().submit(request).request;
  }

  std::string claimed(const std::string& runner = "runner", int64_t lease_ms = kLease_ms) {
    const auto request = queue().claim(runner, lease_ms);
    return request ? request->pipeline + "/" + request->id : "none";
  }

  static Claim claim_of(const RunRequest& request) {
    return {request.pipeline, request.id, request.runner, request.claim};
  }

  static RequestEnd success() { return {RequestState::kSucceeded, "promoted", "It won.", "", "", {{"mae", 0.5}}}; }

  std::vector<std::string> told() {
    std::vector<std::string> words;
    for (const auto& event : queue().events({})) words.push_back(event.kind + " " + event.run_id);
    return words;
  }
};

}  // namespace veleta
