#include "labels_body.hpp"

#include <fmt/format.h>

#include "base/json_pointer.hpp"
#include "base/text.hpp"
#include "http_problem.hpp"
#include "json_text.hpp"

namespace veleta {

namespace {

constexpr size_t kMaxId_bytes = 128;

[[noreturn]] void refuse(const std::string& pointer, const std::string& expected, const std::string& found) {
  const std::string detail = fmt::format("Expected {}, found {}.", expected, found);
  throw HttpProblem(422, pointer.empty() ? detail : pointer + ": " + detail, {{pointer, detail, expected, found}});
}

std::string read_label(const json::value& label, const std::string& pointer, bool is_regression) {
  const bool is_label = is_regression ? label.is_number() : !label.is_structured();
  if (!label.is_null() && !is_label)
    refuse(pointer, is_regression ? "a number, or null" : "a string, a number, a boolean or null", type_name(label));
  std::string text = to_text(label);
  if (text.size() > LabelsBody::kMaxLabel_bytes)
    refuse(pointer, fmt::format("a label of {} bytes at most", LabelsBody::kMaxLabel_bytes), "a longer one");
  return text;
}

RequestLabels read_request(const json::value& value, const std::string& pointer, bool is_regression) {
  const auto* object = value.if_object();
  if (!object) refuse(pointer, R"(an object {"request_id": "...", "labels": [...]})", type_name(value));
  for (const auto& [key, member] : *object)
    if (key != "request_id" && key != "labels")
      throw HttpProblem(422, fmt::format("{}/{}: This member is not known.{}", pointer, pointer_token(key),
                                         did_you_mean(key, {"request_id", "labels"})));
  const json::value *id = object->if_contains("request_id"), *labels = object->if_contains("labels");
  if (!id || !id->is_string() || id->get_string().empty() || id->get_string().size() > kMaxId_bytes)
    refuse(pointer + "/request_id", "the id that a prediction came with", id ? type_name(*id) : "nothing");
  if (!labels || !labels->is_array() || labels->get_array().empty())
    refuse(pointer + "/labels", "a list of labels, one a row of the request", labels ? type_name(*labels) : "nothing");
  RequestLabels request{std::string(id->get_string()), {}};
  for (const auto& label : labels->get_array())
    request.labels.push_back(
        read_label(label, fmt::format("{}/labels/{}", pointer, request.labels.size()), is_regression));
  return request;
}

json::value parse(const std::string& body) {
  try {
    return parse_json(body, "The body");
  } catch (const Error& error) {
    throw HttpProblem(400, std::string(error.what()) + ".");
  }
}

}  // namespace

std::string LabelsBody::pointer(size_t request) const { return single ? "" : fmt::format("/{}", request); }

LabelsBody read_labels_body(const std::string& text, bool is_regression) {
  const json::value value = parse(text);
  LabelsBody body;
  const auto* list = value.if_array();
  body.single = !list;
  if (list && list->empty()) refuse("", "at least one request's labels", "an empty list");
  const size_t requests = list ? list->size() : 1;
  if (requests > LabelsBody::kMaxRequests)
    throw HttpProblem(413, fmt::format("The body has the labels of {} requests; it may have those of {}.", requests,
                                       LabelsBody::kMaxRequests));
  size_t labels = 0;
  for (size_t i = 0; i < requests; ++i) {
    body.requests.push_back(read_request(list ? (*list)[i] : value, body.pointer(i), is_regression));
    labels += body.requests.back().labels.size();
    if (labels > LabelsBody::kMaxLabels)
      throw HttpProblem(413, fmt::format("The body has more than {} labels.", LabelsBody::kMaxLabels));
  }
  return body;
}

}  // namespace veleta
