#include "hook_server.hpp"

namespace veleta::testing {

namespace {

std::unique_ptr<Store> open_at(const std::string& uri, const std::filesystem::path& folder) {
  StoreOptions options;
  options.blobs = (folder / "blobs").string();
  return open_store(uri.empty() ? "sqlite:///" + (folder / "veleta.db").string() : uri, options);
}

}  // namespace

HookServer::HookServer(const std::string& token, LateStore::Open open, const std::string& uri)
    : folder_(std::filesystem::temp_directory_path() / ("veleta_hooks_" + new_id())),
      store_(open_at(uri, folder_)),
      late_(open ? LateStore(std::move(open)) : LateStore(*store_)),
      watch_([this]() -> RunQueue& { return late_.get().queue(); }, std::chrono::milliseconds(2)),
      runs_({late_, watch_, draining_, [this] { ++wakes; }}),
      pipelines_({late_, watch_, draining_, [this] { ++wakes; }}),
      events_({late_, watch_, draining_, nullptr}),
      service_(router_, metrics_, token) {
  runs_.add_to(router_);
  pipelines_.add_to(router_);
  events_.add_to(router_);
  metrics_.add_routes(router_.routes());
  listener_ = std::make_unique<HttpListener>("127.0.0.1", 0, service_, HttpLimits());
  thread_ = std::thread([this] { listener_->run(1); });
  announce(rent_card());
}

HookServer::~HookServer() {
  stop();
  listener_.reset();
  std::filesystem::remove_all(folder_);
}

Response HookServer::ask(const std::string& method, const std::string& path, const std::string& body,
                         const std::string& headers) {
  return TestClient(port()).ask(method, path, body, headers);
}

Response HookServer::put(const std::string& run_id, const std::string& body, const std::string& headers) {
  return ask("PUT", "/v1/pipelines/rent/runs/" + run_id, body, headers);
}

void HookServer::stop() {
  drain();
  if (thread_.joinable()) thread_.join();
}

void HookServer::drain() {
  draining_ = true;
  listener_->stop();
}

Claim HookServer::claim() {
  const auto request = queue().claim("runner", 60'000);
  if (!request) throw std::runtime_error("no request to take");
  return {request->pipeline, request->id, "runner", request->claim};
}

void HookServer::report(const Claim& claim, const std::string& step, double fraction, const std::string& message) {
  queue().report(claim, {step, fraction, message});
}

void HookServer::finish(const Claim& claim, RequestEnd end) {
  if (!queue().finish(claim, end)) throw std::runtime_error("the claim was lost");
}

void HookServer::announce(const PipelineCard& card) { queue().announce("runner", {card}); }

PipelineCard rent_card() {
  PipelineCard card;
  card.name = "rent";
  card.task = "regression";
  card.target = "rent";
  card.max_queued = 1000;
  card.parameters = {"rounds", "window"};
  card.grounds = {"drift", "new_categories", "performance"};
  return card;
}

RequestEnd promoted() {
  RequestEnd end;
  end.state = RequestState::kSucceeded;
  end.outcome = "promoted";
  end.sentence = "The data drifted. Promoted: mae 1 against 2.";
  end.result = {{"batch", "3"},
                {"action", "train"},
                {"reasons", json::array{json::object{{"code", "drift"}, {"sentence", "rooms drifted"}}}},
                {"model_version", 2},
                {"learner", "ridge"},
                {"metrics", {{"mae", 1.5}}},
                {"champion_metrics", {{"mae", 2.5}}}};
  return end;
}

}  // namespace veleta::testing
