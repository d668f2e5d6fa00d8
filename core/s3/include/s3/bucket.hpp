#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/settings.hpp"

/// Object stores that speak Amazon's S3: AWS itself, MinIO, versitygw, Ceph and others.
namespace veleta::s3 {

struct ObjectInfo {
  std::string key;
  uint64_t byte_count = 0;
  std::string etag;  ///< changes with the content; of what was uploaded in parts it is no MD5
};

/// Bytes of an object from `begin`, as many as `byte_count` or as there are.
struct Range {
  uint64_t begin = 0;
  uint64_t byte_count = 0;
};

struct ObjectPart {
  std::string bytes;
  uint64_t object_byte_count = 0;  ///< of the whole object
  std::string etag;
};

/// When a put is to take place.
struct PutCondition {
  bool if_absent = false;  ///< no object has the key
  std::string if_etag;     ///< the object that has the key has this etag; empty: no matter
};

class Transport;
class Upload;

/// One bucket of an object store. Thread-safe. Calls are made again as Settings::retry says.
///
/// Errors name method, endpoint, bucket and key, never credentials or signatures: kNotFound for a bucket or key that is
/// not there, kConflict for a condition that does not hold, kRefused for credentials and permissions,
/// kInvalidArgument for settings that cannot be right (the wrong region, no URL), kUnavailable, kTimeout and
/// kPeerFailed as http::Client has them and for the server's own failures.
class Bucket {
 public:
  /// Connects to nothing yet. Throws kInvalidArgument for an endpoint that is no URL or a bucket's name that is none.
  Bucket(const Settings& settings, std::string name);
  ~Bucket();
  Bucket(const Bucket&) = delete;
  Bucket& operator=(const Bucket&) = delete;

  /// Makes the bucket; one that is there and belongs to the caller stays as it is.
  void create();

  /// Stores an object and returns its etag. The server compares the bytes with their SHA-256 as it takes them.
  std::string put(const std::string& key, std::string_view bytes, const PutCondition& condition = {});
  /// The whole object; its bytes are all in memory.
  std::string get(const std::string& key);
  /// A part of the object. Throws kConflict where `if_etag` is given and the object has another; kBadData where the
  /// object has no byte at `range.begin`.
  ObjectPart get(const std::string& key, const Range& range, const std::string& if_etag = "");
  std::optional<ObjectInfo> head(const std::string& key);
  /// Removes an object, if there is one.
  void remove(const std::string& key);
  /// Every object whose key begins with `prefix`, by key. Pages have `page_size` keys, 1000 at most.
  std::vector<ObjectInfo> list(const std::string& prefix, int page_size = 1000);

  /// Begins an object that comes in parts; there is nothing under the key until it is complete.
  std::unique_ptr<Upload> begin_upload(const std::string& key);
  /// Gives up the uploads under `prefix` that were begun more than `age_s` ago, and returns how many there were: what
  /// processes that died left behind, which costs space and is in no list.
  size_t abort_uploads(const std::string& prefix, double age_s);

  /// A URL that lets whoever has it GET (or PUT) the object for `lifetime_s`, a week at most. It is a secret.
  std::string presigned_url(const std::string& method, const std::string& key, int lifetime_s);

  /// "s3://bucket at https://host", as messages tell it.
  std::string told() const;

 private:
  const std::shared_ptr<Transport> transport_;
};

/// An object on its way in parts. Destroying it before it is complete gives it up: the server forgets the parts.
/// Not thread-safe.
class Upload {
 public:
  /// Bucket::begin_upload makes them.
  Upload(std::shared_ptr<Transport> transport, std::string key);
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  /// Sends the next part: 5 MiB at least but for the last, and 10,000 parts at most.
  void add_part(std::string_view bytes);
  /// Makes the object of its parts and returns its etag. Throws kConflict where the server no longer has them: given
  /// up by somebody else, or still being put together as asked for by a try whose answer was lost. A new upload helps.
  std::string complete();

 private:
  const std::shared_ptr<Transport> transport_;
  const std::string key_;
  const std::string write_id_;
  std::string id_;
  std::vector<std::string> etags_;
  bool is_complete_ = false;
};

}  // namespace veleta::s3
