#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "http/client.hpp"
#include "mlflow_settings.hpp"

namespace veleta {

/// An answer of the server that is no success.
class MlflowError : public Error {
 public:
  MlflowError(ErrorCode code, const std::string& message, int status, std::string server_code, std::string server_text)
      : Error(code, message),
        status_(status),
        server_code_(std::move(server_code)),
        server_text_(std::move(server_text)) {}

  int status() const noexcept { return status_; }
  /// "RESOURCE_DOES_NOT_EXIST"; empty where the answer was none of MLflow's own.
  const std::string& server_code() const noexcept { return server_code_; }
  const std::string& server_text() const noexcept { return server_text_; }

  bool is_absence() const noexcept { return server_code_ == "RESOURCE_DOES_NOT_EXIST"; }
  bool is_invalid_parameter(std::string_view part_of_text) const noexcept {
    return server_code_ == "INVALID_PARAMETER_VALUE" && server_text_.find(part_of_text) != std::string::npos;
  }

 private:
  int status_;
  std::string server_code_;
  std::string server_text_;
};

/// MLflow's REST API: requests sent again as far as that helps, answers that are no success as MlflowError.
/// Thread-safe.
class MlflowApi {
 public:
  using Query = std::vector<std::pair<std::string, std::string>>;
  /// Whether a call that may have been carried out may be sent again.
  enum class Again { kOk, kNo };

  explicit MlflowApi(MlflowSettings settings);

  /// `path` is what follows /api/2.0/mlflow/: "runs/get".
  json::object get(const std::string& path, const Query& query);
  json::object send(const char* method, const std::string& path, const json::object& body, Again again = Again::kOk);
  json::object post(const std::string& path, const json::object& body, Again again = Again::kOk) {
    return send("POST", path, body, again);
  }
  /// All items of an answer that comes in pages, from the array `items`.
  json::array get_all(const std::string& path, Query query, const char* items);
  json::array post_all(const std::string& path, json::object body, const char* items);

  /// A transfer of a file's bytes; `path` is what follows the server's address, encoded. The answer is of any status
  /// but those that were tried again in vain.
  http::Response transfer(const char* method, const std::string& path, std::string_view bytes);
  /// The error that such an answer means.
  MlflowError error(const http::Response& response, const std::string& call) const;

  /// Whether the server knows logged models: 3.x does. Asked once.
  bool has_logged_models();
  const std::string& base() const { return settings_.base; }

 private:
  json::object call(http::Client& client, const http::Request& request, const std::string& what, Again again);

  const MlflowSettings settings_;
  http::Client client_;
  http::Client transfers_;
  std::atomic<int> logged_models_{-1};  // -1: not asked yet
};

/// What an answer holds; empty, or 0, where the field is not there: MLflow leaves empty fields out.
const json::array& array_at(const json::object& object, std::string_view key);
const json::object& object_at(const json::object& object, std::string_view key);
int64_t integer_at(const json::object& object, std::string_view key);
/// [{"key": …, "value": …}, …] as a map, and back.
std::map<std::string, std::string> texts_at(const json::object& object, std::string_view key);
json::array key_values(const std::map<std::string, std::string>& texts);

}  // namespace veleta
