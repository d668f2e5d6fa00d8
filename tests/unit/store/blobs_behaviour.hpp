#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <functional>
#include <memory>
#include <string>

#include "store/blobs.hpp"
#include "veleta/error.hpp"

namespace veleta {

/// A new, empty place for blobs, which ends with it, and what can be done to it behind the store's back.
class BlobsPlace {
 public:
  virtual ~BlobsPlace() = default;
  virtual std::unique_ptr<BlobStore> open() = 0;
  /// The bytes under a blob's name.
  virtual std::string stored(const std::string& digest) = 0;
  virtual void store(const std::string& digest, const std::string& bytes) = 0;
  /// How many things it holds, whatever their names.
  virtual size_t count() = 0;
};

/// A kind of place that the behaviour is tested on.
struct BlobsBackend {
  std::string name;
  std::function<std::unique_ptr<BlobsPlace>()> make_empty;
};
inline void PrintTo(const BlobsBackend& backend, std::ostream* out) { *out << backend.name; }

/// What every blob store does, wherever its bytes are.
class BlobsBehaviour : public ::testing::TestWithParam<BlobsBackend> {
 protected:
  /// What reading the blob to its end throws.
  ErrorCode reading_error(const std::string& digest) {
    try {
      blobs_->get(digest);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(digest));
      return error.code();
    }
    ADD_FAILURE() << "no Error was thrown";
    return ErrorCode::kInternal;
  }

  const std::unique_ptr<BlobsPlace> place_ = GetParam().make_empty();
  const std::unique_ptr<BlobStore> blobs_ = place_->open();
};

/// Bytes that do not compress, the same each time.
std::string noise(size_t byte_count);

}  // namespace veleta
