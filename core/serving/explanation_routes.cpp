#include "explanation_routes.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http_problem.hpp"
#include "http_target.hpp"
#include "json_text.hpp"
#include "model/explanation_views.hpp"
#include "prediction_query.hpp"
#include "prediction_reply.hpp"

namespace veleta {

namespace {

json::object dependence(const ExplainedRows& rows, const std::optional<std::string>& column) {
  if (!column)
    throw HttpProblem(422, "The view 'dependence' is of one column: name it, as in view=dependence&column=size.")
        .with_code("missing-parameter:column");
  const auto& columns = rows.bundle.input_columns();
  if (std::ranges::find(columns, *column) == columns.end())
    throw HttpProblem(422,
                      "The model has no such input column; GET /model lists them." + did_you_mean(*column, columns))
        .with_code("wrong-parameter:column");
  return dependence_view(rows, *column);
}

json::object view_of(const Bundle& bundle, const std::string& query) {
  const HttpFields fields = parse_query(query);
  const std::string view = find_field(fields, "view").value_or("bar");
  const size_t top = parse_count(query, "top").value_or(kDefaultViewColumns);
  const ExplainedRows rows{bundle, bundle.explained_background()};
  if (view == "bar") return bar_view(rows, top);
  if (view == "beeswarm") return beeswarm_view(rows, top);
  if (view == "dependence")
    return dependence({bundle, rows.set, nullptr, &bundle.background_interactions()}, find_field(fields, "column"));
  throw HttpProblem(422, "There is no such view: expected bar, beeswarm or dependence.")
      .with_code("wrong-parameter:view");
}

}  // namespace

void ExplanationRoutes::add_to(HttpRouter& router) {
  HttpRoute& route =
      router.add("GET", "/explain/global", [this](const HttpRequest& request) { return global(request); },
                 {.summary = "What moves the predictions, over the model's background rows",
                  .query = {{"view", "string", "bar (default), beeswarm or dependence"},
                            {"column", "string", "of dependence: the input column"},
                            {"top", "integer",
                             "of bar and beeswarm: so many columns, 1 to 1000; "
                             "default 20"}},
                  .replies = {{200, "the view's data"}},
                  .schema = "ExplanationView",
                  .problems = {{422, "no such view or column, or a parameter that is unknown"},
                               {501, "no explainer reads this model"},
                               {503, "there is no model yet"}}});
  route.quick_body_bytes = std::nullopt;
  route.refuses_unknown_query = true;
}

HttpReply ExplanationRoutes::global(const HttpRequest& request) const {
  const auto model = models_.current();
  if (!model) throw no_model(models_.status());
  if (!model->bundle->can_explain()) throw HttpProblem(501, "No installed explainer can read this model.");
  json::object body = view_of(*model->bundle, request.query);
  body["model"] = model_reference(*model);
  return {200,
          "application/json",
          {{"Cache-Control", "no-store"}, {"X-Model-Version", std::to_string(model->version.version)}},
          to_text(body)};
}

}  // namespace veleta
