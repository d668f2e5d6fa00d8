#include "faulty_platform.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <map>
#include <set>
#include <sstream>

#include "base/text.hpp"

namespace veleta::test {

namespace {

using testing::Fault;
using testing::FaultProxy;
using Kind = Fault::Kind;

constexpr const char* kRidge = "[[learner]]\nplugin = \"ridge\"\n";
constexpr int kMaxTries = 60;

/// "PUT mlflow-artifacts" of "PUT /api/2.0/mlflow-artifacts/artifacts/12/… HTTP/1.1": what was asked for, not of whom.
std::string told_request(const std::string& line) {
  std::istringstream words(line);
  std::string method, target;
  words >> method >> target;
  target = target.substr(0, target.find('?'));
  for (const char* prefix : {"/api/2.0/mlflow/", "/api/2.0/", "/api/3.0/mlflow/"})
    if (target.starts_with(prefix)) {
      target = target.substr(std::string(prefix).size());
      const std::string call = method + " " + target.substr(0, target.find('/', target.find('/') + 1));
      return call.substr(0, call.find("/m-"));
    }
  return method + " of a payload";
}

}  // namespace

const std::vector<NamedFault>& http_faults() {
  static const std::vector<NamedFault> all = {
      {"cut in the request", {.kind = Kind::kCutInRequest, .byte_count = 150}},
      {"done, but cut before the answer", {.kind = Kind::kCutBeforeAnswer}},
      {"503", {.kind = Kind::kAnswer, .status = 503}},
      {"half an answer's head", {.kind = Kind::kCutInAnswer, .byte_count = 40}},
      {"done, but 500", {.kind = Kind::kAnswerInstead, .status = 500}},
      {"429", {.kind = Kind::kAnswer, .status = 429, .headers = "Retry-After: 0\r\n"}},
      {"cut before the request", {.kind = Kind::kCutBeforeRequest}},
      {"half an answer's body", {.kind = Kind::kCutInAnswer, .byte_count = 180}},
      {"500", {.kind = Kind::kAnswer, .status = 500}},
      {"done, but 504", {.kind = Kind::kAnswerInstead, .status = 504}},
      {"0.2 s late", {.kind = Kind::kDelay, .delay_s = 0.2}},
  };
  return all;
}

const std::vector<NamedFault>& postgres_faults() {
  static const std::vector<NamedFault> all = {
      {"cut in the statement", {.kind = Kind::kCutInRequest, .byte_count = 20}},
      {"done, but cut before the answer", {.kind = Kind::kCutBeforeAnswer}},
      {"half an answer", {.kind = Kind::kCutInAnswer, .byte_count = 3}},
      {"cut before the statement", {.kind = Kind::kCutBeforeRequest}},
      {"0.1 s late", {.kind = Kind::kDelay, .delay_s = 0.1}},
  };
  return all;
}

FaultyPlatform::FaultyPlatform(const std::string& source_url)
    : postgres_(Servers::started().postgres),
      s3_(Servers::started().s3),
      mlflow_(Servers::started().mlflow),
      pipeline_(source_url, {postgres_.url(), s3_.url(), mlflow_.url()}, kRidge) {}

void FaultyPlatform::plan(FaultProxy& proxy, const NamedFault& fault, int nth, int times) {
  const auto first = static_cast<size_t>(proxy.counts().exchanges + nth - 1);
  proxy.plan(fault.fault, nth, times);
  for (size_t i = 0; i < static_cast<size_t>(times); ++i) planned_.push_back({&proxy, fault.name, first + i, false});
}

size_t FaultyPlatform::decided() const { return pipeline_.query("SELECT run_id FROM decisions").size(); }

int FaultyPlatform::run_batches(size_t count) {
  constexpr int kExitUnavailable = 3, kExitTimeout = 4, kExitPeerFailed = 9;
  int failed = 0;
  for (int tries = 0; tries == failed || decided() < count; ++tries) {
    if (tries == kMaxTries) {
      ADD_FAILURE() << "the batches were never decided on";
      break;
    }
    const Outcome outcome = pipeline_.run();
    if (outcome.status == 0) continue;
    ++failed;
    blame_last_fault();
    EXPECT_THAT(outcome.status, ::testing::AnyOf(kExitUnavailable, kExitTimeout, kExitPeerFailed)) << outcome.output;
    EXPECT_THAT(outcome.output, ::testing::ContainsRegex("127\\.0\\.0\\.1:[0-9]+")) << "which server";
  }
  return failed;
}

void FaultyPlatform::expect_right(const std::string& source_url, size_t batch_count) {
  for (FaultProxy* proxy : {&postgres_, &s3_, &mlflow_}) proxy->clear_plans();
  const Folder folder;
  const Pipeline twin = embedded_twin(pipeline_, folder, source_url, kRidge);
  for (size_t i = 0; i < batch_count; ++i) ASSERT_EQ(twin.run().status, 0);
  EXPECT_EQ(story_of(pipeline_), story_of(twin));
  expect_whole(pipeline_);
}

std::string FaultyPlatform::server_of(const FaultProxy& proxy) const {
  return &proxy == &postgres_ ? "PostgreSQL" : &proxy == &s3_ ? "S3" : "MLflow 3";
}

void FaultyPlatform::blame_last_fault() {
  Planned* last = nullptr;
  for (auto& planned : planned_)
    if (planned.exchange < static_cast<size_t>(planned.proxy->counts().exchanges)) last = &planned;
  if (last) last->ended_run = true;
}

void FaultyPlatform::print_table() const {
  std::map<std::vector<std::string>, std::pair<int, std::set<std::string>>> rows;
  for (const auto& planned : planned_) {
    const auto requests = planned.proxy->requests();
    if (planned.exchange >= requests.size()) continue;
    const char* outcome = planned.ended_run ? "the run ended with an error, the next one went on" : "the run went on";
    auto& [times, met] = rows[{server_of(*planned.proxy), planned.name, outcome}];
    ++times;
    met.insert(planned.proxy == &postgres_ ? "statements" : told_request(requests[planned.exchange]));
  }
  for (const auto& [key, row] : rows)
    fmt::print("| {} | {} | {} | {} | {} |\n", key[0], key[1], row.first,
               join({row.second.begin(), row.second.end()}, ", "), key[2]);
}

}  // namespace veleta::test
