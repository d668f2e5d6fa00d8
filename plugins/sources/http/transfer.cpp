#include "transfer.hpp"

#include <curl/curl.h>
#include <algorithm>
#include <exception>
#include <memory>
#include <stdexcept>

namespace http_source {

namespace {

constexpr size_t kMaxErrorBody_bytes = 64 * 1024;

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

Curl make_curl() {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  Curl curl(initialized == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (!curl) throw std::runtime_error("libcurl cannot be initialized");
  return curl;
}

/// A transfer under way: what libcurl's callbacks work on.
struct Transfer {
  CURL* curl;
  const Request& request;
  const PayloadFunction& payload;
  const StopFunction& stop;
  Reply reply;
  std::exception_ptr thrown;

  void receive(std::string_view bytes) {
    if (reply.status == 0) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
    if (reply.status != 200) {
      reply.error_body += bytes.substr(0, kMaxErrorBody_bytes - std::min(kMaxErrorBody_bytes, reply.error_body.size()));
      return;
    }
    reply.payload_bytes += bytes.size();
    if (request.max_bytes > 0 && reply.payload_bytes > request.max_bytes) {
      reply.failure = Reply::Failure::kTooLarge;
      throw std::runtime_error("too large");
    }
    payload(bytes);
  }
};

size_t on_bytes(char* bytes, size_t, size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  try {
    transfer.receive({bytes, count});
    return count;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
}

int on_progress(void* context, curl_off_t expected, curl_off_t received, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<Transfer*>(context);
  return transfer.stop(static_cast<uint64_t>(received), static_cast<uint64_t>(expected)) ? 1 : 0;
}

Reply::Failure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return Reply::Failure::kNone;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST: return Reply::Failure::kRefused;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR: return Reply::Failure::kLost;
    case CURLE_OPERATION_TIMEDOUT: return Reply::Failure::kTimeout;
    case CURLE_ABORTED_BY_CALLBACK: return Reply::Failure::kCancelled;
    default: return Reply::Failure::kOther;
  }
}

bool is_connected(CURL* curl) {
  curl_off_t connected_us = 0;
  curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected_us);
  return connected_us > 0;
}

/// A service that was not reached in time is one that was not reached.
Reply::Failure unconnected_failure_of(CURLcode code) {
  return code == CURLE_OPERATION_TIMEDOUT ? Reply::Failure::kRefused : failure_of(code);
}

std::string escaped(CURL* curl, const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> result(
      curl_easy_escape(curl, text.data(), static_cast<int>(text.size())), curl_free);
  return result ? result.get() : text;
}

Headers make_headers(const Request& request) {
  curl_slist* list = curl_slist_append(nullptr, "Accept-Encoding: gzip");
  for (const auto& [name, value] : request.headers) list = curl_slist_append(list, (name + ": " + value).c_str());
  return Headers(list, curl_slist_free_all);
}

}  // namespace

std::string full_url(const Request& request) {
  const Curl curl = make_curl();
  std::string url = request.url;
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : request.query) {
    url += separator + escaped(curl.get(), name) + "=" + escaped(curl.get(), value);
    separator = '&';
  }
  return url;
}

std::string told_url(const Request& request) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK) return "the url";
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT})
    curl_url_set(url.get(), secret, nullptr, 0);
  char* plain = nullptr;
  if (curl_url_get(url.get(), CURLUPART_URL, &plain, 0) != CURLUE_OK) return "the url";
  std::string told = plain;
  curl_free(plain);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    told += separator + name + "=…";
    separator = '&';
  }
  return told;
}

Reply get(const Request& request, const PayloadFunction& payload, const StopFunction& stop) {
  const Curl curl = make_curl();
  Transfer transfer{curl.get(), request, payload, stop, {}, {}};
  const std::string url = full_url(request);
  const Headers headers = make_headers(request);
  char words[CURL_ERROR_SIZE] = "";

  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_s * 1000));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout_s * 1000));
  set(CURLOPT_USERAGENT, "veleta");
  set(CURLOPT_BUFFERSIZE, 256L * 1024);
  set(CURLOPT_ERRORBUFFER, words);
  set(CURLOPT_WRITEFUNCTION, &on_bytes);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(CURLOPT_XFERINFODATA, &transfer);

  const CURLcode code = curl_easy_perform(curl.get());
  if (transfer.thrown && transfer.reply.failure != Reply::Failure::kTooLarge) std::rethrow_exception(transfer.thrown);
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &transfer.reply.status);
  if (transfer.reply.failure == Reply::Failure::kNone)
    transfer.reply.failure = is_connected(curl.get()) ? failure_of(code) : unconnected_failure_of(code);
  transfer.reply.failure_text = words[0] ? words : curl_easy_strerror(code);
  return transfer.reply;
}

}  // namespace http_source
