#include "series_watch.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace veleta {

namespace {

const char* to_string(StreamSubject subject) {
  switch (subject) {
    case StreamSubject::kColumns: return "columns";
    case StreamSubject::kPredictions: return "prediction";
    case StreamSubject::kErrors: return "error";
  }
  return "columns";
}

const char* to_string(SignalLevel level) {
  switch (level) {
    case SignalLevel::kNone: return "none";
    case SignalLevel::kWarning: return "warning";
    case SignalLevel::kAlarm: return "alarm";
  }
  return "none";
}

json::value direction_json(int direction) {
  if (direction == 0) return nullptr;
  return direction > 0 ? "up" : "down";
}

void add_signal(json::object& object, const Signal& signal) {
  object["direction"] = direction_json(signal.direction);
  object["statistic"] = number_or_null(signal.statistic);
  object["threshold"] = number_or_null(signal.threshold);
  object["e_value"] = number_or_null(signal.e_value);
  object["before"] = number_or_null(signal.before);
  object["now"] = number_or_null(signal.now);
}

std::string maker_of(const StreamSpec& spec, PluginHost& plugins) {
  const PluginDescription& description = plugins.describe(PluginKind::kDetector, spec.plugin);
  return fmt::format("{} {} {}", spec.plugin, description.summary.version, json::serialize(to_json(spec.params)));
}

uint64_t count_at(const json::object& object, const char* key) {
  const double number = number_or_nan(object, key);
  return number > 0 && number < 1e18 ? static_cast<uint64_t>(number) : 0;
}

/// The last alarm of a status that was kept; nothing where it had none.
std::optional<StreamAlarm> last_alarm_of(const json::object& status, const WatchStatus& of) {
  const json::value* found = status.if_contains("last_alarm");
  if (!found || !found->is_object()) return std::nullopt;
  const json::object& told = found->get_object();
  const std::string direction = text_or_empty(told, "direction");
  Signal signal;
  signal.level = SignalLevel::kAlarm;
  signal.direction = direction.empty() ? 0 : direction == "up" ? 1 : -1;
  signal.statistic = number_or_nan(told, "statistic");
  signal.threshold = number_or_nan(told, "threshold");
  signal.e_value = number_or_nan(told, "e_value");
  signal.before = number_or_nan(told, "before");
  signal.now = number_or_nan(told, "now");
  const auto seconds = parse_iso_time(text_or_empty(told, "time"));
  return StreamAlarm{of.stream, of.series, signal, count_at(told, "seen"),
                     static_cast<int64_t>(seconds.value_or(0) * 1000)};
}

}  // namespace

json::object to_json(const StreamAlarm& alarm) {
  json::object object{{"stream", alarm.stream}, {"series", alarm.series}};
  add_signal(object, alarm.signal);
  object["seen"] = alarm.seen;
  object["time"] = format_time(alarm.time_ms);
  return object;
}

json::object to_json(const WatchStatus& status) {
  json::object object{{"stream", status.stream},
                      {"series", status.series},
                      {"plugin", status.plugin},
                      {"of", to_string(status.of)},
                      {"level", to_string(status.signal.level)}};
  add_signal(object, status.signal);
  object["run_length"] = number_or_null(status.run_length);
  object["seen"] = status.seen;
  object["missing"] = status.missing;
  object["alarms"] = status.alarms;
  object["last_alarm"] = status.last_alarm ? json::value(to_json(*status.last_alarm)) : json::value(nullptr);
  object["problem"] = status.problem.empty() ? json::value(nullptr) : json::value(status.problem);
  return object;
}

WatchMaker::WatchMaker(std::string name, const StreamSpec& spec, PluginHost& plugins)
    : stream(std::move(name)),
      plugin(spec.plugin),
      of(spec.of),
      maker(maker_of(spec, plugins)),
      detector(plugins.create_detector(spec.plugin, spec.params, {})),
      run_length(detector->run_length()) {}

SeriesWatch::SeriesWatch(std::shared_ptr<const WatchMaker> maker, std::string series, std::string basis)
    : maker_(std::move(maker)), basis_(std::move(basis)) {
  status_.stream = maker_->stream;
  status_.series = std::move(series);
  status_.plugin = maker_->plugin;
  status_.of = maker_->of;
  status_.run_length = maker_->run_length;
}

void SeriesWatch::begin(const Series& facts) {
  try {
    watch_ = maker_->detector->watch(facts);
  } catch (const Error& error) {
    cannot(error.what());
    log(LogLevel::kWarning,
        fmt::format("stream '{}' does not watch '{}': {}", status_.stream, status_.series, error.what()));
  }
}

void SeriesWatch::go_on(const KeptWatch& kept, const Series& facts) {
  const auto begin_anew = [&](const std::string& reason) {
    log(LogLevel::kInfo, fmt::format("stream '{}' begins '{}' anew: {}", status_.stream, status_.series, reason));
    begin(facts);
  };
  if (kept.basis != basis_) return begin_anew("the model, or what it was trained on, is another one");
  if (kept.maker != maker_->maker)
    return begin_anew(fmt::format("its state is of another plugin, version or parameters: {}", kept.maker));
  if (kept.state.empty()) return begin(facts);
  try {
    watch_ = maker_->detector->load_watch(kept.state);
  } catch (const Error& error) {
    return begin_anew(fmt::format("its state cannot be read: {}", error.what()));
  }
  status_.seen = count_at(kept.status, "seen");
  status_.missing = count_at(kept.status, "missing");
  status_.alarms = count_at(kept.status, "alarms");
  status_.last_alarm = last_alarm_of(kept.status, status_);
}

void SeriesWatch::add_counts_of(const SeriesWatch& before) {
  status_.process_values += before.status_.process_values;
  status_.process_alarms += before.status_.process_alarms;
}

void SeriesWatch::take(std::span<const double> values, uint64_t missing, int64_t now_ms,
                       std::vector<StreamAlarm>& alarms) {
  if (!watch_) return;
  status_.missing += missing;
  has_changed_ = has_changed_ || missing > 0 || !values.empty();
  told_ = 0;
  try {
    while (!values.empty()) {
      const size_t taken = watch_->update(values, status_.signal);
      values = values.subspan(taken);
      status_.seen += taken;
      status_.process_values += taken;
      if (status_.signal.level == SignalLevel::kAlarm) note_alarm(now_ms, alarms);
    }
  } catch (const Error& error) {
    give_up(error);
  }
}

void SeriesWatch::give_up(const Error& error) {
  watch_.reset();
  cannot(error.what());
  log(LogLevel::kError,
      fmt::format("stream '{}' watches '{}' no more: {}", status_.stream, status_.series, error.what()));
}

void SeriesWatch::note_alarm(int64_t now_ms, std::vector<StreamAlarm>& alarms) {
  ++status_.alarms;
  ++status_.process_alarms;
  status_.last_alarm = StreamAlarm{status_.stream, status_.series, status_.signal, status_.seen, now_ms};
  if (told_++ < Monitor::kMostTold) alarms.push_back(*status_.last_alarm);
}

KeptWatch SeriesWatch::keep() {
  has_changed_ = false;
  std::string state;
  try {
    if (watch_) state = watch_->save();
  } catch (const Error& error) {
    give_up(error);
  }
  return {status_.stream, status_.series, basis_, maker_->maker, to_json(status_), std::move(state)};
}

}  // namespace veleta
