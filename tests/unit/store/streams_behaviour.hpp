#pragma once

#include <cmath>

#include "store_behaviour.hpp"

namespace veleta {

/// Labels of served rows and watches of streams, on every store.
class StreamsBehaviour : public StoreBehaviour {
 protected:
  ServedStreams& streams() { return store().streams(); }

  void serve(const std::string& request_id, std::vector<double> predictions, int64_t time_ms = 1000,
             const std::string& pipeline = "realty") {
    std::vector<InferenceRecord> records;
    for (const double prediction : predictions)
      records.push_back({request_id, time_ms, pipeline, "3", R"({"bed":2})", prediction, 200, "", 90});
    store().append_inferences(records);
  }
  LabelOutcome label(const std::string& request_id, std::vector<std::string> labels) {
    return streams().add_labels("realty", {{request_id, std::move(labels)}}).at(0);
  }
  /// All labels, as "request prediction label".
  std::vector<std::string> labelled() {
    std::vector<std::string> all;
    for (const LabelledRow& row : streams().labelled_rows("realty", 0, 1000))
      all.push_back(row.request_id + " " + std::to_string(std::lround(row.prediction)) + " " + row.label);
    return all;
  }
  std::vector<KeptLabel> kept() {
    std::vector<KeptLabel> all;
    streams().each_label("realty", [&](const KeptLabel& label) { all.push_back(label); });
    return all;
  }
  StreamsSave save_by(const std::string& watcher) {
    StreamsSave save;
    save.pipeline = "realty";
    save.watcher = watcher;
    return save;
  }
};

}  // namespace veleta
