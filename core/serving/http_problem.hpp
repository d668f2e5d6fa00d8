#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "veleta/error.hpp"

#include "http_message.hpp"

namespace veleta {

/// One place in a request's body that is wrong.
struct FieldProblem {
  std::string pointer;   ///< RFC 6901: "/rows/0/bed"
  std::string detail;    ///< for people; never the value itself
  std::string expected;  ///< "a number"
  std::string received;  ///< "a string"
};

/// With '?' for all that is not printable ASCII.
std::string printable(std::string text);

/// A request that is answered with an error: an HTTP status, and what RFC 9457 wants to know.
class HttpProblem : public Error {
 public:
  HttpProblem(int status, const std::string& detail, std::vector<FieldProblem> fields = {});

  int status() const { return status_; }
  const std::vector<FieldProblem>& fields() const { return fields_; }
  const HttpFields& headers() const { return headers_; }
  /// For programs, and the reason phrase: "unknown-key:bach"; empty: none.
  const std::string& code() const { return code_; }
  std::chrono::milliseconds delay() const { return delay_; }

  HttpProblem& add_header(std::string name, std::string value);
  HttpProblem& with_code(const std::string& code);
  /// Sent only so long after the request came, for clients that would ask again at once.
  HttpProblem& delayed(std::chrono::milliseconds delay);
  /// The same problem under another status.
  HttpProblem& with_status(int status);

 private:
  int status_;
  std::vector<FieldProblem> fields_;
  HttpFields headers_;
  std::string code_;
  std::chrono::milliseconds delay_{0};
};

/// The problem that an exception stands for. What is no HttpProblem is the server's fault: a client learns no more of
/// it than the status; the log has the rest, under the request's id.
HttpProblem problem_of(const std::exception_ptr& exception, const std::string& request_id);

/// application/problem+json.
HttpReply to_reply(const HttpProblem& problem, const std::string& request_id);

}  // namespace veleta
