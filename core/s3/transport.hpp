#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/client.hpp"
#include "s3/settings.hpp"

namespace veleta::s3 {

/// One call to the store. No key: it is about the bucket.
struct Operation {
  std::string method = "GET";
  std::string key;
  std::vector<std::pair<std::string, std::string>> query;
  http::Headers headers;
  std::string_view body;
  bool may_fail_with_200 = false;  ///< the answer of success may hold an <Error>
};

inline constexpr const char* kWriteId = "x-amz-meta-veleta-write";

/// Signs operations on one bucket, sends them, and turns what the server refuses into Errors. Thread-safe.
class Transport {
 public:
  Transport(const Settings& settings, std::string bucket);

  /// The answer of success; throws what Bucket says.
  http::Response send(const Operation& operation);
  /// The answer, whatever it is.
  http::Response answer(const Operation& operation);
  /// Throws the Error that an answer without success stands for.
  [[noreturn]] void fail(const Operation& operation, const http::Response& response) const;

  /// The etag of an object that was written with the header kWriteId: `write_id`; nothing if the object is another. It
  /// tells whether a write whose answer was lost, and which the server refuses the second time, took place the first.
  std::optional<std::string> etag_of_write(const std::string& key, const std::string& write_id);

  std::string presigned_url(const Operation& operation, int lifetime_s) const;
  /// "PUT http://127.0.0.1:9000/bucket/key"
  std::string told(const Operation& operation) const;
  const std::string& bucket() const { return bucket_; }
  const std::string& endpoint() const { return endpoint_; }
  const std::string& region() const { return settings_.region; }

 private:
  Call call(const Operation& operation) const;
  Signer signer() const;

  const Settings settings_;
  const std::string bucket_;
  std::string endpoint_;   // scheme, host and port
  std::string host_;       // with the bucket where it is addressed so, as the Host header has it
  std::string base_path_;  // what comes before a key, ending with '/'
  http::Client client_;
};

}  // namespace veleta::s3
