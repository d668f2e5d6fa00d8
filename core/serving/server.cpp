#include "serving/server.hpp"

#include <algorithm>
#include <atomic>

#include "change_watch.hpp"
#include "event_routes.hpp"
#include "explanation_routes.hpp"
#include "file_limit.hpp"
#include "http_listener.hpp"
#include "http_router.hpp"
#include "http_service.hpp"
#include "inference_log.hpp"
#include "late_store.hpp"
#include "model_holder.hpp"
#include "model_source.hpp"
#include "operation_routes.hpp"
#include "pipeline_routes.hpp"
#include "prediction_routes.hpp"
#include "run_routes.hpp"
#include "server_metrics.hpp"
#include "stream_routes.hpp"
#include "stream_watcher.hpp"

namespace veleta {

namespace {

/// What the process opens besides connections: files, plugins, stores.
constexpr size_t kOtherFiles = 256;

HttpLimits limits_of(const ServeOptions& options) {
  HttpLimits limits;
  limits.body_bytes = options.max_body_bytes;
  const size_t files = raise_file_limit();
  if (files > 2 * kOtherFiles) limits.connections = std::min(limits.connections, files - kOtherFiles);
  limits.held = std::min(limits.held, limits.connections / 4 * 3);
  return limits;
}

}  // namespace

struct Server::Impl {
  const ServeOptions options;
  std::atomic<bool> draining{false};
  LateStore store;
  ServerMetrics metrics;
  ModelSource source;
  ModelHolder models;
  StreamWatcher streams;
  InferenceLog log;
  HttpRouter router;
  PredictionRoutes predictions;
  ExplanationRoutes explanations{models};
  OperationRoutes operations;
  ChangeWatch watch;
  RunRoutes runs;
  PipelineRoutes pipelines;
  EventRoutes events;
  StreamRoutes stream_routes;
  HttpService service;
  HttpListener listener;

  template <typename StoreOrOpen>
  Impl(ServeOptions given, StoreOrOpen&& of_store, Registry& registry, PluginHost& plugins)
      : options(std::move(given)),
        store(std::forward<StoreOrOpen>(of_store)),
        source(options.pipeline, options.cache_folder, registry, plugins),
        models(
            {[this] { return source.find_production(); },
             [this](const ModelVersion& version) { return source.load(version); }, [this] { return source.recall(); }},
            [this](const ReloadStatus& status, const ServedModel* serving) { metrics.reload_ended(status, serving); }),
        streams(options.pipeline, options.streams, store, models, plugins, [this] { watch.look_now(); }),
        log([this](const auto& records, const auto& chunk) { store.get().append_inferences(records, chunk); },
            options.spool_folder, InferenceLog::kCapacityRows, InferenceLog::kCapacityBytes,
            [this](std::vector<ServedBlock> rows) { streams.take(std::move(rows)); }),
        predictions(options.pipeline, options.max_rows, models, log, metrics,
                    {streams.watches(StreamSubject::kColumns), streams.watches(StreamSubject::kPredictions)}),
        operations(models, log, metrics, draining),
        watch([this]() -> RunQueue& { return store.get().queue(); }),
        runs(hook_context()),
        pipelines(hook_context()),
        events(hook_context()),
        stream_routes(options.pipeline, hook_context(), models, log, streams),
        service(router, metrics, options.token),
        listener(options.host, options.port, service, limits_of(options)) {
    predictions.add_to(router);
    explanations.add_to(router);
    operations.add_to(router);
    runs.add_to(router);
    pipelines.add_to(router);
    events.add_to(router);
    stream_routes.add_to(router);
    metrics.follow(streams);
    metrics.add_routes(router.routes());
  }

  HookContext hook_context() { return {store, watch, draining, options.on_request}; }
};

Server::Server(ServeOptions options, Store& store, Registry& registry, PluginHost& plugins)
    : impl_(std::make_unique<Impl>(std::move(options), store, registry, plugins)) {}

Server::Server(ServeOptions options, std::function<std::unique_ptr<Store>()> open_store, Registry& registry,
               PluginHost& plugins)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(open_store), registry, plugins)) {}

Server::~Server() = default;

uint16_t Server::port() const { return impl_->listener.port(); }

void Server::run() {
  impl_->models.follow(impl_->options.reload_interval_s);
  impl_->streams.start();
  impl_->listener.run(std::max(1U, impl_->options.threads));
  impl_->models.stop();
  impl_->log.stop();
  impl_->streams.stop();
}

void Server::store_changed() { impl_->watch.look_now(); }

void Server::stop() {
  impl_->draining = true;
  impl_->listener.stop();
}

}  // namespace veleta
