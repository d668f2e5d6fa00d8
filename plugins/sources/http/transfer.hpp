#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace http_source {

/// What is asked for.
struct Request {
  std::string url;
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;
  double timeout_s = 300;
  double connect_timeout_s = 10;
  uint64_t max_bytes = 0;
};

/// How it went.
struct Reply {
  enum class Failure { kNone, kRefused, kLost, kTimeout, kCancelled, kTooLarge, kOther };

  long status = 0;             ///< of HTTP; 0: no reply
  std::string error_body;      ///< of a reply that is no 200: at most its first 64 kB
  uint64_t payload_bytes = 0;  ///< handed to `payload`
  Failure failure = Failure::kNone;
  std::string failure_text;  ///< libcurl's words
};

/// Takes the bytes of a 200 as they come. What it throws passes through `get`.
using PayloadFunction = std::function<void(std::string_view)>;
/// Told the bytes so far and in all (0: unknown); true stops the transfer.
using StopFunction = std::function<bool(uint64_t received, uint64_t expected)>;

/// The URL with the query, escaped.
std::string full_url(const Request& request);
/// The URL as records and errors tell it: without password and without the query's values, which may be secrets.
std::string told_url(const Request& request);

/// One GET, without redirects and without decoding.
Reply get(const Request& request, const PayloadFunction& payload, const StopFunction& stop);

}  // namespace http_source
