#pragma once

#include <atomic>
#include <string>

#include "http_problem.hpp"
#include "http_router.hpp"
#include "inference_log.hpp"
#include "model_holder.hpp"
#include "server_metrics.hpp"

namespace veleta {

/// What people and machines that run the server ask: GET / /model /healthz /readyz /metrics, POST /reload. Thread-safe.
class OperationRoutes {
 public:
  OperationRoutes(ModelHolder& models, const InferenceLog& log, const ServerMetrics& metrics,
                  const std::atomic<bool>& draining);
  void add_to(HttpRouter& router);

 private:
  HttpReply model() const;
  HttpReply ready() const;
  HttpReply reload();

  ModelHolder& models_;
  const InferenceLog& log_;
  const ServerMetrics& metrics_;
  const std::atomic<bool>& draining_;
};

}  // namespace veleta
