#include "mlflow_api.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace veleta {

namespace {

constexpr const char* kApi = "/api/2.0/mlflow/";
constexpr double kTransferStall_s = 120;  // a proxy is silent while it hands a file on
constexpr int kMostClashes = 3;

/// What an answer that is no success tells: MLflow's error code, and a text.
std::pair<std::string, std::string> told(const http::Response& response) {
  boost::system::error_code broken;
  const json::value body = json::parse(response.body, broken);
  if (const auto* object = broken ? nullptr : body.if_object()) {
    const std::string text = text_or_empty(*object, "message");
    return {text_or_empty(*object, "error_code"), text.empty() ? text_or_empty(*object, "detail") : text};
  }
  const bool is_page = response.body.find('<') != std::string::npos;
  return {"", is_page ? "" : clipped(response.body, 200)};
}

/// Two writers met in the server's database; the one that lost may come again.
bool is_clash(const http::Response& response) {
  if (response.status != 400) return false;
  const auto [code, text] = told(response);
  return code == "BAD_REQUEST" &&
         (text.find("UniqueViolation") != std::string::npos || text.find("UNIQUE constraint") != std::string::npos ||
          text.find("deadlock") != std::string::npos);
}

/// What another try may mend, of one call.
class Patience {
 public:
  explicit Patience(MlflowApi::Again again) : again_(again) {}

  bool may_pass(const http::Response& response) {
    switch (response.status) {
      case 408:
      case 429:
      case 502:
      case 503:
      case 504: return true;
      case 500: return told(response).first != "FEATURE_DISABLED" && ++inner_errors_ <= 1;
      default: return again_ == MlflowApi::Again::kOk && is_clash(response) && ++clashes_ <= kMostClashes;
    }
  }

 private:
  const MlflowApi::Again again_;
  int inner_errors_ = 0;
  int clashes_ = 0;
};

http::ClientOptions for_transfers(http::ClientOptions options) {
  options.stall_timeout_s = std::max(kTransferStall_s, options.timeout_s);
  options.timeout_s = 0;
  return options;
}

std::string query_text(const MlflowApi::Query& query) {
  std::string text;
  for (const auto& [key, value] : query)
    text += fmt::format("{}{}={}", text.empty() ? '?' : '&', key, http::percent_encoded(value));
  return text;
}

ErrorCode code_of(int status, const std::string& server_code) {
  if (server_code == "RESOURCE_ALREADY_EXISTS") return ErrorCode::kConflict;
  switch (status) {
    case 404: return ErrorCode::kNotFound;
    case 408: return ErrorCode::kTimeout;
    case 429:
    case 502:
    case 503:
    case 504: return ErrorCode::kUnavailable;
    default: return status >= 500 ? ErrorCode::kPeerFailed : ErrorCode::kRefused;
  }
}

std::string host_of(const std::string& base) {
  const size_t begin = base.find("://") + 3;
  const size_t end = base.find_first_of(base[begin] == '[' ? "]" : ":/", begin);
  return base.substr(begin, end - begin + (base[begin] == '[' ? 1 : 0));
}

/// What to do about an answer, where that is known.
std::string advice(const http::Response& response, const std::string& base) {
  if (response.status == 401)
    return "; expected credentials in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or in "
           "MLFLOW_TRACKING_TOKEN";
  if (response.status == 403 && response.body.find("Invalid Host header") != std::string::npos)
    return fmt::format("; the server must be started with --allowed-hosts \"{}:*,localhost:*\"", host_of(base));
  return {};
}

}  // namespace

MlflowApi::MlflowApi(MlflowSettings settings)
    : settings_(std::move(settings)), client_(settings_.client), transfers_(for_transfers(settings_.client)) {}

MlflowError MlflowApi::error(const http::Response& response, const std::string& call) const {
  auto [code, text] = told(response);
  const std::string message =
      fmt::format("MLflow at {}: {}: {}{}{}{}{}", settings_.base, call, response.status, code.empty() ? "" : " " + code,
                  text.empty() ? "" : ": ", text, advice(response, settings_.base));
  return {code_of(response.status, code), message, response.status, std::move(code), std::move(text)};
}

json::object MlflowApi::call(http::Client& client, const http::Request& request, const std::string& what, Again again) {
  Patience patience(again);
  http::Retry retry;
  retry.tries = settings_.tries;
  retry.is_repeatable = again == Again::kOk;
  retry.may_pass = [&](const http::Response& response) { return patience.may_pass(response); };
  const http::Response response = http::send(client, request, retry);
  if (!response.is_success()) throw error(response, what);
  if (response.body.empty()) return {};
  const std::string place = fmt::format("the answer of MLflow at {} to {}", settings_.base, what);
  json::value body = parse_json(response.body, place);
  if (!body.is_object()) throw Error(ErrorCode::kBadData, place + ": expected an object");
  return std::move(body.as_object());
}

json::object MlflowApi::get(const std::string& path, const Query& query) {
  http::Request request;
  request.url = settings_.base + kApi + path + query_text(query);
  request.headers = settings_.headers;
  return call(client_, request, path, Again::kOk);
}

json::object MlflowApi::send(const char* method, const std::string& path, const json::object& body, Again again) {
  const std::string text = json::serialize(body);
  http::Request request;
  request.method = method;
  request.url = settings_.base + kApi + path;
  request.headers = settings_.headers;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = text;
  return call(client_, request, path, again);
}

json::array MlflowApi::get_all(const std::string& path, Query query, const char* items) {
  json::array all;
  for (query.emplace_back("page_token", "");;) {
    const json::object page = get(path, query);
    for (const auto& item : array_at(page, items)) all.push_back(item);
    query.back().second = text_or_empty(page, "next_page_token");
    if (query.back().second.empty()) return all;
  }
}

json::array MlflowApi::post_all(const std::string& path, json::object body, const char* items) {
  json::array all;
  for (;;) {
    const json::object page = post(path, body);
    for (const auto& item : array_at(page, items)) all.push_back(item);
    const std::string next = text_or_empty(page, "next_page_token");
    if (next.empty()) return all;
    body["page_token"] = next;
  }
}

http::Response MlflowApi::transfer(const char* method, const std::string& path, std::string_view bytes) {
  http::Request request;
  request.method = method;
  request.url = settings_.base + path;
  request.headers = settings_.headers;
  if (request.method == "PUT") request.headers.emplace_back("Content-Type", "application/octet-stream");
  request.body = bytes;
  http::Retry retry;
  retry.tries = settings_.tries;
  // 500 is also what a proxy answers for a file that is not there: whoever asked finds out.
  Patience patience(Again::kOk);
  retry.may_pass = [&](const http::Response& response) {
    return (response.status != 500 || request.method == "PUT") && patience.may_pass(response);
  };
  return http::send(transfers_, request, retry);
}

bool MlflowApi::has_logged_models() {
  int known = logged_models_;
  if (known < 0) {
    try {
      post("logged-models/search", {{"experiment_ids", json::array{"0"}}, {"max_results", 1}});
      known = 1;
    } catch (const MlflowError& error) {
      const bool knows_no_such_call = error.status() == 404 && error.server_code().empty();
      if (!knows_no_such_call && !error.is_absence()) throw;
      known = knows_no_such_call ? 0 : 1;
    }
    logged_models_ = known;
  }
  return known == 1;
}

const json::array& array_at(const json::object& object, std::string_view key) {
  static const json::array none;
  const auto* value = object.if_contains(key);
  return value && value->is_array() ? value->get_array() : none;
}

const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object none;
  const auto* value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : none;
}

int64_t integer_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value) return 0;
  if (value->is_number()) return value->to_number<int64_t>();
  int64_t number = 0;
  if (const auto* text = value->if_string()) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::map<std::string, std::string> texts_at(const json::object& object, std::string_view key) {
  std::map<std::string, std::string> texts;
  for (const auto& item : array_at(object, key))
    texts[text_or_empty(item.as_object(), "key")] = text_or_empty(item.as_object(), "value");
  return texts;
}

json::array key_values(const std::map<std::string, std::string>& texts) {
  json::array items;
  for (const auto& [key, value] : texts) items.push_back({{"key", key}, {"value", value}});
  return items;
}

}  // namespace veleta
