#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <algorithm>

#include "base/json.hpp"
#include "data_api_process.hpp"
#include "source_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kQuick_s = 0.02;

Settings realty(const std::string& base_url) {
  return {{"url", base_url + "/data"},
          {"query.group_number", "4"},
          {"query.day", "Tuesday"},
          {"batch_id", "/batch_number"},
          {"end.status", "400"},
          {"end.message", "minima necesaria"},
          {"backoff_s", std::to_string(kQuick_s)},
          {"restart_url", base_url + "/restart_data_generation"}};
}

Settings with(Settings settings, const Settings& changes) {
  for (const auto& [name, value] : changes) settings[name] = value;
  return settings;
}

Taken take_from(const Settings& settings) { return take(*make_source("http", settings)); }

int64_t batch_number(const Taken& taken) {
  return boost::json::parse(taken.payload).at("batch_number").to_number<int64_t>();
}

std::string gunzipped(const std::string& bytes) {
  std::string text(64 << 20, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(HttpSource, BringsEachBatchThenTheEndOfData) {
  const DataApiProcess api;
  const auto source = make_source("http", realty(api.url()));
  for (int64_t expected = 0; expected < 6; ++expected) {
    const Taken taken = take(*source);
    ASSERT_EQ(taken.error, std::nullopt) << taken.message;
    EXPECT_EQ(taken.batch.outcome, Batch::Outcome::kBatch);
    EXPECT_EQ(batch_number(taken), expected);
    EXPECT_EQ(taken.batch.format, Batch::Format::kJsonRows);
    EXPECT_EQ(taken.batch.rows_pointer, "/data");
    EXPECT_EQ(taken.batch.id_pointer, "/batch_number");
    EXPECT_EQ(taken.batch.origin, api.url() + "/data?day=…&group_number=…");
  }
  const Taken end = take(*source);
  EXPECT_EQ(end.error, std::nullopt) << end.message;
  EXPECT_EQ(end.batch.outcome, Batch::Outcome::kEndOfData);
  EXPECT_EQ(end.payload, "");
}

TEST(HttpSource, FindsTheEndMessageWithOrWithoutAccentsInAnyCase) {
  for (const char* message : {"minima necesaria", "MÍNIMA Necesaria", "mínima necesaria"}) {
    const DataApiProcess api;
    const auto source = make_source("http", with(realty(api.url()), {{"end.message", message}}));
    for (int i = 0; i < 6; ++i) take(*source);
    EXPECT_EQ(take(*source).batch.outcome, Batch::Outcome::kEndOfData) << message;
  }
}

TEST(HttpSource, TellsABadGroupFromTheEndOfData) {
  const DataApiProcess api;
  const Taken taken = take_from(with(realty(api.url()), {{"query.group_number", "11"}}));
  EXPECT_EQ(taken.error, ErrorCode::kRefused);
  EXPECT_THAT(taken.message, AllOf(HasSubstr("status 400"), HasSubstr("Número de grupo inválido")));
  EXPECT_EQ(taken.payload, "");
}

TEST(HttpSource, TellsWhatAValidationErrorSays) {
  const DataApiProcess api;
  const Taken taken = take_from(with(realty(api.url()), {{"query.group_number", "four"}}));
  EXPECT_EQ(taken.error, ErrorCode::kRefused);
  EXPECT_THAT(taken.message, AllOf(HasSubstr("status 422"), HasSubstr("group_number")));
}

TEST(HttpSource, StartsTheServiceOver) {
  const DataApiProcess api;
  const auto source = make_source("http", realty(api.url()));
  const std::string first = take(*source).payload;
  EXPECT_TRUE(source->rewind());
  EXPECT_EQ(take(*source).payload, first);
  EXPECT_FALSE(make_source("http", with(realty(api.url()), {{"restart_url", ""}}))->rewind());
}

TEST(HttpSource, TriesAgainAfterServerErrorsAndKeepsNothingOfThem) {
  const DataApiProcess api({"--misbehave", "500:2"});
  const Taken taken = take_from(realty(api.url()));
  ASSERT_EQ(taken.error, std::nullopt) << taken.message;
  EXPECT_EQ(batch_number(taken), 0);
  EXPECT_TRUE(taken.batch.may_have_skipped);
}

TEST(HttpSource, SaysThatNothingWasSkippedWhereTheFirstTryIsAnswered) {
  const DataApiProcess api;
  EXPECT_FALSE(take_from(realty(api.url())).batch.may_have_skipped);
}

TEST(HttpSource, GivesUpOnAServerThatKeepsFailing) {
  const DataApiProcess api({"--misbehave", "500"});
  const Taken taken = take_from(with(realty(api.url()), {{"retries", "2"}}));
  EXPECT_EQ(taken.error, ErrorCode::kPeerFailed);
  EXPECT_THAT(taken.message, AllOf(HasSubstr("status 500"), HasSubstr("3 tries")));
  EXPECT_EQ(taken.payload, "");
}

TEST(HttpSource, NeverTriesARefusalAgain) {
  const DataApiProcess api({"--misbehave", "bad_group:1"});
  const auto source = make_source("http", realty(api.url()));
  EXPECT_EQ(take(*source).error, ErrorCode::kRefused);
  EXPECT_EQ(take(*source).error, std::nullopt);
}

TEST(HttpSource, AsksWhetherTheServiceRunsWhereNothingListens) {
  const std::string url = url_without_service();
  const Taken taken = take_from(with(realty(url), {{"retries", "1"}}));
  EXPECT_EQ(taken.error, ErrorCode::kUnavailable);
  EXPECT_THAT(taken.message, AllOf(HasSubstr(url), HasSubstr("2 tries"), HasSubstr("is the service running?")));
}

TEST(HttpSource, DoesNotTryAgainOnceBytesOfAPayloadCame) {
  const DataApiProcess api({"--misbehave", "drop:1"});
  const auto source = make_source("http", realty(api.url()));
  const Taken lost = take(*source);
  EXPECT_EQ(lost.error, ErrorCode::kPeerFailed);
  EXPECT_THAT(lost.message, AllOf(HasSubstr("lost after"), HasSubstr(std::to_string(lost.payload.size()) + " bytes"),
                                  HasSubstr("1 try")));
  EXPECT_GT(lost.payload.size(), 0u);
  // The service has moved on, as the real one does: only starting over brings the batch again.
  EXPECT_TRUE(source->rewind());
  EXPECT_EQ(batch_number(take(*source)), 0);
}

TEST(HttpSource, HandsATruncatedAnswerOnAsItCame) {
  const DataApiProcess api({"--misbehave", "truncated:1"});
  const Taken taken = take_from(realty(api.url()));
  EXPECT_EQ(taken.error, std::nullopt) << taken.message;  // HTTP sees nothing wrong; reading the JSON does
  boost::system::error_code code;
  boost::json::parse(taken.payload, code);
  EXPECT_TRUE(code);
}

TEST(HttpSource, WaitsForASlowAnswerWithinItsTime) {
  const DataApiProcess api({"--misbehave", "slow=0.1"});
  EXPECT_EQ(batch_number(take_from(realty(api.url()))), 0);
}

TEST(HttpSource, EndsAWaitThatIsTooLong) {
  const DataApiProcess api({"--misbehave", "slow=20"});
  const Taken taken = take_from(with(realty(api.url()), {{"timeout_s", "0.2"}}));
  EXPECT_EQ(taken.error, ErrorCode::kTimeout);
  EXPECT_THAT(taken.message, AllOf(HasSubstr("0.2 s"), HasSubstr("timeout_s")));
}

TEST(HttpSource, KeepsACompressedPayloadAsItCame) {
  const DataApiProcess plain, compressed({"--gzip"});
  const std::string payload = take_from(realty(compressed.url())).payload;
  EXPECT_EQ(payload.substr(0, 2), "\x1F\x8B");
  EXPECT_EQ(gunzipped(payload), take_from(realty(plain.url())).payload);
}

TEST(HttpSource, RefusesAnAnswerBeyondItsBound) {
  const DataApiProcess api;
  const Taken taken = take_from(with(realty(api.url()), {{"max_bytes", "1000"}}));
  EXPECT_EQ(taken.error, ErrorCode::kBadData);
  EXPECT_THAT(taken.message, AllOf(HasSubstr("1000 bytes"), HasSubstr("max_bytes")));
  EXPECT_LE(taken.payload.size(), 1000u);
}

TEST(HttpSource, StopsWhenCancelled) {
  const DataApiProcess api({"--misbehave", "slow=20"});
  PluginServices services;
  services.is_cancelled = [] { return true; };
  EXPECT_EQ(take(*make_source("http", realty(api.url()), services)).error, ErrorCode::kCancelled);
}

TEST(HttpSource, TellsHowFarItIs) {
  // A cut answer is the one of which the length is known.
  const DataApiProcess api({"--misbehave", "truncated"});
  std::vector<double> fractions;
  PluginServices services;
  services.progress = [&](double fraction, const std::string&) { fractions.push_back(fraction); };
  take(*make_source("http", realty(api.url()), services));
  EXPECT_EQ(std::ranges::max(fractions), 1.0);
}

TEST(HttpSource, SaysThatAnotherSchemeIsNotFetched) {
  const Taken taken = take_from({{"url", "file:///etc/hostname"}, {"retries", "0"}});
  EXPECT_NE(taken.error, std::nullopt);
  EXPECT_EQ(taken.payload, "");
}

}  // namespace
}  // namespace veleta::testing
