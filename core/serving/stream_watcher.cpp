#include "stream_watcher.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "label_errors.hpp"

namespace veleta {

namespace {

constexpr std::chrono::seconds kStale{60};
constexpr std::chrono::seconds kSignOfLife{20};
constexpr std::chrono::seconds kClaimPause{5}, kAwayPause{1};
/// The watches look after so many rows, so that whoever asks how they stand waits shortly.
constexpr size_t kBlockRows = 1000;
constexpr int kLabelPage = 1000;
/// Events that wait for a store that is away.
constexpr size_t kMaxEvents = 1000;

Series prediction_series(const BundleParts& parts) {
  if (!parts.reference) return {};
  return series_of(profile_of_predictions(parts.reference->scored.predictions).columns.front());
}

WatchedModel watched(const ServedModel& model) {
  const BundleParts& parts = model.bundle->parts();
  return {fmt::format("{} {}", model.version.version, model.digest), parts.input_schema, parts.profile,
          error_series(parts), prediction_series(parts)};
}

size_t row_count(const std::vector<ServedBlock>& blocks) {
  size_t count = 0;
  for (const auto& block : blocks) count += block.row_count();
  return count;
}

}  // namespace

StreamWatcher::StreamWatcher(std::string pipeline, const std::vector<StreamSpec>& streams, LateStore& store,
                             const ModelHolder& models, PluginHost& plugins, std::function<void()> told, Timing timing)
    : pipeline_(std::move(pipeline)),
      streams_(streams),
      store_(store),
      models_(models),
      told_(std::move(told)),
      timing_(timing),
      monitor_(streams, plugins) {}

StreamWatcher::~StreamWatcher() { stop(); }

bool StreamWatcher::watches(StreamSubject subject) const {
  return std::ranges::any_of(streams_, [&](const StreamSpec& stream) { return stream.of == subject; });
}

void StreamWatcher::start() {
  if (!streams_.empty()) thread_ = std::thread([this] { run(); });
}

void StreamWatcher::take(std::vector<ServedBlock> blocks) {
  const std::lock_guard lock(mutex_);
  for (ServedBlock& block : blocks) {
    if (!stopping_ && !queue_.empty() && queue_.back().append(block)) continue;
    if (stopping_ || queue_bytes_ + block.bytes() > kCapacityBytes) {
      unwatched_rows_ += block.row_count();
      continue;
    }
    queue_bytes_ += block.bytes();
    queue_.push_back(std::move(block));
  }
}

void StreamWatcher::look_at_labels() {
  {
    const std::lock_guard lock(mutex_);
    has_new_labels_ = true;
  }
  wake_.notify_one();
}

void StreamWatcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

StreamFigures StreamWatcher::figures() const {
  StreamFigures figures;
  {
    const std::lock_guard lock(monitor_mutex_);
    figures.watches = monitor_.status();
    figures.is_watching = is_watching_;
  }
  const std::lock_guard lock(mutex_);
  figures.unwatched_rows = unwatched_rows_;
  return figures;
}

void StreamWatcher::run() {
  bool is_last = false;
  while (!is_last) {
    const Hold held = hold();
    std::vector<ServedBlock> blocks;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, timing_.tick, [this] { return stopping_ || has_new_labels_; });
      is_last = stopping_;
      if (std::exchange(has_new_labels_, false)) next_labels_ = {};
      if (held == Hold::kNotYet) continue;
      blocks = std::exchange(queue_, {});
      queue_bytes_ = 0;
    }
    if (held == Hold::kOwn)
      step(blocks, is_last);
    else
      count_unwatched(row_count(blocks));
  }
  count_unwatched(row_count(queue_));  // nothing comes any more
  release();
}

StreamWatcher::Hold StreamWatcher::hold() {
  if (is_watching_) return Hold::kOwn;
  const auto model = models_.current();
  if (!model) return Hold::kNotYet;
  if (Clock::now() < next_claim_) return is_away_ ? Hold::kNotYet : Hold::kAnother;
  next_claim_ = Clock::now() + kClaimPause;
  try {
    return claim(model);
  } catch (const std::exception& error) {
    next_claim_ = Clock::now() + kAwayPause;
    store_is_away(error);
    return Hold::kNotYet;
  }
}

StreamWatcher::Hold StreamWatcher::claim(const std::shared_ptr<const ServedModel>& model) {
  ServedStreams& streams = store_.get().streams();
  // One that starts takes over; one that another took over from comes back only when that is gone.
  const int64_t stale_ms = has_claimed_ ? std::chrono::milliseconds(kStale).count() : 0;
  const bool is_own = streams.claim_streams(pipeline_, id_, stale_ms);
  is_away_ = false;
  if (!is_own) return Hold::kAnother;
  has_claimed_ = true;
  label_number_ = streams.label_position(pipeline_);
  follow(model, streams.watches(pipeline_));
  const std::lock_guard lock(monitor_mutex_);
  is_watching_ = true;
  return Hold::kOwn;
}

void StreamWatcher::follow(const std::shared_ptr<const ServedModel>& model, const std::vector<KeptWatch>& kept) {
  look();
  const std::lock_guard lock(monitor_mutex_);
  monitor_.begin(watched(*model), kept);
  model_ = model;
  is_whole_save_ = true;
}

void StreamWatcher::step(const std::vector<ServedBlock>& blocks, bool is_last) {
  try {
    take_rows(blocks);
    if (const auto current = models_.current(); current->version.version != model_->version.version)
      follow(current, {});
    if (is_last || Clock::now() >= next_labels_) read_labels();
    const bool must_tell = !events_.empty() && !is_away_;
    if (is_last || must_tell || Clock::now() >= next_save_) save(is_last);
  } catch (const std::exception& error) {
    store_is_away(error);
  }
}

void StreamWatcher::take_rows(const std::vector<ServedBlock>& blocks) {
  size_t gathered = 0;
  for (const ServedBlock& block : blocks) {
    if (block.model_version() != model_->version.version)
      if (const auto current = models_.current(); current->version.version == block.model_version())
        follow(current, {});
    // Of requests that began before the model changed, and ended after.
    if (block.model_version() != model_->version.version) {
      count_unwatched(block.row_count());
      continue;
    }
    {
      const std::lock_guard lock(monitor_mutex_);
      monitor_.take_rows(block.columns(), block.predictions());
    }
    gathered += block.row_count();
    if (gathered >= kBlockRows) {
      look();
      gathered = 0;
    }
  }
  look();
}

void StreamWatcher::look() {
  std::vector<StreamAlarm> alarms;
  {
    const std::lock_guard lock(monitor_mutex_);
    alarms = monitor_.watch(now_ms());
  }
  for (const StreamAlarm& alarm : alarms) {
    Event event{0, 0, "stream_alarm", pipeline_, "", to_json(alarm)};
    event.data["model_version"] = model_->version.version;
    if (events_.size() < kMaxEvents) events_.push_back(std::move(event));
  }
}

void StreamWatcher::read_labels() {
  next_labels_ = Clock::now() + timing_.label_interval;
  if (!watches(StreamSubject::kErrors)) return;
  std::vector<LabelledRow> page;
  do {
    page = store_.get().streams().labelled_rows(pipeline_, label_number_, kLabelPage);
    take_labels(page);
  } while (page.size() == kLabelPage);
}

void StreamWatcher::take_labels(const std::vector<LabelledRow>& rows) {
  const std::string version = std::to_string(model_->version.version);
  const TargetSpec& target = model_->bundle->parts().target;
  {
    const std::lock_guard lock(monitor_mutex_);
    for (const LabelledRow& row : rows) {
      label_number_ = row.number;
      if (row.was_watched || row.model_version != version) continue;
      if (const auto error = error_of(target, row.label, row.prediction)) monitor_.take_error(*error);
    }
  }
  look();
}

void StreamWatcher::save(bool is_last) {
  const auto now = Clock::now();
  next_save_ = now + timing_.save_interval;
  StreamsSave save{pipeline_, id_, label_number_, {}, is_whole_save_, events_};
  {
    const std::lock_guard lock(monitor_mutex_);
    save.watches = is_whole_save_ ? monitor_.keep_all() : monitor_.keep_changed();
  }
  if (save.watches.empty() && !is_last && now < next_sign_of_life_) return;
  is_whole_save_ = true;  // if this one fails
  try {
    store_.get().streams().save_streams(save);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kConflict) throw;
    log(LogLevel::kInfo, error.what());
    return lose();
  }
  is_whole_save_ = is_away_ = false;
  next_sign_of_life_ = now + kSignOfLife;
  events_.clear();
  if (!save.events.empty()) told_();
}

/// What this server knows is no more than what the other one goes on from.
void StreamWatcher::lose() {
  const std::lock_guard lock(monitor_mutex_);
  monitor_.end();
  is_watching_ = false;
  events_.clear();
  next_claim_ = Clock::now() + kClaimPause;
}

void StreamWatcher::release() {
  if (!is_watching_) return;
  try {
    store_.get().streams().release_streams(pipeline_, id_);
  } catch (const std::exception& error) {
    store_is_away(error);
  }
}

void StreamWatcher::count_unwatched(size_t rows) {
  const std::lock_guard lock(mutex_);
  unwatched_rows_ += rows;
}

void StreamWatcher::store_is_away(const std::exception& error) {
  if (!std::exchange(is_away_, true))
    log(LogLevel::kWarning,
        fmt::format("the streams of '{}' are watched, and kept when the store can be asked again: {}", pipeline_,
                    error.what()));
}

}  // namespace veleta
