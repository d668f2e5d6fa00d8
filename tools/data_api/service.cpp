#include "service.hpp"

#include <fmt/format.h>
#include <boost/url/parse.hpp>
#include <charconv>
#include <stdexcept>

#include "json_text.hpp"

namespace veleta::data_api {

namespace {

constexpr const char* kOpenApi =
    R"({"openapi": "3.1.0", "info": {"title": "Data API stand-in", "version": "1"}, "paths": {
  "/data": {"get": {"summary": "The group's next batch", "parameters": [
    {"name": "group_number", "in": "query", "required": true, "schema": {"type": "integer", "minimum": 1, "maximum": 10}},
    {"name": "day", "in": "query", "required": false, "schema": {"type": "string", "enum": ["Tuesday", "Wednesday"]}}]}},
  "/restart_data_generation": {"get": {"summary": "Starts the group's batches over"}},
  "/misbehave": {"post": {"summary": "Makes answers go wrong: kind, times, batch, seconds"},
                 "delete": {"summary": "Ends all misbehaviour"}},
  "/health": {"get": {}}, "/metrics": {"get": {}}}})";

Reply error(unsigned status, std::string_view detail) {
  return {status, fmt::format("{{\"detail\": {}}}", json_text(detail))};
}

const Reply kBadGroup = error(400, "Número de grupo inválido");
const Reply kEndOfData = error(400, "Ya se recolectó toda la información mínima necesaria");

std::string value_or_empty(const std::map<std::string, std::string>& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

std::optional<unsigned> whole_number(const std::string& text) {
  unsigned number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Which group and day are meant, or what is wrong with the question: as the service's own checks.
std::variant<Reply, std::pair<unsigned, std::string>> group_and_day(const std::map<std::string, std::string>& query) {
  const std::string text = value_or_empty(query, "group_number"), day = value_or_empty(query, "day");
  const std::optional<unsigned> group = whole_number(text);
  if (!group && text.find_first_not_of("-0123456789") != std::string::npos)
    return error(422, "group_number: Input should be a valid integer");
  if (text.empty()) return error(422, "group_number: Field required");
  if (group < 1u || group > 10u) return kBadGroup;
  if (!day.empty() && day != "Tuesday" && day != "Wednesday") return error(400, "Día inválido");
  return std::pair{*group, day};
}

bool concerns_rows(Fault fault) { return fault != Fault::kSlow && fault != Fault::kDrop && fault != Fault::kTruncated; }

}  // namespace

std::variant<Reply, BatchReply> Service::answer(std::string_view method, std::string_view target) {
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return error(400, "the request's target is not a path");
  Query query;
  for (const auto& param : url->params()) query.insert_or_assign(param.key, param.value);
  const std::string path = url->path();
  if (path == "/misbehave") return change_misbehaviour(method, query);
  if (method != "GET") return error(405, "Method Not Allowed");
  if (path == "/data") return next_batch(query);
  if (path == "/restart_data_generation") return restart(query);
  if (path == "/health") return Reply{200, R"({"status":"OK"})"};
  if (path == "/metrics") return metrics();
  if (path == "/openapi.json") return Reply{200, kOpenApi};
  return error(404, "Not Found");
}

std::variant<Reply, BatchReply> Service::next_batch(const Query& query) {
  const auto question = group_and_day(query);
  if (const auto* problem = std::get_if<Reply>(&question)) return ++refusals_, *problem;
  const auto& cursor = std::get<Cursor>(question);

  const std::lock_guard lock(mutex_);
  unsigned& next = next_[cursor];
  const std::optional<Misbehaviour> misbehaviour = misbehaviours_.take(next);
  const std::optional<Fault> fault = misbehaviour ? std::optional(misbehaviour->fault) : std::nullopt;
  if (fault == Fault::kServerError) return ++refusals_, error(500, "Internal Server Error");
  if (fault == Fault::kBadGroup) return ++refusals_, kBadGroup;
  if (next == chapters().size()) return ++refusals_, kEndOfData;

  ++batches_;
  BatchOrder order{cursor.first, cursor.second, next++, options_.scale, options_.seed, options_.rows_as_lists, {}};
  if (fault && concerns_rows(*fault)) order.fault = fault;
  return BatchReply{order, misbehaviour};
}

Reply Service::restart(const Query& query) {
  const auto question = group_and_day(query);
  if (const auto* problem = std::get_if<Reply>(&question)) return *problem;
  const std::lock_guard lock(mutex_);
  next_[std::get<Cursor>(question)] = 0;
  return {200, options_.rows_as_lists ? R"(["ok"])" : R"({"ok": true})"};
}

Reply Service::change_misbehaviour(std::string_view method, const Query& query) {
  if (method == "DELETE") return misbehaviours_.clear(), Reply{200, R"({"ok": true})"};
  if (method != "POST") return error(405, "Method Not Allowed");
  std::string rule = value_or_empty(query, "kind");
  for (const auto& [name, mark] : {std::pair{"seconds", '='}, {"times", ':'}, {"batch", '@'}})
    if (const std::string value = value_or_empty(query, name); !value.empty()) rule += mark + value;
  try {
    misbehaviours_.add(parse_misbehaviour(rule));
  } catch (const std::invalid_argument& problem) {
    return error(422, problem.what());
  }
  return {200, R"({"ok": true})"};
}

Reply Service::metrics() const {
  return {200,
          fmt::format("# TYPE data_api_batches_total counter\ndata_api_batches_total {}\n"
                      "# TYPE data_api_refusals_total counter\ndata_api_refusals_total {}\n"
                      "# TYPE data_api_sent_bytes_total counter\ndata_api_sent_bytes_total {}\n",
                      batches_.load(), refusals_.load(), sent_bytes_.load()),
          "text/plain; version=0.0.4"};
}

}  // namespace veleta::data_api
