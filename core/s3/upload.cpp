#include "upload.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "s3/bucket.hpp"
#include "veleta/error.hpp"

namespace veleta::s3 {

std::vector<PendingUpload> pending_uploads(Transport& transport, const std::string& prefix) {
  std::vector<PendingUpload> uploads;
  UploadPage page;
  do {
    Operation operation;
    operation.query = {{"uploads", ""}, {"prefix", prefix}, {"encoding-type", "url"}};
    if (!page.next_key.empty()) {
      operation.query.emplace_back("key-marker", page.next_key);
      operation.query.emplace_back("upload-id-marker", page.next_id);
    }
    page = upload_page(transport.send(operation).body);
    // Some servers take the prefix for a whole key.
    for (const PendingUpload& upload : page.uploads)
      if (upload.key.starts_with(prefix)) uploads.push_back(upload);
  } while (!page.next_key.empty() && !page.uploads.empty());
  return uploads;
}

void abort_upload(Transport& transport, const std::string& key, const std::string& id) {
  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  operation.query = {{"uploadId", id}};
  const http::Response response = transport.answer(operation);
  if (!response.is_success() && response.status != 404) transport.fail(operation, response);
}

Upload::Upload(std::shared_ptr<Transport> transport, std::string key)
    : transport_(std::move(transport)), key_(std::move(key)), write_id_(new_id()) {
  Operation operation;
  operation.method = "POST";
  operation.key = key_;
  operation.query = {{"uploads", ""}};
  operation.headers = {{kWriteId, write_id_}};
  id_ = upload_id(transport_->send(operation).body);
}

Upload::~Upload() {
  if (is_complete_) return;
  try {
    abort_upload(*transport_, key_, id_);
  } catch (const Error& error) {
    log(LogLevel::kWarning, fmt::format("parts of an upload stay in the object store: {}", error.what()));
  }
}

void Upload::add_part(std::string_view bytes) {
  Operation operation;
  operation.method = "PUT";
  operation.key = key_;
  operation.query = {{"partNumber", std::to_string(etags_.size() + 1)}, {"uploadId", id_}};
  operation.body = bytes;
  const http::Response response = transport_->send(operation);
  etags_.emplace_back(response.header("etag"));
}

std::string Upload::complete() {
  const std::string parts = parts_text(etags_);
  Operation operation;
  operation.method = "POST";
  operation.key = key_;
  operation.query = {{"uploadId", id_}};
  operation.body = parts;
  operation.may_fail_with_200 = true;
  const http::Response response = transport_->answer(operation);
  // Sent twice, as libcurl and retries do, the one may have overtaken the other.
  const bool is_lost = is_lost_upload(failure_in(response.body).value_or(Failure{}).code);
  const auto etag = is_lost ? transport_->etag_of_write(key_, write_id_) : completed_etag(response.body);
  if (!etag) transport_->fail(operation, response);
  is_complete_ = true;
  return *etag;
}

}  // namespace veleta::s3
