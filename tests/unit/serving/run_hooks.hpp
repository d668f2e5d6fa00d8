#pragma once

#include <gmock/gmock.h>
#include <string>

#include "hook_server.hpp"

namespace veleta::testing {

inline constexpr const char* kRun = "/v1/pipelines/rent/runs/";

inline json::object json_of(const Response& response) { return parse_json(response.body, "the reply").as_object(); }

class RunHooks : public ::testing::Test {
 protected:
  std::string state(const std::string& run_id) {
    return text_or_empty(json_of(server.ask("GET", kRun + run_id)), "state");
  }
  int done(const std::string& run_id, const std::string& query = "") {
    return server.ask("GET", kRun + run_id + "/done" + query).status;
  }
  size_t requests() { return server.queue().list({.pipeline = "rent", .state = {}, .kind = {}, .before = {}}).size(); }
  void fail(const std::string& step = "train") {
    server.finish(server.claim(), {RequestState::kFailed, "failed", "the disk is full", "unavailable", step, {}});
  }

  HookServer server;
};

}  // namespace veleta::testing
