#include "serving/server.hpp"

#include <algorithm>
#include <atomic>

#include "http_listener.hpp"
#include "http_router.hpp"
#include "http_service.hpp"
#include "inference_log.hpp"
#include "model_holder.hpp"
#include "model_source.hpp"
#include "operation_routes.hpp"
#include "prediction_routes.hpp"
#include "server_metrics.hpp"

namespace veleta {

namespace {

HttpLimits limits_of(const ServeOptions& options) {
  HttpLimits limits;
  limits.body_bytes = options.max_body_bytes;
  return limits;
}

/// Writes to a store that is opened at the first write. The log writes from one thread.
InferenceLog::Write late_store(std::function<std::unique_ptr<Store>()> open_store) {
  return
      [open = std::move(open_store), store = std::shared_ptr<Store>()](const auto& records, const auto& chunk) mutable {
        if (!store) store = open();
        store->append_inferences(records, chunk);
      };
}

}  // namespace

struct Server::Impl {
  const ServeOptions options;
  std::atomic<bool> draining{false};
  ServerMetrics metrics;
  InferenceLog log;
  ModelSource source;
  ModelHolder models;
  HttpRouter router;
  PredictionRoutes predictions;
  OperationRoutes operations;
  HttpService service;
  HttpListener listener;

  Impl(ServeOptions given, InferenceLog::Write write, Registry& registry, PluginHost& plugins)
      : options(std::move(given)),
        log(std::move(write), options.spool_folder),
        source(options.pipeline, options.cache_folder, registry, plugins),
        models(
            {[this] { return source.find_production(); },
             [this](const ModelVersion& version) { return source.load(version); }, [this] { return source.recall(); }},
            [this](const ReloadStatus& status, const ServedModel* serving) { metrics.reload_ended(status, serving); }),
        predictions(options.pipeline, options.max_rows, models, log, metrics),
        operations(models, log, metrics, draining),
        service(router, metrics),
        listener(options.host, options.port, service, limits_of(options)) {
    predictions.add_to(router);
    operations.add_to(router);
    metrics.add_routes(router.routes());
  }
};

Server::Server(ServeOptions options, Store& store, Registry& registry, PluginHost& plugins)
    : impl_(std::make_unique<Impl>(
          std::move(options),
          [&store](const auto& records, const auto& chunk) { store.append_inferences(records, chunk); }, registry,
          plugins)) {}

Server::Server(ServeOptions options, std::function<std::unique_ptr<Store>()> open_store, Registry& registry,
               PluginHost& plugins)
    : impl_(std::make_unique<Impl>(std::move(options), late_store(std::move(open_store)), registry, plugins)) {}

Server::~Server() = default;

uint16_t Server::port() const { return impl_->listener.port(); }

void Server::run() {
  impl_->models.follow(impl_->options.reload_interval_s);
  impl_->listener.run(std::max(1U, impl_->options.threads));
  impl_->models.stop();
  impl_->log.stop();
}

void Server::stop() {
  impl_->draining = true;
  impl_->listener.stop();
}

}  // namespace veleta
