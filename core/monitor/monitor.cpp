#include "monitor/monitor.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/log.hpp"
#include "base/text.hpp"
#include "series_watch.hpp"

namespace veleta {

namespace {

constexpr const char* kPrediction = "prediction";
constexpr const char* kError = "error";

/// "adwin", "adwin.error"; the second of a name is "adwin.2".
std::string stream_name(const StreamSpec& spec, const std::vector<std::shared_ptr<const WatchMaker>>& before) {
  std::string base = spec.plugin;
  if (spec.of == StreamSubject::kPredictions) base += ".prediction";
  if (spec.of == StreamSubject::kErrors) base += ".error";
  const auto count = std::count_if(before.begin(), before.end(), [&](const auto& maker) {
    return maker->plugin == spec.plugin && maker->of == spec.of;
  });
  return count == 0 ? base : fmt::format("{}.{}", base, count + 1);
}

std::string text_of(const Series& facts) {
  return fmt::format("{} rows, mean {}, sd {}, {} to {}", facts.row_count, facts.mean, facts.standard_deviation,
                     facts.minimum, facts.maximum);
}

}  // namespace

Series series_of(const ColumnProfile& column) {
  return {column.row_count, column.mean, column.standard_deviation, column.minimum, column.maximum};
}

/// One series: what was taken of it and not yet looked at, and the watches that look.
class Feed {
 public:
  explicit Feed(std::string name, StreamSubject subject) : name_(std::move(name)), subject_(subject) {}

  bool is(const std::string& name, StreamSubject subject) const { return name == name_ && subject == subject_; }
  void take(std::span<const double> values) {
    const auto is_finite = [](double value) { return std::isfinite(value); };
    const size_t before = values_.size();
    if (std::ranges::all_of(values, is_finite))
      values_.insert(values_.end(), values.begin(), values.end());
    else
      std::ranges::copy_if(values, std::back_inserter(values_), is_finite);
    missing_ += before + values.size() - values_.size();
  }
  void look(int64_t now_ms, std::vector<StreamAlarm>& alarms) {
    if (values_.empty() && missing_ == 0) return;
    for (auto& watch : watches) watch.take(values_, missing_, now_ms, alarms);
    values_.clear();
    missing_ = 0;
  }

  std::vector<SeriesWatch> watches;
  size_t input = 0;  ///< of a column: its place among the numeric inputs
  Series facts;
  std::string basis;
  std::string problem;

  StreamSubject subject() const { return subject_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  StreamSubject subject_;
  std::vector<double> values_;
  uint64_t missing_ = 0;
};

std::vector<std::string> numeric_inputs(const Schema& inputs) {
  std::vector<std::string> names;
  for (const Field& field : inputs.fields)
    if (field.type == ColumnType::kNumber) names.push_back(field.name);
  return names;
}

Monitor::Monitor(const std::vector<StreamSpec>& specs, PluginHost& plugins) : specs_(specs) {
  for (const StreamSpec& spec : specs)
    makers_.push_back(std::make_shared<const WatchMaker>(stream_name(spec, makers_), spec, plugins));
}

Monitor::~Monitor() = default;

void Monitor::end() { feeds_.clear(); }

Feed& Monitor::feed_of(const std::string& series, StreamSubject subject) {
  const auto found =
      std::find_if(feeds_.begin(), feeds_.end(), [&](const auto& feed) { return feed->is(series, subject); });
  if (found != feeds_.end()) return **found;
  return *feeds_.emplace_back(std::make_unique<Feed>(series, subject));
}

namespace {

/// What of the model a feed is watched against.
void set_facts(Feed& feed, const WatchedModel& model, const std::vector<std::string>& inputs) {
  if (feed.subject() != StreamSubject::kColumns) {
    feed.facts = feed.subject() == StreamSubject::kErrors ? model.errors : model.predictions;
    feed.basis = fmt::format("{} of model {}: {}", feed.name(), model.identity, text_of(feed.facts));
    return;
  }
  const auto place = std::find(inputs.begin(), inputs.end(), feed.name());
  if (place == inputs.end()) {
    feed.problem =
        fmt::format("the model takes in no column of numbers '{}'.{}", feed.name(), did_you_mean(feed.name(), inputs));
    return;
  }
  feed.input = static_cast<size_t>(place - inputs.begin());
  if (const ColumnProfile* column = model.reference.find(feed.name())) feed.facts = series_of(*column);
  feed.basis = fmt::format("column {}: {}", feed.name(), text_of(feed.facts));
}

SeriesWatch make_watch(const std::shared_ptr<const WatchMaker>& maker, const Feed& feed,
                       std::vector<std::unique_ptr<Feed>>& before, const std::vector<KeptWatch>& kept) {
  SeriesWatch watch(maker, feed.name(), feed.basis);
  for (const auto& other : before)
    for (SeriesWatch& known : other->watches) {
      if (!known.is(maker->stream, feed.name())) continue;
      if (known.watches_against(feed.basis)) return std::move(known);
      watch.add_counts_of(known);
    }
  if (!feed.problem.empty()) {
    watch.cannot(feed.problem);
    log(LogLevel::kWarning,
        fmt::format("stream '{}' does not watch '{}': {}", maker->stream, feed.name(), feed.problem));
    return watch;
  }
  const auto found = std::find_if(kept.begin(), kept.end(), [&](const KeptWatch& one) {
    return one.stream == maker->stream && one.series == feed.name();
  });
  if (found == kept.end())
    watch.begin(feed.facts);
  else
    watch.go_on(*found, feed.facts);
  return watch;
}

}  // namespace

void Monitor::begin(const WatchedModel& model, const std::vector<KeptWatch>& kept) {
  std::vector<std::unique_ptr<Feed>> before = std::move(feeds_);
  feeds_.clear();
  const std::vector<std::string> inputs = numeric_inputs(model.inputs);
  numeric_inputs_ = inputs.size();
  for (size_t i = 0; i < makers_.size(); ++i) {
    const StreamSpec& spec = specs_[i];
    std::vector<std::string> series{spec.of == StreamSubject::kErrors ? kError : kPrediction};
    if (spec.of == StreamSubject::kColumns) series = spec.columns.empty() ? inputs : spec.columns;
    for (const std::string& name : series) {
      Feed& feed = feed_of(name, spec.of);
      if (feed.watches.empty()) set_facts(feed, model, inputs);
      feed.watches.push_back(make_watch(makers_[i], feed, before, kept));
    }
  }
}

void Monitor::take_rows(std::span<const std::span<const double>> columns, std::span<const double> predictions) {
  const auto fits = [&](std::span<const double> column) { return column.size() == predictions.size(); };
  if (!columns.empty() && (columns.size() != numeric_inputs_ || !std::ranges::all_of(columns, fits)))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} columns of {} numbers expected, found {} columns",
                                                         numeric_inputs_, predictions.size(), columns.size()));
  for (const auto& feed : feeds_) {
    if (!feed->problem.empty() || feed->subject() == StreamSubject::kErrors) continue;
    if (feed->subject() == StreamSubject::kPredictions)
      feed->take(predictions);
    else if (!columns.empty())
      feed->take(columns[feed->input]);
  }
}

void Monitor::take_error(double error) {
  for (const auto& feed : feeds_)
    if (feed->subject() == StreamSubject::kErrors) feed->take({&error, 1});
}

std::vector<StreamAlarm> Monitor::watch(int64_t now_ms) {
  std::vector<StreamAlarm> alarms;
  for (const auto& feed : feeds_) feed->look(now_ms, alarms);
  return alarms;
}

std::vector<WatchStatus> Monitor::status() const {
  std::vector<WatchStatus> all;
  for (const auto& maker : makers_)
    for (const auto& feed : feeds_)
      for (const SeriesWatch& watch : feed->watches)
        if (watch.status().stream == maker->stream) all.push_back(watch.status());
  return all;
}

std::vector<KeptWatch> Monitor::keep(bool all) {
  std::vector<KeptWatch> kept;
  for (const auto& feed : feeds_)
    for (SeriesWatch& watch : feed->watches)
      if (all || watch.has_changed()) kept.push_back(watch.keep());
  return kept;
}

std::vector<KeptWatch> Monitor::keep_all() { return keep(true); }
std::vector<KeptWatch> Monitor::keep_changed() { return keep(false); }

}  // namespace veleta
