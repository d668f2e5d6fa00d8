#pragma once

#include <memory>
#include <string>

#include "s3/bucket.hpp"

namespace veleta {

/// Settings for the server that this program's tests run on, or for what stands before it at `endpoint`.
s3::Settings server_settings(const std::string& endpoint = "");

/// A new bucket there.
std::string new_bucket();

/// Whether it is MinIO, which differs where the contract says so.
bool is_minio();

}  // namespace veleta
