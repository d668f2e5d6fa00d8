#pragma once

#include <string>
#include <vector>

#include "store/served_streams.hpp"
#include "veleta/training.hpp"

namespace veleta {

/// The body of POST /labels.
struct LabelsBody {
  static constexpr size_t kMaxRequests = 10'000, kMaxLabels = 100'000, kMaxLabel_bytes = 1000;

  bool single = false;  ///< it was one request, not a list
  std::vector<RequestLabels> requests;

  /// The place of a request in the body: "" or "/3".
  std::string pointer(size_t request) const;
};

/// Reads {"request_id": "…", "labels": [601, null]} or a list of these. Of a regression labels are numbers, else texts,
/// numbers, true or false; null where a row's is not known yet. Throws HttpProblem: 400 where the body is no JSON, 413
/// for too many, 422 with the pointers of what is wrong.
LabelsBody read_labels_body(const std::string& body, bool is_regression);

}  // namespace veleta
