#include "model_holder.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace veleta {

namespace {

constexpr double kLongestPauseS = 60;

bool same_record(const ModelVersion& a, const ModelVersion& b) {
  return a.description == b.description && a.tags == b.tags && a.aliases == b.aliases;
}

}  // namespace

ModelHolder::ModelHolder(Source source, Observer observer)
    : source_(std::move(source)), observer_(std::move(observer)) {}

ModelHolder::~ModelHolder() { stop(); }

ReloadStatus ModelHolder::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

ReloadStatus ModelHolder::reload() { return look(Patience::kTryNow); }

/// What served before is freed outside the lock, if nobody reads it any more.
void ModelHolder::serve(std::shared_ptr<const ServedModel> model) {
  const std::lock_guard lock(current_mutex_);
  current_.swap(model);
}

void ModelHolder::serve_recalled() {
  const std::lock_guard lock(look_mutex_);
  auto recalled = source_.recall();
  if (!recalled) return;
  const auto model = std::make_shared<const ServedModel>(std::move(recalled->first));
  serve(model);
  const ModelVersion& version = model->version;
  log(LogLevel::kInfo, fmt::format("serving {} version {} as this machine kept it, until the registry answers",
                                   version.model, version.version));
  const ReloadStatus status{ReloadOutcome::kSwapped, "", version.version, now_ms(), recalled->second};
  observer_(status, model.get());
  settle(status);
}

ReloadStatus ModelHolder::look(Patience patience) {
  const std::lock_guard lock(look_mutex_);
  std::optional<ModelVersion> wanted;
  try {
    wanted = source_.find_production();
  } catch (const std::exception& error) {
    return failed(0, fmt::format("the registry cannot be asked for the production version: {}", error.what()));
  }
  try {
    return look_at(wanted, patience);
  } catch (const std::exception& error) {
    return failed(wanted->version, fmt::format("version {} cannot be loaded: {}", wanted->version, error.what()));
  }
}

ReloadStatus ModelHolder::look_at(const std::optional<ModelVersion>& wanted, Patience patience) {
  const int64_t now = now_ms();
  ReloadStatus status{ReloadOutcome::kUnchanged, "", wanted ? wanted->version : 0, now, now};
  const auto serving = current();
  if (!wanted) {
    status.outcome = ReloadOutcome::kNoVersion;
    status.confirmed_ms = this->status().confirmed_ms;
    status.problem = fmt::format("no version has the alias '{}'", kProductionAlias);
  } else if (!serving || serving->version.version != wanted->version) {
    if (patience == Patience::kAwaitPause && must_wait(wanted->version)) return this->status();
    auto loaded = std::make_shared<const ServedModel>(source_.load(*wanted));
    serve(loaded);
    status.outcome = ReloadOutcome::kSwapped;
    log(LogLevel::kInfo, fmt::format("serving {} version {}", wanted->model, wanted->version));
    observer_(status, loaded.get());
  } else if (!same_record(serving->version, *wanted)) {
    // The same files under a record that was described anew.
    serve(std::make_shared<const ServedModel>(
        ServedModel{*wanted, serving->digest, serving->loaded_ms, serving->bundle}));
  }
  settle(status);
  return status;
}

ReloadStatus ModelHolder::failed(int version, const std::string& reason) {
  const ReloadStatus before = this->status();
  const bool again = before.outcome == ReloadOutcome::kFailed && before.version == version;
  pause_s_ = again ? std::min(2 * pause_s_, kLongestPauseS) : interval_s_;
  const ReloadStatus status{ReloadOutcome::kFailed, reason, version, now_ms(), before.confirmed_ms};
  retry_at_ms_ = status.time_ms + static_cast<int64_t>(pause_s_ * 1000);
  if (!again)
    log(LogLevel::kError, fmt::format("{}; {}", reason, current() ? "what serves goes on" : "nothing serves"));
  observer_(status, current().get());
  settle(status);
  return status;
}

bool ModelHolder::must_wait(int version) const {
  const ReloadStatus last = status();
  return last.outcome == ReloadOutcome::kFailed && last.version == version && now_ms() < retry_at_ms_;
}

void ModelHolder::settle(const ReloadStatus& status) {
  const std::lock_guard lock(status_mutex_);
  status_ = status;
}

void ModelHolder::follow(double interval_s) {
  {
    const std::lock_guard lock(look_mutex_);
    interval_s_ = interval_s;
  }
  thread_ = std::thread([this, interval = std::chrono::duration<double>(interval_s)] {
    serve_recalled();
    std::unique_lock lock(stop_mutex_);
    while (!stopping_) {
      lock.unlock();
      look(Patience::kAwaitPause);
      lock.lock();
      stop_wake_.wait_for(lock, interval, [this] { return stopping_; });
    }
  });
}

void ModelHolder::stop() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

HttpProblem no_model(const ReloadStatus& status) {
  const std::string reason = status.problem.empty() ? "it is being loaded" : status.problem;
  return HttpProblem(503, "There is no model to serve yet: " + reason + ".").add_header("Retry-After", "2");
}

}  // namespace veleta
