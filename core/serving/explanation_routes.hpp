#pragma once

#include "http_router.hpp"
#include "model_holder.hpp"

namespace veleta {

/// GET /explain/global: what moves the predictions of the model that serves, over its background rows, as a page draws
/// it. They are explained at the first request for a model, and kept with it. Thread-safe.
class ExplanationRoutes {
 public:
  explicit ExplanationRoutes(const ModelHolder& models) : models_(models) {}
  void add_to(HttpRouter& router);

 private:
  HttpReply global(const HttpRequest& request) const;

  const ModelHolder& models_;
};

}  // namespace veleta
