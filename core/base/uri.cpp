#include "base/uri.hpp"

#include <fmt/format.h>
#include <cctype>

#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr std::string_view kHidden = "***";

/// "user:secret@host" as "user:***@host". The last @ ends the password, which may hold an @ that nobody encoded.
std::string authority_without_password(std::string_view authority) {
  const size_t at = authority.rfind('@');
  const size_t colon = authority.substr(0, at == std::string_view::npos ? 0 : at).find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos) return std::string(authority);
  return fmt::format("{}:{}{}", authority.substr(0, colon), kHidden, authority.substr(at));
}

std::string query_without_passwords(std::string_view query) {
  std::string shown;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    const size_t equals = parameter.find('=');
    const bool is_secret = parameter.substr(0, equals).find("password") != std::string_view::npos;
    if (!shown.empty()) shown += '&';
    shown += is_secret ? fmt::format("{}={}", parameter.substr(0, equals), kHidden) : std::string(parameter);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return shown;
}

}  // namespace

std::string uri_scheme(std::string_view uri) {
  const size_t end = uri.find("://");
  if (end == std::string_view::npos) return "";
  std::string scheme;
  for (const char character : uri.substr(0, end)) {
    if (!std::isalnum(static_cast<unsigned char>(character)) && character != '+' && character != '-') return "";
    scheme += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  }
  return scheme;
}

std::filesystem::path sqlite_path(const std::string& uri) {
  constexpr std::string_view kPrefix = "sqlite:///";
  if (!uri.starts_with(kPrefix) || uri.size() == kPrefix.size() || uri.back() == '/')
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("cannot open '{}': expected sqlite:///relative/path.db or sqlite:////absolute/path.db",
                            without_secrets(uri)));
  return std::filesystem::absolute(uri.substr(kPrefix.size())).lexically_normal();
}

std::string without_secrets(std::string_view uri) {
  const size_t scheme_end = uri.find("://");
  if (scheme_end == std::string_view::npos) return std::string(uri);
  const size_t authority = scheme_end + 3;
  // A password that nobody encoded may hold "/" or "?": the last @ before the query ends it.
  const size_t last_at = uri.substr(0, uri.find('?', authority)).rfind('@');
  const size_t host = last_at == std::string_view::npos || last_at < authority ? authority : last_at;
  const size_t authority_end = std::min(uri.find_first_of("/?", host), uri.size());
  const size_t query = std::min(uri.find('?', authority_end), uri.size());
  std::string shown = std::string(uri.substr(0, authority));
  shown += authority_without_password(uri.substr(authority, authority_end - authority));
  shown += uri.substr(authority_end, query - authority_end);
  if (query < uri.size()) shown += "?" + query_without_passwords(uri.substr(query + 1));
  return shown;
}

}  // namespace veleta
