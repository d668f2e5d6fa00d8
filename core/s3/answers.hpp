#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/bucket.hpp"

/// The store's answers, which are XML. All throw kPeerFailed where an answer is not what it should be.
namespace veleta::s3 {

/// What an <Error> says. Its other elements may quote what was signed and are left alone.
struct Failure {
  std::string code;
  std::string message;
};

/// The <Error> that a body is; nothing where it is anything else.
std::optional<Failure> failure_in(std::string_view body);

/// Whether the server no longer has an upload or a part of it.
bool is_lost_upload(const std::string& code);

struct ObjectPage {
  std::vector<ObjectInfo> objects;
  std::string next;  ///< the token of the page that follows; empty: there is none
};
ObjectPage object_page(std::string_view body);

struct PendingUpload {
  std::string key;
  std::string id;
  std::string begun;  ///< ISO 8601
};
struct UploadPage {
  std::vector<PendingUpload> uploads;
  std::string next_key;  ///< with next_id, where the page that follows begins; empty: there is none
  std::string next_id;
};
UploadPage upload_page(std::string_view body);

std::string upload_id(std::string_view body);
/// The etag of an object made of parts; nothing where the body is no such result.
std::optional<std::string> completed_etag(std::string_view body);

/// What a new bucket's region is; Amazon's first region must not be named.
std::string creation_text(const std::string& region);
/// The list of parts that completes an upload.
std::string parts_text(const std::vector<std::string>& etags);

}  // namespace veleta::s3
