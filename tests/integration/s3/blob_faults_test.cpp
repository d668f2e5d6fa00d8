#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "blobs_behaviour.hpp"
#include "s3_blobs.hpp"
#include "s3_server.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/thrown.hpp"

namespace veleta {
namespace {

using testing::Fault;
using testing::FaultProxy;
using testing::Thrown;
using testing::thrown_by;
using Kind = Fault::Kind;

/// What may go wrong in one exchange, but for stalling, which takes its time: the kinds of it, and more of each.
const std::vector<Fault>& faults() {
  static const std::vector<Fault> all = {
      {.kind = Kind::kCutInRequest, .byte_count = 5000},
      {.kind = Kind::kCutBeforeAnswer},
      {.kind = Kind::kCutInAnswer, .byte_count = 40},
      {.kind = Kind::kAnswer, .status = 503},
  };
  return all;
}
const std::vector<Fault>& more_faults() {
  static const std::vector<Fault> all = {
      {.kind = Kind::kCutBeforeRequest},
      {.kind = Kind::kCutInRequest, .byte_count = 100},
      {.kind = Kind::kCutInAnswer, .byte_count = 600},
      {.kind = Kind::kAnswer, .status = 500},
      {.kind = Kind::kAnswer, .status = 429, .headers = "Retry-After: 0\r\n"},
      {.kind = Kind::kAnswerInstead, .status = 500},
      {.kind = Kind::kAnswerInstead, .status = 504},
  };
  return all;
}

constexpr size_t kPartBytes = size_t{5} << 20;

/// Blobs in a bucket behind the proxy, and the same without it.
class BlobFaults : public ::testing::Test {
 protected:
  std::unique_ptr<BlobStore> blobs(int tries) {
    s3::Settings settings = server_settings(proxy_.url());
    settings.retry.tries = tries;
    settings.stall_timeout_s = 1;
    return open_s3_blobs(uri_, settings, kPartBytes);
  }

  /// Plans the fault for the exchange that is `nth` from now on, and nothing else.
  void plan(const Fault& fault, int nth) {
    proxy_.clear_plans();
    proxy_.plan(fault, nth);
    faults_before_ = proxy_.counts().faults;
  }
  bool has_happened() const { return proxy_.counts().faults > faults_before_; }

  static bool is_clear(ErrorCode code) {
    return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout || code == ErrorCode::kPeerFailed;
  }
  static std::string told(const Fault& fault, int nth) {
    return "fault " + std::to_string(static_cast<int>(fault.kind)) + " (" + std::to_string(fault.byte_count) +
           " bytes, status " + std::to_string(fault.status) + ") in exchange " + std::to_string(nth);
  }

  /// A write with the fault in each of its exchanges, until one has none left to happen in: with `tries` 1 it ends
  /// right or with a clear error, after which the same writer can commit; with more it ends right.
  void write_under(const Fault& fault, int tries, const std::string& bytes) {
    const auto direct = open_s3_blobs(uri_, server_settings());
    for (int nth = 1;; ++nth) {
      SCOPED_TRACE(told(fault, nth));
      const std::string content = std::to_string(++write_count_) + bytes;
      const std::string digest = sha256(content);
      const auto writer = blobs(tries)->create();
      writer->write(content);
      plan(fault, nth);
      try {
        EXPECT_EQ(writer->commit().digest, digest);
      } catch (const Error& error) {
        EXPECT_EQ(tries, 1) << error.what();
        EXPECT_TRUE(is_clear(error.code())) << error.what();
        EXPECT_TRUE(!direct->contains(digest) || direct->get(digest) == content);
        EXPECT_EQ(writer->commit().digest, digest);
      }
      if (!has_happened()) return;
      EXPECT_TRUE(direct->get(digest) == content);
    }
  }

  /// The same of a read.
  void read_under(const Fault& fault, int tries, const std::string& digest) {
    for (int nth = 1;; ++nth) {
      SCOPED_TRACE(told(fault, nth));
      const auto store = blobs(tries);
      plan(fault, nth);
      try {
        EXPECT_EQ(sha256(store->get(digest)), digest);
      } catch (const Error& error) {
        EXPECT_EQ(tries, 1) << error.what();
        EXPECT_TRUE(is_clear(error.code())) << error.what();
        EXPECT_EQ(sha256(store->get(digest)), digest);
      }
      if (!has_happened()) return;
    }
  }

  const std::string uri_ = "s3://" + new_bucket() + "/raw";
  FaultProxy proxy_{server_settings().endpoint};
  int faults_before_ = 0;
  int write_count_ = 0;
};

TEST_F(BlobFaults, AWriteEndsRightOrWithAClearError) {
  for (const auto* list : {&faults(), &more_faults()})
    for (const Fault& fault : *list)
      for (const int tries : {1, 3}) write_under(fault, tries, "a small blob");
}

TEST_F(BlobFaults, AWriteInPartsEndsRightOrWithAClearError) {
  const std::string bytes = noise(kPartBytes + 10'000);
  for (const Fault& fault : faults()) write_under(fault, 1, bytes);
}

TEST_F(BlobFaults, AWriteInPartsThatIsTriedAgainEndsRight) {
  const std::string bytes = noise(kPartBytes + 10'000);
  for (const Fault& fault : more_faults()) write_under(fault, 3, bytes);
}

TEST_F(BlobFaults, AReadEndsRightOrWithAClearError) {
  const std::string digest = open_s3_blobs(uri_, server_settings())->put("a small blob").digest;
  for (const auto* list : {&faults(), &more_faults()})
    for (const Fault& fault : *list)
      for (const int tries : {1, 3}) read_under(fault, tries, digest);
}

TEST_F(BlobFaults, AReadInPartsEndsRightOrWithAClearError) {
  const std::string digest = open_s3_blobs(uri_, server_settings())->put(noise(kPartBytes + 10'000)).digest;
  for (const Fault& fault : faults()) read_under(fault, 1, digest);
  for (const Fault& fault : more_faults()) read_under(fault, 3, digest);
}

TEST_F(BlobFaults, WhatStallsIsTriedAgain) {
  const auto store = blobs(2);
  plan({.kind = Kind::kStall}, 1);
  const std::string digest = store->put("bytes").digest;
  plan({.kind = Kind::kStall}, 1);
  EXPECT_EQ(store->get(digest), "bytes");
  EXPECT_TRUE(has_happened());
}

TEST_F(BlobFaults, AStoreThatIsAwayIsToldAndThenFoundAgain) {
  const auto store = blobs(2);
  const auto writer = store->create();
  writer->write("bytes");
  proxy_.down();
  EXPECT_EQ(thrown_by([&] { writer->commit(); }).code, ErrorCode::kUnavailable);
  EXPECT_EQ(thrown_by([&] { store->contains(sha256("bytes")); }).code, ErrorCode::kUnavailable);
  proxy_.up();
  EXPECT_EQ(store->get(writer->commit().digest), "bytes");
}

}  // namespace
}  // namespace veleta
