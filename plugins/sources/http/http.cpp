#include <fmt/format.h>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>
#include <veleta/source.hpp>

#include "error_reply.hpp"
#include "transfer.hpp"

namespace {

using http_source::Reply;
using http_source::Request;
using veleta::Batch;
using veleta::Error;
using veleta::ErrorCode;
using Clock = std::chrono::steady_clock;

constexpr double kLongestBackoff_s = 60;

/// Brings one batch per GET from a service that keeps its own place.
class HttpSource final : public veleta::Source {
 public:
  HttpSource(const veleta::Params& params, const veleta::Host& host)
      : host_(host),
        request_{params.text("url"),
                 params.table("query"),
                 params.table("headers"),
                 params.number("timeout_s"),
                 params.number("connect_timeout_s"),
                 static_cast<uint64_t>(params.integer("max_bytes"))},
        format_(params.text("format") == "csv" ? Batch::Format::kCsv : Batch::Format::kJsonRows),
        rows_(params.text("rows")),
        batch_id_(params.text("batch_id")),
        end_status_(params.integer("end.status")),
        end_message_(params.text("end.message")),
        retries_(params.integer("retries")),
        backoff_s_(params.number("backoff_s")),
        restart_url_(params.text("restart_url")) {}

  Batch next(const std::optional<std::string>&, veleta::PayloadWriter& payload) override {
    const Reply reply = try_get(request_, [&](std::string_view bytes) { payload.write(bytes); });
    Batch batch;
    batch.may_have_skipped = may_have_skipped_;
    if (is_end_of_data(reply)) {
      batch.outcome = Batch::Outcome::kEndOfData;
      return batch;
    }
    require_payload(request_, reply);
    batch.format = format_;
    batch.origin = told_url(request_);
    batch.rows_pointer = rows_;
    batch.id_pointer = batch_id_;
    return batch;
  }

  bool rewind() override {
    if (restart_url_.empty()) return false;
    Request restart = request_;
    restart.url = restart_url_;
    require_payload(restart, try_get(restart, [](std::string_view) {}));
    return true;
  }

 private:
  /// True for what another try may mend.
  static bool may_pass(const Reply& reply) {
    if (reply.payload_bytes > 0) return false;
    return reply.status >= 500 || reply.failure == Reply::Failure::kRefused || reply.failure == Reply::Failure::kLost;
  }

  Reply try_get(const Request& request, const http_source::PayloadFunction& payload) {
    const auto began = Clock::now();
    may_have_skipped_ = false;
    for (int64_t attempt = 0;; ++attempt) {
      Reply reply = http_source::get(request, payload, [this](uint64_t received, uint64_t expected) {
        report(received, expected);
        return host_.is_cancelled();
      });
      tries_ = attempt + 1;
      took_s_ = std::chrono::duration<double>(Clock::now() - began).count();
      if (!may_pass(reply) || attempt >= retries_) return reply;
      // A service behind a proxy that answers 502, or whose answer is lost, may have moved on; an unreached one has
      // not.
      may_have_skipped_ = may_have_skipped_ || reply.failure != Reply::Failure::kRefused;
      host_.info(fmt::format("{}: {}; trying again", told_url(request),
                             reply.status ? fmt::format("status {}", reply.status) : reply.failure_text));
      wait(attempt);
    }
  }

  void report(uint64_t received, uint64_t expected) {
    if (received == 0) return host_.progress(-1, "waiting for the answer");
    const double fraction = expected > 0 ? static_cast<double>(received) / static_cast<double>(expected) : -1;
    host_.progress(fraction, fmt::format("{:.1f} MB", static_cast<double>(received) / 1e6));
  }

  void wait(int64_t attempt) {
    const double jitter = std::uniform_real_distribution<double>(0.8, 1.2)(random_);
    const double seconds =
        std::min(kLongestBackoff_s, backoff_s_ * std::pow(2.0, static_cast<double>(attempt))) * jitter;
    const auto until = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < until) {
      if (host_.is_cancelled()) throw Error(ErrorCode::kCancelled, "cancelled while waiting to try again");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  bool is_end_of_data(const Reply& reply) const {
    return reply.failure == Reply::Failure::kNone && end_status_ != 0 && reply.status == end_status_ &&
           http_source::contains_loosely(http_source::detail_of(reply.error_body), end_message_);
  }

  std::string tries() const { return fmt::format("{} {} in {:.1f} s", tries_, tries_ == 1 ? "try" : "tries", took_s_); }

  void require_payload(const Request& request, const Reply& reply) const {
    const std::string url = told_url(request);
    switch (reply.failure) {
      case Reply::Failure::kNone: return require_status_200(url, reply);
      case Reply::Failure::kRefused:
        throw Error(may_have_skipped_ ? ErrorCode::kPeerFailed : ErrorCode::kUnavailable,
                    fmt::format("{}: {} ({}): is the service running?", url, reply.failure_text, tries()));
      case Reply::Failure::kTimeout:
        throw Error(ErrorCode::kTimeout, fmt::format("{}: no whole answer within {:g} s (timeout_s); {} bytes came",
                                                     url, request.timeout_s, reply.payload_bytes));
      case Reply::Failure::kCancelled: throw Error(ErrorCode::kCancelled, "cancelled while " + url + " answered");
      case Reply::Failure::kTooLarge:
        throw Error(ErrorCode::kBadData,
                    fmt::format("{}: the answer has more than {} bytes (max_bytes)", url, request.max_bytes));
      default:
        throw Error(ErrorCode::kPeerFailed, fmt::format("{}: the connection was lost after {} bytes ({}): {}", url,
                                                        reply.payload_bytes, tries(), reply.failure_text));
    }
  }

  void require_status_200(const std::string& url, const Reply& reply) const {
    if (reply.status == 200) return;
    const std::string detail = http_source::detail_of(reply.error_body);
    const std::string said = fmt::format("{}: status {}{}{}", url, reply.status, detail.empty() ? "" : ": ", detail);
    if (reply.status >= 500 || may_have_skipped_)
      throw Error(ErrorCode::kPeerFailed, fmt::format("{} ({})", said, tries()));
    if (reply.status >= 300 && reply.status < 400)
      throw Error(ErrorCode::kRefused, said + "; redirects are not followed");
    throw Error(ErrorCode::kRefused, said);
  }

  const veleta::Host host_;
  const Request request_;
  const Batch::Format format_;
  const std::string rows_, batch_id_;
  const int64_t end_status_;
  const std::string end_message_;
  const int64_t retries_;
  const double backoff_s_;
  const std::string restart_url_;
  std::minstd_rand random_{1};
  int64_t tries_ = 0;
  bool may_have_skipped_ = false;  ///< a try before the last was answered, or cut off while it was
  double took_s_ = 0;
};

VELETA_SOURCE(
    HttpSource, "http", "1.0.0", veleta::text_param("url", veleta::required, "what to GET"),
    veleta::table_param("query", "query parameters, escaped as they must be; records tell their names alone"),
    veleta::table_param("headers", "request headers, such as Authorization"),
    veleta::text_param("format", "json", "what the answer is").choices({"json", "csv"}),
    veleta::text_param("rows", "/data", "json: RFC 6901 pointer to the array of rows"),
    veleta::text_param("batch_id", "", "json: pointer to the batch's identity; empty: the payload's digest"),
    veleta::integer_param("end.status", 0, "status of the reply that means the end of the data; 0: none does")
        .min(0)
        .max(599),
    veleta::text_param("end.message", "", "text that this reply contains, accents and case aside"),
    veleta::number_param("timeout_s", 300, "longest wait for a whole answer").min(0.1).max(86400).unit("s"),
    veleta::number_param("connect_timeout_s", 10, "longest wait for a connection").min(0.1).max(3600).unit("s"),
    veleta::integer_param("retries", 4, "further tries after a 5xx or a connection refused or lost").min(0).max(100),
    veleta::number_param("backoff_s", 0.5, "wait before the second try; doubles with each further one")
        .min(0)
        .max(3600)
        .unit("s"),
    veleta::integer_param("max_bytes", int64_t{4} << 30, "largest answer").min(1).unit("bytes"),
    veleta::text_param("restart_url", "",
                       "what to GET, with the same query, to make the service start over after a batch "
                       "was lost on its way; empty: it cannot"))

}  // namespace
