#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "event_routes.hpp"
#include "http_listener.hpp"
#include "http_service.hpp"
#include "pipeline_routes.hpp"
#include "run_routes.hpp"
#include "store/store.hpp"
#include "test_client.hpp"

namespace veleta::testing {

/// The hooks on a port of this machine, over a store in a folder of their own, and what a runner does with requests.
class HookServer {
 public:
  /// `uri` is the store's; empty: an SQLite file in the folder. `open` opens what the hooks use in its place.
  explicit HookServer(const std::string& token = "", LateStore::Open open = nullptr, const std::string& uri = "");
  ~HookServer();

  /// Answers with whatever body comes with it.
  Response ask(const std::string& method, const std::string& path, const std::string& body = "",
               const std::string& headers = "");
  /// The status of a start, of pipeline "rent".
  Response put(const std::string& run_id, const std::string& body = "{}", const std::string& headers = "");
  uint16_t port() const { return listener_->port(); }
  /// Stops, and waits until it has.
  void stop();
  /// Stops taking requests, as the server does; returns at once.
  void drain();

  /// A runner takes the request that is next.
  Claim claim();
  void report(const Claim& claim, const std::string& step, double fraction, const std::string& message);
  void finish(const Claim& claim, RequestEnd end);
  void announce(const PipelineCard& card);
  RunQueue& queue() { return store_->queue(); }
  Store& store() { return *store_; }
  const HttpRouter& router() const { return router_; }
  /// As Prometheus reads them.
  std::string figures() const { return metrics_.render({}, {}); }

  std::atomic<int> wakes{0};  ///< of the runner

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
  LateStore late_;
  std::atomic<bool> draining_{false};
  HttpRouter router_;
  ServerMetrics metrics_;
  ChangeWatch watch_;
  RunRoutes runs_;
  PipelineRoutes pipelines_;
  EventRoutes events_;
  HttpService service_;
  std::unique_ptr<HttpListener> listener_;
  std::thread thread_;
};

/// Of "rent": what a runner tells.
PipelineCard rent_card();

/// A run that ended well: a model was promoted.
RequestEnd promoted();

}  // namespace veleta::testing
