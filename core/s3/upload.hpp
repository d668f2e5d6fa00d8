#pragma once

#include <string>
#include <vector>

#include "answers.hpp"
#include "transport.hpp"

namespace veleta::s3 {

/// Every upload under `prefix` that is neither complete nor given up.
std::vector<PendingUpload> pending_uploads(Transport& transport, const std::string& prefix);

/// Gives an upload up; one that there is no more is none of anybody's worries.
void abort_upload(Transport& transport, const std::string& key, const std::string& id);

}  // namespace veleta::s3
