#include "postgres_error.hpp"

#include <fmt/format.h>
#include <cctype>
#include <string_view>

namespace veleta::sql {

namespace {

using Remedy = PostgresError::Remedy;

/// By SQLSTATE, appendix A of PostgreSQL's manual.
ErrorCode code_of(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  if (state == "57014") return ErrorCode::kTimeout;
  if (state == "42501" || kind == "28" || state == "25006") return ErrorCode::kRefused;
  if (state == "3D000" || state == "3F000") return ErrorCode::kNotFound;
  if (kind == "23") return ErrorCode::kConflict;
  if (kind == "08" || kind == "40" || kind == "53" || kind == "55" || kind == "57" || kind == "58")
    return ErrorCode::kUnavailable;
  if (state == "22021" || state == "22P05" || state == "XX001" || state == "XX002") return ErrorCode::kBadData;
  if (kind == "54" || kind == "0A") return ErrorCode::kUnsupported;
  return ErrorCode::kInternal;
}

Remedy remedy_for(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  if (state == "40001" || state == "40P01" || state == "55P03") return Remedy::kAgain;
  // Two that make one table at once collide on the name of its type.
  if (state == "23505" || state == "42P07" || state == "42701") return Remedy::kAgainOnce;
  if (kind == "08" || state.substr(0, 4) == "57P0" || state == "53300") return Remedy::kNewConnection;
  return Remedy::kNone;
}

std::string in_one_line(std::string_view text) {
  std::string line(text);
  for (char& character : line)
    if (character == '\n' || character == '\t') character = ' ';
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

/// Takes the SQLSTATE out of "FATAL:  28P01: password …", and returns it; empty where there is none.
std::string take_state(std::string& message) {
  constexpr size_t kStateSize = 5;
  for (size_t at = message.find(":  "); at != std::string::npos; at = message.find(":  ", at + 1)) {
    const size_t begin = at + 3;
    if (message.size() < begin + kStateSize + 2 || message.compare(begin + kStateSize, 2, ": ") != 0) continue;
    const std::string state = message.substr(begin, kStateSize);
    bool is_state = true;
    for (const unsigned char c : state) is_state = is_state && (std::isdigit(c) || std::isupper(c));
    if (!is_state) continue;
    message.erase(begin, kStateSize + 2);
    return state;
  }
  return "";
}

/// Of TLS: nothing that waiting mends, unless the line broke.
bool is_about_certificates(std::string_view message) {
  return (message.find("SSL") != std::string_view::npos || message.find("certificate") != std::string_view::npos) &&
         message.find("SYSCALL") == std::string_view::npos && message.find("closed") == std::string_view::npos;
}

}  // namespace

PostgresError postgres_error(const std::string& purpose, const std::string& place, PGconn* connection,
                             const PGresult* result) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return in_one_line(text ? text : "");
  };
  const std::string state = field(PG_DIAG_SQLSTATE);
  const std::string severity = field(PG_DIAG_SEVERITY_NONLOCALIZED);
  if (state.empty() || PQstatus(connection) == CONNECTION_BAD)
    return {ErrorCode::kUnavailable, Remedy::kNewConnection,
            fmt::format("cannot {} in {}: the connection is lost: {}", purpose, place,
                        in_one_line(state.empty() ? PQerrorMessage(connection) : field(PG_DIAG_MESSAGE_PRIMARY)))};
  const bool is_over = severity == "FATAL" || severity == "PANIC";
  std::string message = fmt::format("cannot {} in {}: {}", purpose, place, field(PG_DIAG_MESSAGE_PRIMARY));
  if (const std::string detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty()) message += ". " + detail;
  if (const std::string hint = field(PG_DIAG_MESSAGE_HINT); !hint.empty()) message += " Hint: " + hint;
  return {code_of(state), is_over ? Remedy::kNewConnection : remedy_for(state),
          fmt::format("{} (SQLSTATE {})", message, state)};
}

PostgresError postgres_connect_error(const std::string& purpose, const std::string& place, PGconn* connection) {
  std::string message = PQerrorMessage(connection);
  if (const size_t location = message.find("\nLOCATION:"); location != std::string::npos) message.resize(location);
  const std::string state = take_state(message);
  ErrorCode code = state.empty() ? ErrorCode::kUnavailable : code_of(state);
  if (state.empty() && (PQconnectionNeedsPassword(connection) || is_about_certificates(message)))
    code = ErrorCode::kRefused;
  const Remedy remedy = code == ErrorCode::kUnavailable ? Remedy::kNewConnection : Remedy::kNone;
  return {code, remedy, fmt::format("cannot {} in {}: {}", purpose, place, in_one_line(message))};
}

}  // namespace veleta::sql
