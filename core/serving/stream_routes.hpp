#pragma once

#include <string>

#include "hook_context.hpp"
#include "inference_log.hpp"
#include "labels_body.hpp"
#include "model_holder.hpp"
#include "stream_watcher.hpp"

namespace veleta {

/// POST /labels and GET /v1/pipelines/{pipeline}/streams: what truly was of served rows, and how the streams stand that
/// are watched over them. Thread-safe.
class StreamRoutes {
 public:
  /// `pipeline` is the one that is served here.
  StreamRoutes(std::string pipeline, HookContext context, const ModelHolder& models, const InferenceLog& log,
               StreamWatcher& streams);
  void add_to(HttpRouter& router);

 private:
  HttpReply label(const HttpRequest& request, const std::string& pipeline) const;
  std::vector<LabelOutcome> store_labels(const std::string& pipeline, const LabelsBody& body) const;
  bool takes_numbers_alone(const std::string& pipeline) const;
  HttpReply list(const HttpRequest& request) const;
  std::vector<json::object> watches_of(const std::string& pipeline) const;

  const std::string pipeline_;
  const HookContext context_;
  const ModelHolder& models_;
  const InferenceLog& log_;
  StreamWatcher& streams_;
};

}  // namespace veleta
