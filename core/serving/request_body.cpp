#include "request_body.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <set>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/json_pointer.hpp"
#include "base/text.hpp"
#include "http_problem.hpp"
#include "json_text.hpp"

namespace veleta {

namespace {

constexpr size_t kMaxRunId_bytes = 250;
constexpr size_t kMaxRunBody_bytes = 64 * 1024;
constexpr size_t kMaxRowsBody_bytes = size_t{8} << 20;
constexpr size_t kMaxReason_bytes = 500;
constexpr size_t kMaxText_bytes = 500;
constexpr size_t kMaxDetail_bytes = 800, kMaxKey_bytes = 100;  // of what is told of a mistake
constexpr int64_t kMaxPriority = 100;
constexpr int64_t kMaxAttempt = 1'000'000;

HttpProblem wrong(const std::string& code, const std::string& key, const std::string& text) {
  const std::string detail = clipped(text, kMaxDetail_bytes);
  HttpProblem problem(422, detail, {{key.empty() ? "" : "/" + clipped(key, kMaxKey_bytes), detail, "", ""}});
  return problem.with_code(code);
}

void refuse_unknown(const json::object& body, const std::vector<std::string>& known) {
  for (const auto& [key, value] : body) {
    const std::string name(key);
    if (std::ranges::find(known, name) == known.end())
      throw wrong("unknown-key:" + name, pointer_token(name),
                  fmt::format("The body has a key that is not known. Known are {}.{}", join(known, ", "),
                              did_you_mean(name, known)));
  }
}

/// Null is as good as absent.
const json::value* member(const json::object& body, const char* key) {
  const json::value* value = body.if_contains(key);
  return value && !value->is_null() ? value : nullptr;
}

std::string read_text(const json::object& body, const char* key, bool may_be_empty) {
  const json::value* value = member(body, key);
  if (!value) return "";
  if (!value->is_string()) throw wrong(fmt::format("bad-{}", key), key, fmt::format("Expected {} to be a text.", key));
  const std::string text(value->get_string());
  if (text.empty() && !may_be_empty)
    throw wrong(fmt::format("{}-empty", key), key,
                fmt::format("Expected {} to say something, or to be left out.", key));
  if (text.size() > kMaxText_bytes)
    throw wrong(fmt::format("bad-{}", key), key, fmt::format("Expected {} of {} bytes at most.", key, kMaxText_bytes));
  return text;
}

std::optional<int64_t> read_integer(const json::object& body, const char* key, int64_t least, int64_t most) {
  const json::value* value = member(body, key);
  if (!value) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->is_number() ? value->to_number<int64_t>(error) : 0;
  if (!value->is_number() || error || number < least || number > most)
    throw wrong(fmt::format("bad-{}", key), key,
                fmt::format("Expected {} to be a whole number from {} to {}.", key, least, most));
  return number;
}

json::object read_parameters(const json::object& body, const PipelineCard& card) {
  const json::value* value = member(body, "parameters");
  if (!value) return {};
  if (!value->is_object())
    throw wrong("bad-parameters", "parameters", "Expected parameters to be an object of texts, numbers and truths.");
  for (const auto& [key, parameter] : value->get_object()) {
    const std::string name(key);
    if (std::ranges::find(card.parameters, name) == card.parameters.end())
      throw wrong("unknown-parameter:" + name, "parameters/" + pointer_token(name),
                  fmt::format("The pipeline has no such parameter. It has {}.{}",
                              card.parameters.empty() ? "none" : join(card.parameters, ", "),
                              did_you_mean(name, card.parameters)));
    if (!parameter.is_string() && !parameter.is_number() && !parameter.is_bool())
      throw wrong("bad-parameter:" + name, "parameters/" + pointer_token(name),
                  "Expected a text, a number, true or false.");
  }
  return value->get_object();
}

/// Sorted, each once.
std::set<std::string> read_grounds(const json::object& body, const PipelineCard& card) {
  const json::value* value = member(body, "only_if");
  if (!value) return {};
  std::set<std::string> grounds;
  const json::array one{*value};
  for (const auto& item : value->is_array() ? value->get_array() : one) {
    if (!item.is_string()) throw wrong("bad-only_if", "only_if", "Expected only_if to be a ground, or a list of them.");
    grounds.emplace(item.get_string());
  }
  if (grounds.empty()) throw wrong("bad-only_if", "only_if", "Expected a ground in only_if, found none.");
  for (const std::string& ground : grounds)
    if (std::ranges::find(card.grounds, ground) == card.grounds.end())
      throw wrong("unknown-ground:" + ground, "only_if",
                  fmt::format("The pipeline has no such ground for training. It has {}.{}", join(card.grounds, ", "),
                              did_you_mean(ground, card.grounds)));
  return grounds;
}

/// With its body and digest.
NewRequest finished(NewRequest request, const json::object& body) {
  request.body = canonical_text(body);
  request.digest = sha256(request.body);
  return request;
}

std::string read_id(const json::object& body) {
  const std::string id = read_text(body, "id", false);
  if (!id.empty()) require_run_id(id);
  return id;
}

std::string read_reason(const json::object& body) {
  const json::value* value = member(body, "reason");
  if (!value || !value->is_string() || value->get_string().empty())
    throw wrong("reason-missing", "reason", "Say why, in \"reason\": it stays with the model's record.");
  if (value->get_string().size() > kMaxReason_bytes)
    throw wrong("bad-reason", "reason", fmt::format("Expected a reason of {} bytes at most.", kMaxReason_bytes));
  return std::string(value->get_string());
}

std::string read_served(const json::value& served) {
  const std::string last = served.is_object() ? text_or_empty(served.get_object(), "last") : "";
  if (!parse_duration_s(last) || served.get_object().size() != 1)
    throw wrong("bad-served", "served", R"(Expected {"last": "1h"}, or another time in s, m, h or d.)");
  return last;
}

void require_rows(const json::value& rows) {
  const bool are_rows = rows.is_array() && !rows.get_array().empty() &&
                        std::ranges::all_of(rows.get_array(), [](const auto& row) { return row.is_object(); });
  if (!are_rows) throw wrong("bad-rows", "rows", "Expected rows to be a list of objects, and at least one.");
}

}  // namespace

bool is_run_id(std::string_view id) {
  constexpr std::string_view kMarks = "_.~:+-";
  return !id.empty() && id.size() <= kMaxRunId_bytes && std::ranges::all_of(id, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

void require_run_id(std::string_view id) {
  if (!is_run_id(id))
    throw HttpProblem(422, "Expected a run's id of 1 to 250 characters of A-Z a-z 0-9 _ . ~ : + -.")
        .with_code("bad-run-id");
}

json::object read_body_object(const std::string& body) {
  if (std::ranges::all_of(body, [](unsigned char c) { return std::isspace(c); }))
    throw wrong(
        "body-missing", "",
        "The body is empty. Send {} for a run without parameters. (Airflow's deferrable operators drop `json=`: "
        "give the JSON as text, in `data`.)");
  if (body.size() > kMaxRowsBody_bytes)
    throw HttpProblem(413, fmt::format("The body has more than {} bytes.", kMaxRowsBody_bytes))
        .with_code("body-too-long");
  json::value value;
  try {
    value = parse_json(body, "the body");
  } catch (const Error& error) {
    throw wrong("body-not-json", "",
                fmt::format("{}. (A dict in the `data` of Airflow's HttpOperator is sent as a form: give it JSON as "
                            "text.)",
                            error.what()));
  }
  if (!value.is_object()) throw wrong("body-not-object", "", "Expected the body to be a JSON object.");
  return std::move(value.get_object());
}

NewRequest read_run_body(const std::string& text, const PipelineCard& card) {
  const json::object body = read_body_object(text);
  if (text.size() > kMaxRunBody_bytes)
    throw HttpProblem(413, fmt::format("The body has more than {} bytes.", kMaxRunBody_bytes))
        .with_code("body-too-long");
  refuse_unknown(body, {"batch", "parameters", "only_if", "attempt", "priority", "logical_date"});
  NewRequest request;
  request.attempt = static_cast<int>(read_integer(body, "attempt", 1, kMaxAttempt).value_or(1));
  request.priority = static_cast<int>(read_integer(body, "priority", -kMaxPriority, kMaxPriority).value_or(0));
  json::object kept;
  if (const std::string batch = read_text(body, "batch", false); !batch.empty()) kept["batch"] = batch;
  if (json::object parameters = read_parameters(body, card); !parameters.empty())
    kept["parameters"] = std::move(parameters);
  if (const auto grounds = read_grounds(body, card); !grounds.empty())
    kept["only_if"] = json::array(grounds.begin(), grounds.end());
  if (request.priority != 0) kept["priority"] = request.priority;
  if (const std::string date = read_text(body, "logical_date", true); !date.empty()) kept["logical_date"] = date;
  return finished(std::move(request), kept);
}

NewRequest read_drift_body(const std::string& text) {
  const json::object body = read_body_object(text);
  refuse_unknown(body, {"batch", "rows", "served", "id"});
  NewRequest request;
  request.kind = RequestKind::kDrift;
  request.id = read_id(body);
  json::object kept;
  if (const std::string batch = read_text(body, "batch", false); !batch.empty()) kept["batch"] = batch;
  if (const json::value* rows = member(body, "rows")) {
    require_rows(*rows);
    kept["rows"] = *rows;
  }
  if (const json::value* served = member(body, "served")) kept["served"] = {{"last", read_served(*served)}};
  if (kept.size() != 1)
    throw wrong("rows-missing", "", "Expected one of batch (an id, or latest), rows, or served: what is to be judged.");
  return finished(std::move(request), kept);
}

NewRequest read_promote_body(const std::string& text) {
  const json::object body = read_body_object(text);
  refuse_unknown(body, {"version", "reason", "id"});
  NewRequest request;
  request.kind = RequestKind::kPromote;
  request.id = read_id(body);
  const std::string reason = read_reason(body);
  const auto version = read_integer(body, "version", 1, std::numeric_limits<int>::max());
  if (!version) throw wrong("version-missing", "version", "Say which version is to be production, in \"version\".");
  return finished(std::move(request), {{"version", *version}, {"reason", reason}});
}

NewRequest read_rollback_body(const std::string& text) {
  const json::object body = read_body_object(text);
  refuse_unknown(body, {"reason", "id"});
  NewRequest request;
  request.kind = RequestKind::kRollback;
  request.id = read_id(body);
  return finished(std::move(request), {{"reason", read_reason(body)}});
}

std::string canonical_text(const json::value& value) {
  if (const auto* object = value.if_object()) {
    std::map<std::string, std::string> members;
    for (const auto& [key, each] : *object) members[json::serialize(key)] = canonical_text(each);
    std::vector<std::string> texts;
    for (const auto& [key, text] : members) texts.push_back(key + ":" + text);
    return "{" + join(texts, ",") + "}";
  }
  if (const auto* array = value.if_array()) {
    std::vector<std::string> texts;
    for (const auto& item : *array) texts.push_back(canonical_text(item));
    return "[" + join(texts, ",") + "]";
  }
  return to_text(value);
}

}  // namespace veleta
