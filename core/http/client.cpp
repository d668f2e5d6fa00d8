#include "http/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <mutex>

#include "veleta/error.hpp"

namespace veleta::http {

namespace {

constexpr long kStalledBytesPerSecond = 1024;
constexpr size_t kMostHeaderBytes = size_t{1} << 18;
/// More handles than so many at once are made and freed again.
constexpr size_t kIdleHandleCount = 8;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) throw std::bad_alloc();
  if (!list) list.reset(longer);  // to one that has a line libcurl appends in place
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

/// What RFC 9110 calls a token: methods and names of headers.
bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || kMarks.find(static_cast<char>(c)) != std::string_view::npos);
  });
}

/// A line break would let a value add headers, or a request, of its own. The value is not told: it may be a secret.
void check_header(const std::string& name, const std::string& value) {
  if (!is_token(name)) throw Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is no name of an HTTP header", name));
  constexpr std::string_view kBreaks("\r\n\0", 3);
  if (value.find_first_of(kBreaks) != std::string::npos)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("the HTTP header {} holds a line break or a NUL", name));
}

List header_lines(const Headers& headers) {
  List list;
  // A header with no value is one that libcurl would add and that is not sent: waiting for "100 Continue" costs a
  // second with servers that do not know it.
  append(list, "Expect:");
  bool has_type = false;
  for (const auto& [name, value] : headers) {
    check_header(name, value);
    append(list, value.empty() ? name + ";" : name + ": " + value);
    has_type = has_type || lower(name) == "content-type";
  }
  if (!has_type) append(list, "Content-Type:");
  return list;
}

/// What one transfer gathers, and why it was given up, if it was.
struct Incoming {
  Response response;
  size_t max_body_bytes = 0;
  size_t header_bytes = 0;
  bool has_headers = false;  // up to the blank line after them
  std::string refusal;
};

/// Calls `take` for libcurl, which wants no exception through it; what is not taken ends the transfer.
template <typename Take>
size_t taken(Incoming& incoming, size_t size, Take take) noexcept {
  try {
    take();
    return incoming.refusal.empty() ? size : 0;
  } catch (const std::bad_alloc&) {
    incoming.refusal = "no memory";  // short enough to need none
    return 0;
  }
}

size_t take_body(char* data, size_t, size_t size, void* incoming_pointer) {
  auto& incoming = *static_cast<Incoming*>(incoming_pointer);
  return taken(incoming, size, [&] {
    if (incoming.response.body.size() + size > incoming.max_body_bytes)
      incoming.refusal = fmt::format("the answer has more than {} bytes", incoming.max_body_bytes);
    else
      incoming.response.body.append(data, size);
  });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

void take_header_line(Incoming& incoming, std::string_view line) {
  incoming.header_bytes += line.size();
  if (incoming.header_bytes > kMostHeaderBytes) {
    incoming.refusal = fmt::format("the answer's headers have more than {} bytes", kMostHeaderBytes);
  } else if (line.starts_with("HTTP/")) {
    incoming.response.headers.clear();  // of an answer before the last, a "100 Continue"
    incoming.has_headers = false;
  } else if (trimmed(line).empty()) {
    incoming.has_headers = true;
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    incoming.response.headers.emplace_back(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
}

size_t take_header(char* data, size_t, size_t size, void* incoming_pointer) {
  auto& incoming = *static_cast<Incoming*>(incoming_pointer);
  return taken(incoming, size, [&] { take_header_line(incoming, {data, size}); });
}

/// Of a transfer that failed. Nothing was sent before libcurl had a connection.
ErrorCode error_code(CURL* handle, CURLcode result) {
  curl_off_t ready_us = 0;
  curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
  switch (result) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return ErrorCode::kInvalidArgument;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION: return ErrorCode::kUnavailable;
    case CURLE_OPERATION_TIMEDOUT: return ready_us == 0 ? ErrorCode::kUnavailable : ErrorCode::kTimeout;
    case CURLE_OUT_OF_MEMORY: return ErrorCode::kInternal;
    default: return ErrorCode::kPeerFailed;
  }
}

long milliseconds(double seconds) { return static_cast<long>(seconds * 1000); }

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (const CURLcode result = curl_easy_setopt(handle, option, value); result != CURLE_OK)
    throw Error(ErrorCode::kInternal, fmt::format("libcurl does not take an option: {}", curl_easy_strerror(result)));
}

void set_rules(CURL* handle, const ClientOptions& options) {
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout_s));
  set(handle, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout_s));
  set(handle, CURLOPT_LOW_SPEED_LIMIT, kStalledBytesPerSecond);
  set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::ceil(options.stall_timeout_s)));
  set(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  set(handle, CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
  set(handle, CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
  if (!options.ca_file.empty()) set(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.client_certificate.empty()) set(handle, CURLOPT_SSLCERT, options.client_certificate.c_str());
}

void set_request(CURL* handle, const Request& request, const List& headers) {
  if (!is_token(request.method)) throw Error(ErrorCode::kInvalidArgument, "an HTTP method must be a word");
  set(handle, CURLOPT_FRESH_CONNECT, request.on_new_connection ? 1L : 0L);
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_PATH_AS_IS, 1L);
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  const bool has_body =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(handle, CURLOPT_POSTFIELDS, request.body.data() ? request.body.data() : "");
  }
  set(handle, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
  if (request.method != "HEAD") set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

}  // namespace

std::string_view Response::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& each) { return each.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

/// Handles that wait for their next request, each with its connections.
class Client::Pool {
 public:
  Handle take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return new_handle();
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }

  void give_back(Handle handle) {
    curl_easy_reset(handle.get());  // it forgets the request; its connections stay
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleHandleCount) idle_.push_back(std::move(handle));
  }

 private:
  static Handle new_handle() {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    Handle handle(initialised == CURLE_OK ? curl_easy_init() : nullptr);
    if (!handle) throw Error(ErrorCode::kInternal, "libcurl does not start");
    return handle;
  }

  std::mutex mutex_;
  std::vector<Handle> idle_;  // guarded by mutex_
};

Client::Client(ClientOptions options) : options_(std::move(options)), pool_(std::make_unique<Pool>()) {}
Client::~Client() = default;

Response Client::send(const Request& request) {
  const List headers = header_lines(request.headers);
  Incoming incoming;
  incoming.max_body_bytes = options_.max_body_bytes;
  std::array<char, CURL_ERROR_SIZE> reason{};
  Handle handle = pool_->take();  // ends before what it points to
  set_rules(handle.get(), options_);
  set_request(handle.get(), request, headers);
  set(handle.get(), CURLOPT_ERRORBUFFER, reason.data());
  set(handle.get(), CURLOPT_WRITEFUNCTION, take_body);
  set(handle.get(), CURLOPT_WRITEDATA, &incoming);
  set(handle.get(), CURLOPT_HEADERFUNCTION, take_header);
  set(handle.get(), CURLOPT_HEADERDATA, &incoming);
  CURLcode result = curl_easy_perform(handle.get());
  // libcurl takes what ends within its headers for whole.
  if (result == CURLE_OK && !incoming.has_headers) result = CURLE_PARTIAL_FILE;
  if (result != CURLE_OK) {
    const std::string_view told = !incoming.refusal.empty() ? std::string_view(incoming.refusal)
                                  : reason[0]               ? std::string_view(reason.data())
                                                            : std::string_view(curl_easy_strerror(result));
    throw Error(error_code(handle.get(), result),
                fmt::format("{} {}: {}", request.method, told_url(request.url), told));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  incoming.response.status = static_cast<int>(status);
  pool_->give_back(std::move(handle));
  return std::move(incoming.response);
}

}  // namespace veleta::http
