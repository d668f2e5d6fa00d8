#include "postgres_settings.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>

#include "base/uri.hpp"
#include "veleta/error.hpp"

namespace veleta::sql {

namespace {

using Keywords = std::map<std::string, std::string>;

Keywords keywords_of(const std::string& uri) {
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(uri.c_str(), &reason),
                                                                            PQconninfoFree);
  PQfreemem(reason);  // not told: it may repeat the password
  if (!parsed)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("cannot read '{}': expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETERS, with "
                            "the special characters of each percent-encoded",
                            without_secrets(uri)));
  Keywords keywords;
  for (const PQconninfoOption* option = parsed.get(); option->keyword; ++option)
    if (option->val) keywords[option->keyword] = option->val;
  return keywords;
}

std::string value_of(const Keywords& keywords, const char* keyword, const char* variable, const char* otherwise) {
  if (const auto found = keywords.find(keyword); found != keywords.end()) return found->second;
  const char* value = std::getenv(variable);
  return value ? value : otherwise;
}

/// "veleta HOST pid N": how the server, and the error of who finds a pipeline locked, names this process.
std::string process_name() {
  std::array<char, 41> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {'?'};
  return fmt::format("veleta {} pid {}", host.data(), ::getpid());
}

/// What the server is asked to hold this session to; the uri's own options come later and win.
constexpr const char* kSessionOptions =
    "-c statement_timeout=120s -c lock_timeout=10s -c idle_in_transaction_session_timeout=120s"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=15s"
    " -c timezone=UTC";

}  // namespace

PostgresSettings postgres_settings(const std::string& uri, std::chrono::milliseconds patience) {
  Keywords keywords = keywords_of(uri);
  PostgresSettings settings;
  std::string host = value_of(keywords, "host", "PGHOST", "");
  if (host.empty()) host = value_of(keywords, "hostaddr", "PGHOSTADDR", "localhost");
  settings.place = fmt::format("postgresql://{}:{}/{}", host, value_of(keywords, "port", "PGPORT", "5432"),
                               value_of(keywords, "dbname", "PGDATABASE", ""));
  keywords["options"] = fmt::format("{} {}", kSessionOptions, value_of(keywords, "options", "PGOPTIONS", ""));
  keywords["client_encoding"] = "UTF8";
  // A keyword that is there already stays.
  keywords.insert({{"application_name", process_name()},
                   {"keepalives", "1"},
                   {"keepalives_idle", "10"},
                   {"keepalives_interval", "5"},
                   {"keepalives_count", "3"},
                   {"tcp_user_timeout", "15000"}});
  const int seconds = std::atoi(value_of(keywords, "connect_timeout", "PGCONNECT_TIMEOUT", "").c_str());
  settings.connect_timeout =
      seconds > 0 ? std::chrono::seconds(seconds)
                  : std::clamp<std::chrono::milliseconds>(patience, std::chrono::seconds(1), std::chrono::seconds(5));
  settings.keywords.assign(keywords.begin(), keywords.end());
  return settings;
}

}  // namespace veleta::sql
