#include "answers.hpp"

#include <fmt/format.h>
#include <boost/url/decode_view.hpp>
#include <pugixml.hpp>
#include <sstream>

#include "base/text.hpp"
#include "veleta/error.hpp"

namespace veleta::s3 {

namespace {

constexpr size_t kToldBytes = 200;

[[noreturn]] void unexpected(const char* expected, std::string_view body) {
  throw Error(ErrorCode::kPeerFailed, fmt::format("the object store's answer holds no <{}>, but begins: {}", expected,
                                                  clipped(body, kToldBytes)));
}

/// A document, and the element that it is to have.
class Answer {
 public:
  Answer(std::string_view body, const char* name) {
    if (!document_.load_buffer(body.data(), body.size()) || !(root_ = document_.child(name))) unexpected(name, body);
  }
  pugi::xml_node root() const { return root_; }

 private:
  pugi::xml_document document_;
  pugi::xml_node root_;
};

/// Keys are asked for URL-encoded, as XML cannot hold all characters; not every server does so.
std::string key_in(const pugi::xml_node& root, const char* text) {
  if (std::string_view(root.child_value("EncodingType")) != "url") return text;
  const auto encoded = boost::urls::make_pct_string_view(text);
  if (!encoded) unexpected("Key that is URL-encoded", text);
  boost::urls::encoding_opts options;
  options.space_as_plus = true;
  const boost::urls::decode_view decoded(*encoded, options);
  return {decoded.begin(), decoded.end()};
}

std::string text_of(const pugi::xml_document& document) {
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration);
  return text.str();
}

bool is_truncated(const pugi::xml_node& root) { return std::string_view(root.child_value("IsTruncated")) == "true"; }

}  // namespace

std::optional<Failure> failure_in(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return std::nullopt;
  const pugi::xml_node error = document.child("Error");
  if (!error) return std::nullopt;
  return Failure{error.child_value("Code"), error.child_value("Message")};
}

bool is_lost_upload(const std::string& code) { return code == "NoSuchUpload" || code == "InvalidPart"; }

ObjectPage object_page(std::string_view body) {
  const Answer answer(body, "ListBucketResult");
  ObjectPage page;
  for (const pugi::xml_node& object : answer.root().children("Contents"))
    page.objects.push_back({key_in(answer.root(), object.child_value("Key")), object.child("Size").text().as_ullong(),
                            object.child_value("ETag")});
  if (is_truncated(answer.root())) {
    page.next = answer.root().child_value("NextContinuationToken");
    if (page.next.empty()) unexpected("NextContinuationToken", body);
  }
  return page;
}

UploadPage upload_page(std::string_view body) {
  const Answer answer(body, "ListMultipartUploadsResult");
  UploadPage page;
  for (const pugi::xml_node& upload : answer.root().children("Upload"))
    page.uploads.push_back({key_in(answer.root(), upload.child_value("Key")), upload.child_value("UploadId"),
                            upload.child_value("Initiated")});
  if (is_truncated(answer.root())) {
    page.next_key = key_in(answer.root(), answer.root().child_value("NextKeyMarker"));
    page.next_id = answer.root().child_value("NextUploadIdMarker");
    if (page.next_key.empty()) unexpected("NextKeyMarker", body);
  }
  return page;
}

std::string upload_id(std::string_view body) {
  const Answer answer(body, "InitiateMultipartUploadResult");
  std::string id = answer.root().child_value("UploadId");
  if (id.empty()) unexpected("UploadId", body);
  return id;
}

std::optional<std::string> completed_etag(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return std::nullopt;
  const pugi::xml_node result = document.child("CompleteMultipartUploadResult");
  if (!result) return std::nullopt;
  return result.child_value("ETag");
}

std::string creation_text(const std::string& region) {
  if (region == "us-east-1") return {};
  pugi::xml_document document;
  document.append_child("CreateBucketConfiguration").append_child("LocationConstraint").text().set(region.c_str());
  return text_of(document);
}

std::string parts_text(const std::vector<std::string>& etags) {
  pugi::xml_document document;
  pugi::xml_node upload = document.append_child("CompleteMultipartUpload");
  for (size_t i = 0; i < etags.size(); ++i) {
    pugi::xml_node part = upload.append_child("Part");
    part.append_child("PartNumber").text().set(std::to_string(i + 1).c_str());
    part.append_child("ETag").text().set(etags[i].c_str());
  }
  return text_of(document);
}

}  // namespace veleta::s3
