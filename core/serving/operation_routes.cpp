#include "operation_routes.hpp"

#include "base/clock.hpp"
#include "json_text.hpp"
#include "openapi.hpp"
#include "prediction_reply.hpp"

namespace veleta {

namespace {

HttpReply json_reply(const json::value& body, int status = 200) {
  return {status, "application/json", {{"Cache-Control", "no-store"}}, to_text(body)};
}

/// Every route with its methods.
json::object index_of(const HttpRouter& router) {
  json::object routes;
  for (const auto& [path, route] : router.routes()) routes[path] = route.allowed();
  return {{"service", "veleta"}, {"routes", std::move(routes)}};
}

/// The last look at the registry; "problem" is null where it went well. "confirmed" is when the registry last named the
/// version that serves, "stale_s" how long ago that is.
json::object to_json(const ReloadStatus& status) {
  if (status.time_ms == 0) return {{"problem", nullptr}, {"time", nullptr}};
  json::object object{{"problem", nullptr}, {"time", format_time(status.time_ms)}};
  if (!status.problem.empty()) object["problem"] = status.problem;
  if (status.version != 0) object["version"] = std::to_string(status.version);
  if (status.confirmed_ms != 0) {
    object["confirmed"] = format_time(status.confirmed_ms);
    object["stale_s"] = static_cast<double>(now_ms() - status.confirmed_ms) / 1000;
  }
  return object;
}

json::object target_card(const TargetSpec& target) {
  json::object card{{"column", target.column}};
  if (target.task == Task::kRegression) {
    card["task"] = "regression";
    card["transform"] = target.transform == TargetTransform::kLog ? "log" : "none";
  } else {
    card["task"] = "binary";
    card["positive"] = target.positive;
    card["negative"] = target.negative;
  }
  return card;
}

json::array input_card(const Schema& schema) {
  json::array inputs;
  for (const Field& field : schema.fields) inputs.push_back({{"name", field.name}, {"type", to_string(field.type)}});
  return inputs;
}

/// When the version won: a run leaves that in the version's tags.
json::value promotion_time(const ModelVersion& version) {
  const auto status = version.tags.find("status"), time = version.tags.find("decided_at");
  const bool is_told = status != version.tags.end() && status->second == "promoted" && time != version.tags.end();
  return is_told ? json::value(time->second) : json::value(nullptr);
}

json::object model_card(const ServedModel& model) {
  const BundleParts& parts = model.bundle->parts();
  json::object tags, importance;
  for (const auto& [key, value] : model.version.tags) tags[key] = value;
  for (const auto& [column, value] : parts.importance) importance[column] = number_or_null(value);
  json::object card = model_reference(model);
  card["description"] = model.version.description;
  card["run_id"] = model.version.run_id;
  card["created_at"] = format_time(model.version.created_ms);
  card["promoted_at"] = promotion_time(model.version);
  card["loaded_at"] = format_time(model.loaded_ms);
  card["tags"] = std::move(tags);
  card["learner"] = {{"name", parts.learner}, {"version", parts.learner_version}};
  card["target"] = target_card(parts.target);
  card["inputs"] = input_card(parts.input_schema);
  card["explainer"] = model.bundle->can_explain() ? json::value(model.bundle->explainer()) : json::value(nullptr);
  card["importance"] = std::move(importance);
  card["training"] = parts.notes;
  return card;
}

}  // namespace

OperationRoutes::OperationRoutes(ModelHolder& models, const InferenceLog& log, const ServerMetrics& metrics,
                                 const std::atomic<bool>& draining)
    : models_(models), log_(log), metrics_(metrics), draining_(draining) {}

void OperationRoutes::add_to(HttpRouter& router) {
  router.add("GET", "/", [&router](const HttpRequest&) { return json_reply(index_of(router)); },
             {.summary = "The routes, with their methods", .replies = {{200, "the routes"}}});
  router.add("GET", "/openapi.json", [&router](const HttpRequest&) { return json_reply(openapi_of(router)); },
             {.summary = "This description", .replies = {{200, "OpenAPI 3.1"}}});
  router.add("GET", "/healthz",
             [](const HttpRequest&) {
               return json_reply({{"status", "alive"}});
             },
             {.summary = "Whether the process lives", .replies = {{200, "it does"}}});
  router.add("GET", "/readyz", [this](const HttpRequest&) { return ready(); },
             {.summary = "Whether predictions can be served",
              .replies = {{200, "they can"}, {503, "they cannot, for the reasons told"}}});
  router.add("GET", "/model", [this](const HttpRequest&) { return model(); },
             {.summary = "The card of the model that serves",
              .replies = {{200, "the card"}},
              .schema = "Model",
              .problems = {{503, "there is no model yet"}}});
  router
      .add("POST", "/reload", [this](const HttpRequest&) { return reload(); },
           {.summary = "Looks at the registry now",
            .replies = {{200, "what serves"}},
            .problems = {{409, "nothing to load"}, {502, "it cannot be loaded"}}})
      .quick_body_bytes = std::nullopt;
  router.add(
      "GET", "/metrics",
      [this](const HttpRequest&) {
        return HttpReply{
            200, "text/plain; version=0.0.4; charset=utf-8", {}, metrics_.render(log_.figures(), models_.status())};
      },
      {.summary = "Figures for Prometheus", .replies = {{200, "its text format"}}, .type = "text/plain"});
}

HttpReply OperationRoutes::model() const {
  const auto model = models_.current();
  if (!model) throw no_model(models_.status());
  json::object card = model_card(*model);
  card["reload"] = to_json(models_.status());
  return json_reply(card);
}

HttpReply OperationRoutes::ready() const {
  const auto model = models_.current();
  const ReloadStatus status = models_.status();
  json::array reasons;
  if (draining_) reasons.emplace_back("the server is stopping");
  if (!model) reasons.emplace_back(no_model(status).what());
  json::object body{{"status", reasons.empty() ? "ready" : "not ready"}};
  if (model) body["model"] = model_reference(*model);
  body["reload"] = to_json(status);
  if (reasons.empty()) return json_reply(body);
  body["reasons"] = std::move(reasons);
  return json_reply(body, 503);
}

HttpReply OperationRoutes::reload() {
  const ReloadStatus status = models_.reload();
  if (status.outcome == ReloadOutcome::kNoVersion) throw HttpProblem(409, "Nothing to load: " + status.problem + ".");
  if (status.outcome == ReloadOutcome::kFailed)
    throw HttpProblem(502, std::string("The reload failed, and ") +
                               (models_.current() ? "what served goes on serving: " : "nothing serves: ") +
                               status.problem);
  const auto model = models_.current();
  return json_reply({{"changed", status.outcome == ReloadOutcome::kSwapped}, {"model", model_reference(*model)}});
}

}  // namespace veleta
