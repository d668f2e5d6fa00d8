#include "servers/http_messages.hpp"

#include <boost/beast/http.hpp>
#include <limits>

namespace veleta::testing {

namespace http = boost::beast::http;

template <typename Parser>
HttpMessage HttpMessages::read(Parser& parser, bool is_request) {
  HttpMessage message;
  parser.eager(true);
  parser.body_limit(std::numeric_limits<uint64_t>::max());
  parser.header_limit(std::numeric_limits<uint32_t>::max());
  size_t used = 0;
  bool was_told_to_continue = false;
  while (!parser.is_done()) {
    boost::system::error_code error;
    const size_t count =
        ahead_.size() == used ? 0 : parser.put(boost::asio::buffer(ahead_.data() + used, ahead_.size() - used), error);
    used += count;
    if (error && error != http::error::need_more) {
      message.is_cut = true;
      break;
    }
    if (parser.is_done() || (count > 0 && used < ahead_.size())) continue;
    if (is_request && parser.is_header_done() && !was_told_to_continue &&
        parser.get()[http::field::expect] == "100-continue") {
      was_told_to_continue = true;
      socket_.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (!socket_.read_some(ahead_)) {
      if (used > 0 || !ahead_.empty()) parser.put_eof(error);
      message.is_cut = !parser.is_done();
      used = ahead_.size();
      break;
    }
  }
  message.bytes = ahead_.substr(0, used);
  ahead_.erase(0, used);
  message.body = parser.get().body();
  message.keeps_connection = parser.is_done() && parser.get().keep_alive();
  return message;
}

HttpMessage HttpMessages::read_request() {
  http::request_parser<http::string_body> parser;
  HttpMessage message = read(parser, true);
  message.method = std::string(parser.get().method_string());
  message.target = std::string(parser.get().target());
  return message;
}

HttpMessage HttpMessages::read_answer(const std::string& method) {
  for (;;) {
    http::response_parser<http::string_body> parser;
    parser.skip(method == "HEAD");
    HttpMessage message = read(parser, false);
    if (message.is_cut || parser.get().result_int() / 100 != 1) return message;
  }
}

std::string reason_phrase(int status) { return std::string(http::obsolete_reason(static_cast<http::status>(status))); }

}  // namespace veleta::testing
