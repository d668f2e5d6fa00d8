#include "mlflow_settings.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "veleta/error.hpp"

namespace veleta {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_set(const char* name) {
  std::string value = variable(name);
  std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::tolower(c); });
  if (value.empty() || value == "false" || value == "0") return false;
  if (value == "true" || value == "1") return true;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: expected true or false, found '{}'", name, value));
}

int whole_number(const char* name, int otherwise, int least) {
  const std::string text = variable(name);
  if (text.empty()) return otherwise;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: expected a whole number from {} on, found '{}'", name, least, text));
  return number;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view part = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < part.size() ? static_cast<unsigned char>(part[k]) : 0U);
    for (size_t k = 0; k < 4; ++k) text += k <= part.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ptr == text.data() + i + 3;
    decoded += is_escape ? static_cast<char>(code) : text[i];
    if (is_escape) i += 2;
  }
  return decoded;
}

/// Takes "user:password@" out of a URI.
std::string take_user(std::string& uri) {
  const size_t host = uri.find("://") + 3;
  const size_t user_end = uri.substr(0, uri.find('/', host)).rfind('@');
  if (user_end == std::string::npos || user_end < host) return {};
  std::string user = percent_decoded(uri.substr(host, user_end - host));
  uri.erase(host, user_end + 1 - host);
  return user;
}

std::string authorization(const std::string& user_of_uri) {
  const std::string name = variable("MLFLOW_TRACKING_USERNAME"), token = variable("MLFLOW_TRACKING_TOKEN");
  if (!name.empty()) return "Basic " + base64(name + ":" + variable("MLFLOW_TRACKING_PASSWORD"));
  if (!user_of_uri.empty()) return "Basic " + base64(user_of_uri);
  return token.empty() ? "" : "Bearer " + token;
}

}  // namespace

bool is_mlflow_uri(const std::string& uri) { return uri.starts_with("http://") || uri.starts_with("https://"); }

MlflowSettings mlflow_settings(const std::string& uri) {
  MlflowSettings settings;
  settings.base = uri;
  const std::string user = take_user(settings.base);
  while (settings.base.ends_with('/')) settings.base.pop_back();
  if (!is_mlflow_uri(settings.base) || settings.base.find_first_of("?# \t\r\n") != std::string::npos)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no MLflow server: expected http://host:port", http::told_url(uri)));

  if (const std::string credentials = authorization(user); !credentials.empty())
    settings.headers.emplace_back("Authorization", credentials);
  if (const std::string workspace = variable("MLFLOW_WORKSPACE"); !workspace.empty())
    settings.headers.emplace_back("X-MLFLOW-WORKSPACE", workspace);
  for (const auto& [name, value] : settings.headers)
    if (value.find_first_of("\r\n") != std::string::npos)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("MLflow's environment variables: what makes the header {} has a line break", name));

  settings.client.timeout_s = whole_number("MLFLOW_HTTP_REQUEST_TIMEOUT", 30, 1);
  settings.tries = whole_number("MLFLOW_HTTP_REQUEST_MAX_RETRIES", 5, 0) + 1;
  settings.client.verify_tls = !is_set("MLFLOW_TRACKING_INSECURE_TLS");
  settings.client.ca_file = variable("MLFLOW_TRACKING_SERVER_CERT_PATH");
  settings.client.client_certificate = variable("MLFLOW_TRACKING_CLIENT_CERT_PATH");
  return settings;
}

}  // namespace veleta
