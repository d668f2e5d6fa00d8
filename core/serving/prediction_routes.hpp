#pragma once

#include <functional>
#include <string>

#include "base/json_writer.hpp"
#include "http_router.hpp"
#include "inference_log.hpp"
#include "model_holder.hpp"
#include "prediction_input.hpp"
#include "prediction_query.hpp"
#include "server_metrics.hpp"

namespace veleta {

/// POST /predict and POST /explain: a body's rows through the model that serves, into a reply, the inference log and
/// the metrics. Thread-safe.
class PredictionRoutes {
 public:
  /// What of the answered rows goes to streams by way of the log.
  struct Watched {
    bool columns = false;
    bool predictions = false;
  };

  PredictionRoutes(std::string pipeline, size_t max_rows, const ModelHolder& models, InferenceLog& log,
                   ServerMetrics& metrics, Watched watched = {false, false});
  void add_to(HttpRouter& router);

 private:
  /// Writes a reply's members but the model and the request's id; returns the rows' predictions.
  using Compute = std::vector<double>(const Bundle& bundle, const PredictionInput& input, const PredictionQuery& query,
                                      JsonWriter& json);

  static Compute predict, explain;

  ServedRows rows_to_watch(const ServedModel& model, const Table& table, const std::vector<double>& predictions) const;
  HttpReply serve(const HttpRequest& request, Compute& compute);
  /// `record` holds what all the rows' records share.
  HttpReply answer(const HttpRequest& request, const ServedModel& model, Compute& compute, InferenceRecord record);

  const std::string pipeline_;
  const size_t max_rows_;
  const ModelHolder& models_;
  InferenceLog& log_;
  ServerMetrics& metrics_;
  const Watched watched_;
};

/// Throws HttpProblem 415 unless the body is plain JSON in UTF-8, or does not say what it is.
void require_json(const HttpRequest& request);

}  // namespace veleta
