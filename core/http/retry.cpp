#include <curl/curl.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>
#include <random>
#include <thread>

#include "http/client.hpp"
#include "veleta/error.hpp"

namespace veleta::http {

namespace {

bool may_pass_by_itself(const Response& response) {
  const int status = response.status;
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/// Of these the server says that it did nothing.
bool was_put_off(const Response& response) { return response.status == 429 || response.status == 503; }

/// The seconds that the server asks for.
std::optional<double> asked_pause_s(const Response& response) {
  const std::string text(response.header("retry-after"));
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) return seconds;
  const time_t date = curl_getdate(text.c_str(), nullptr);
  if (text.empty() || date < 0) return std::nullopt;
  return std::max(0.0, std::difftime(date, std::time(nullptr)));
}

/// Between half and the whole of the pause that doubles from try to try: many clients do not come back at once.
double pause_s(const Retry& retry, int tries_made) {
  thread_local std::minstd_rand random(std::random_device{}());
  const double whole = std::min(retry.longest_pause_s, retry.first_pause_s * (1 << std::min(tries_made - 1, 20)));
  return whole * std::uniform_real_distribution<double>(0.5, 1)(random);
}

void sleep_s(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

}  // namespace

Response send(Client& client, const Request& request, const Retry& retry) {
  Request sent = request;
  sent.on_new_connection = request.on_new_connection || !retry.is_repeatable;
  for (int tries = 1;; ++tries) {
    try {
      Response response = client.send(sent);
      const bool may_pass = retry.may_pass ? retry.may_pass(response) : may_pass_by_itself(response);
      if (!may_pass || tries >= retry.tries || (!retry.is_repeatable && !was_put_off(response))) return response;
      const std::optional<double> asked_s = asked_pause_s(response);
      if (asked_s > retry.longest_asked_pause_s) return response;
      sleep_s(asked_s.value_or(pause_s(retry, tries)));
    } catch (const Error& error) {
      const bool was_sent = error.code() == ErrorCode::kTimeout || error.code() == ErrorCode::kPeerFailed;
      const bool may_help = error.code() == ErrorCode::kUnavailable || (was_sent && retry.is_repeatable);
      if (!may_help || tries >= retry.tries) throw;
      sleep_s(pause_s(retry, tries));
    }
  }
}

}  // namespace veleta::http
