#pragma once

#include <map>
#include <memory>
#include <string>

#include "http_router.hpp"
#include "inference_log.hpp"
#include "model_holder.hpp"
#include "stream_watcher.hpp"

namespace veleta {

/// What the server tells Prometheus. Labels are bounded: a route or method that the server does not have shares one
/// value with all its like. Thread-safe; counters never go down.
class ServerMetrics {
 public:
  ServerMetrics();
  ~ServerMetrics();

  /// Makes the series of these routes, at 0, so that a rate is right from the first request on. Call it once, before
  /// use.
  void add_routes(const std::map<std::string, HttpRoute>& routes);

  /// Tells of these streams, too; they outlive it. Call it once, before use.
  void follow(const StreamWatcher& streams);

  void request_started();
  /// It is not answered yet, and will start again.
  void request_held();
  /// `route` is empty for a path that is no route.
  void request_finished(const std::string& route, const std::string& method, int status, double seconds);
  /// Bytes that never became a request.
  void request_refused(int status);
  void rows_predicted(const std::string& model_version, size_t rows);
  void reload_ended(const ReloadStatus& status, const ServedModel* serving);

  /// All of it, the process's own figures too, in Prometheus' text format.
  std::string render(const InferenceLogFigures& log, const ReloadStatus& reload) const;

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace veleta
