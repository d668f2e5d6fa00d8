#include "server_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <algorithm>
#include <array>
#include <mutex>

#include "process_figures.hpp"

namespace veleta {

namespace {

/// 10 µs to 10 s: a prediction takes tens of microseconds, the explanation of many rows seconds; OpenTelemetry's bounds
/// begin at 5 ms.
const prometheus::Histogram::BucketBoundaries kDurationBoundsS{
    10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 1, 2.5, 10};
constexpr const char* kOther = "other";

std::string bounded_method(const std::string& method) {
  static constexpr std::array kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end() ? kOther : method;
}

prometheus::ClientMetric sample(double value, std::vector<prometheus::ClientMetric::Label> labels = {}) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = metric.gauge.value = value;
  return metric;
}

std::vector<prometheus::MetricFamily> families_of(const InferenceLogFigures& log) {
  const auto rows = [](uint64_t count, const char* result) {
    return sample(static_cast<double>(count), {{"result", result}});
  };
  return {{"veleta_inference_log_rows_total",
           "Rows given to the inference log, by what became of them",
           prometheus::MetricType::Counter,
           {rows(log.written_rows, "written"), rows(log.dropped_rows, "dropped"), rows(log.failed_rows, "failed")}},
          {"veleta_inference_log_queue_rows",
           "Rows that wait to be written to the inference log",
           prometheus::MetricType::Gauge,
           {sample(static_cast<double>(log.queued_rows))}},
          {"veleta_inference_log_queue_bytes",
           "Memory of the rows that wait to be written to the inference log",
           prometheus::MetricType::Gauge,
           {sample(static_cast<double>(log.queued_bytes))}},
          {"veleta_inference_log_spool_rows",
           "Rows on the disk that wait for the store",
           prometheus::MetricType::Gauge,
           {sample(static_cast<double>(log.spooled_rows))}},
          {"veleta_inference_log_spool_bytes",
           "Bytes on the disk of the rows that wait for the store",
           prometheus::MetricType::Gauge,
           {sample(static_cast<double>(log.spooled_bytes))}}};
}

std::vector<prometheus::MetricFamily> families_of(const ReloadStatus& reload) {
  return {{"veleta_model_confirmed_timestamp_seconds",
           "When the registry last named the version that serves, since 1970-01-01 UTC; 0: not yet",
           prometheus::MetricType::Gauge,
           {sample(static_cast<double>(reload.confirmed_ms) / 1000)}}};
}

std::vector<prometheus::MetricFamily> families_of(const ProcessFigures& process) {
  using prometheus::MetricType;
  return {{"process_cpu_seconds_total", "User and system CPU time spent", MetricType::Counter, {sample(process.cpu_s)}},
          {"process_resident_memory_bytes", "Resident memory", MetricType::Gauge, {sample(process.resident_bytes)}},
          {"process_start_time_seconds",
           "Start of the process since 1970-01-01 UTC",
           MetricType::Gauge,
           {sample(process.start_time_s)}},
          {"process_open_fds", "Open file descriptors", MetricType::Gauge, {sample(process.open_files)}}};
}

std::vector<prometheus::MetricFamily> families_of(const StreamFigures& streams, uint64_t lost_rows) {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families{
      {"veleta_stream_values_total", "Values that a stream's watch took", MetricType::Counter, {}},
      {"veleta_stream_alarms_total", "Alarms of a stream's watch", MetricType::Counter, {}},
      {"veleta_stream_statistic", "What a stream's watch holds against its threshold", MetricType::Gauge, {}},
      {"veleta_stream_threshold", "From where on a stream's watch gives an alarm", MetricType::Gauge, {}},
      {"veleta_stream_watched", "1: the series is watched", MetricType::Gauge, {}}};
  for (const WatchStatus& watch : streams.watches) {
    const std::array values{static_cast<double>(watch.process_values), static_cast<double>(watch.process_alarms),
                            watch.signal.statistic, watch.signal.threshold, watch.problem.empty() ? 1.0 : 0.0};
    for (size_t i = 0; i < values.size(); ++i)
      families[i].metric.push_back(sample(values[i], {{"stream", watch.stream}, {"series", watch.series}}));
  }
  const auto lost = static_cast<double>(streams.unwatched_rows + lost_rows);
  families.push_back({"veleta_stream_unwatched_rows_total",
                      "Rows that were served and not watched: too many waited, their model serves no more, or another "
                      "server watches",
                      MetricType::Counter,
                      {sample(lost)}});
  return families;
}

}  // namespace

struct ServerMetrics::Series {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter().Name("veleta_http_requests_total").Help("Requests answered").Register(registry);
  prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                             .Name("veleta_http_request_duration_seconds")
                                                             .Help("From a request's last byte to its reply's first")
                                                             .Register(registry);
  prometheus::Gauge& in_flight = prometheus::BuildGauge()
                                     .Name("veleta_http_requests_in_flight")
                                     .Help("Requests being answered")
                                     .Register(registry)
                                     .Add({});
  prometheus::Family<prometheus::Counter>& predictions =
      prometheus::BuildCounter().Name("veleta_predictions_total").Help("Rows predicted").Register(registry);
  prometheus::Family<prometheus::Counter>& reloads = prometheus::BuildCounter()
                                                         .Name("veleta_model_reloads_total")
                                                         .Help("Attempts to load a model version")
                                                         .Register(registry);
  prometheus::Family<prometheus::Gauge>& models =
      prometheus::BuildGauge().Name("veleta_model_info").Help("1 for the version that serves").Register(registry);

  std::map<std::string, prometheus::Histogram*> duration_of_route;  ///< filled before the first request

  std::mutex model_mutex;
  const StreamWatcher* streams = nullptr;
  prometheus::Gauge* model = nullptr;  ///< guarded by model_mutex; null: nothing serves yet

  prometheus::Counter& requests_of(const std::string& route, const std::string& method, int status) {
    return requests.Add({{"route", route}, {"method", method}, {"code", std::to_string(status)}});
  }
};

ServerMetrics::ServerMetrics() : series_(std::make_unique<Series>()) {
  for (const char* result : {"success", "failure"}) series_->reloads.Add({{"result", result}});
}

ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::add_routes(const std::map<std::string, HttpRoute>& routes) {
  const auto add_duration = [this](const std::string& route) {
    series_->duration_of_route[route] = &series_->durations.Add({{"route", route}}, kDurationBoundsS);
  };
  for (const auto& [path, route] : routes) {
    add_duration(path);
    for (const auto& [method, operation] : route.operations)
      for (const int status : {200, 500}) series_->requests_of(path, method, status);
  }
  add_duration(kOther);
}

void ServerMetrics::follow(const StreamWatcher& streams) { series_->streams = &streams; }

void ServerMetrics::request_started() { series_->in_flight.Increment(); }

void ServerMetrics::request_held() { series_->in_flight.Decrement(); }

void ServerMetrics::request_finished(const std::string& route, const std::string& method, int status, double seconds) {
  series_->in_flight.Decrement();
  const std::string& label = route.empty() ? kOther : route;
  series_->requests_of(label, bounded_method(method), status).Increment();
  series_->duration_of_route.at(label)->Observe(seconds);
}

void ServerMetrics::request_refused(int status) { series_->requests_of(kOther, kOther, status).Increment(); }

void ServerMetrics::rows_predicted(const std::string& model_version, size_t rows) {
  series_->predictions.Add({{"version", model_version}}).Increment(static_cast<double>(rows));
}

void ServerMetrics::reload_ended(const ReloadStatus& status, const ServedModel* serving) {
  const bool swapped = status.outcome == ReloadOutcome::kSwapped;
  series_->reloads.Add({{"result", swapped ? "success" : "failure"}}).Increment();
  if (!swapped || !serving) return;
  const std::lock_guard lock(series_->model_mutex);
  if (series_->model) series_->models.Remove(series_->model);
  series_->model = &series_->models.Add({{"name", serving->version.model},
                                         {"version", std::to_string(serving->version.version)},
                                         {"digest", serving->digest}});
  series_->model->Set(1);
}

std::string ServerMetrics::render(const InferenceLogFigures& log, const ReloadStatus& reload) const {
  std::vector<prometheus::MetricFamily> families = series_->registry.Collect();
  for (auto& more : {families_of(log), families_of(reload), families_of(process_figures())})
    families.insert(families.end(), more.begin(), more.end());
  if (series_->streams) {
    const auto more = families_of(series_->streams->figures(), log.unwatched_rows);
    families.insert(families.end(), more.begin(), more.end());
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace veleta
