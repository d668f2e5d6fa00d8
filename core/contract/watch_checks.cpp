#include <fmt/format.h>
#include <algorithm>
#include <functional>

#include "check.hpp"
#include "made_series.hpp"

namespace veleta::contract {

namespace {

using Values = std::span<const double>;

/// Where a watch alarmed, and what it said then, as text.
using Alarms = std::vector<std::pair<size_t, std::string>>;

std::string words_of(const Signal& signal) {
  return fmt::format("direction {} statistic {} of {} e {} before {} now {}", signal.direction, signal.statistic,
                     signal.threshold, signal.e_value, signal.before, signal.now);
}

Alarms alarms(WatchHandle& watch, Values values, size_t block) {
  Alarms found;
  for (size_t at = 0; at < values.size();) {
    Signal signal;
    const size_t taken = watch.update(values.subspan(at, std::min(block, values.size() - at)), signal);
    require(taken > 0, "expected at least one value to be taken, found none");
    at += taken;
    if (signal.level == SignalLevel::kAlarm) found.emplace_back(at - 1, words_of(signal));
  }
  return found;
}

std::string words_of(const Alarms& alarms) {
  if (alarms.empty()) return "no alarm";
  return fmt::format("{} alarms, the first at {}: {}", alarms.size(), alarms[0].first, alarms[0].second);
}

/// Null where the detector refuses such a series.
std::unique_ptr<WatchHandle> begin(DetectorHandle& detector, const Series& series) {
  try {
    return detector.watch(series);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnsupported) return nullptr;
    throw;
  }
}

std::shared_ptr<DetectorHandle> watching(const Subject& subject) {
  auto detector = subject.detector();
  if (!detector->watches()) throw NotApplicable("it watches no series");
  return detector;
}

/// Calls check with every series that the detector does not refuse; says how many there were.
std::string with_each_series(const Subject& subject,
                             const std::function<void(DetectorHandle&, const MadeSeries&)>& check) {
  const auto detector = watching(subject);
  int watched = 0;
  for (const MadeSeries& series : made_series()) {
    if (!begin(*detector, series.known)) continue;
    ++watched;
    check(*detector, series);
  }
  return fmt::format("{} series", watched);
}

std::string watches_some_series(const Subject& subject) {
  std::string watched = with_each_series(subject, [](auto&, auto&) {});
  require(watched != "0 series", "expected it to watch errors or numbers, found that it refuses both");
  return watched;
}

std::string sees_a_jump(const Subject& subject) {
  std::string seen;
  with_each_series(subject, [&](DetectorHandle& detector, const MadeSeries& series) {
    const auto found = alarms(*detector.watch(series.known), series.values, series.values.size());
    if (!found.empty() && found.back().first >= series.jumps_at) seen += (seen.empty() ? "" : "; ") + series.name;
  });
  require(!seen.empty(), "expected an alarm after a jump in some series, found none in any");
  return seen;
}

std::string constant_series_stay_quiet(const Subject& subject) {
  return with_each_series(subject, [](DetectorHandle& detector, const MadeSeries& series) {
    // Where errors are known, any constant is a change.
    if (series.known.is_error && series.known.row_count > 0) return;
    const double constant = series.known.row_count > 0 ? series.known.mean : 1;
    const std::vector<double> values(3000, constant);
    const auto found = alarms(*detector.watch(series.known), values, values.size());
    require(found.empty(), fmt::format("{}: expected no alarm where every value is {}, found {}", series.name, constant,
                                       words_of(found)));
  });
}

std::string blocks_of_any_size_alike(const Subject& subject) {
  return with_each_series(subject, [](DetectorHandle& detector, const MadeSeries& series) {
    const auto whole = alarms(*detector.watch(series.known), series.values, series.values.size());
    for (const size_t block : {1, 7, 500}) {
      const auto found = alarms(*detector.watch(series.known), series.values, block);
      require(found == whole, fmt::format("{}: found {} at once, {} in blocks of {}", series.name, words_of(whole),
                                          words_of(found), block));
    }
  });
}

std::string saved_watches_go_on_alike(const Subject& subject) {
  return with_each_series(subject, [](DetectorHandle& detector, const MadeSeries& series) {
    const Values values = series.values;
    for (const size_t cut : {size_t{0}, size_t{1}, size_t{777}, series.jumps_at + 50, values.size()}) {
      const auto watch = detector.watch(series.known);
      alarms(*watch, values.first(cut), values.size());
      const auto loaded = detector.load_watch(watch->save());
      const auto expected = alarms(*watch, values.subspan(cut), values.size());
      const auto found = alarms(*loaded, values.subspan(cut), values.size());
      require(found == expected && loaded->save() == watch->save(),
              fmt::format("{}: expected {} of a watch loaded after {} values, found {}", series.name,
                          words_of(expected), cut, words_of(found)));
    }
  });
}

std::string refuses_wrong_states(const Subject& subject) {
  return with_each_series(subject, [](DetectorHandle& detector, const MadeSeries& series) {
    const auto watch = detector.watch(series.known);
    alarms(*watch, Values(series.values).first(500), 500);
    const std::string state = watch->save();
    for (const std::string& bytes : {std::string(), state.substr(0, state.size() / 2), std::string(1000, '\xff')}) try {
        detector.load_watch(bytes);
        throw Broken(fmt::format("{}: expected kBadData of {} wrong bytes, found a watch", series.name, bytes.size()));
      } catch (const Error& error) {
        require(error.code() == ErrorCode::kBadData, fmt::format("{}: expected kBadData of {} wrong bytes, found: {}",
                                                                 series.name, bytes.size(), error.what()));
      }
  });
}

}  // namespace

std::vector<Check> watch_checks() {
  return {{"watches_some_series", watches_some_series},
          {"sees_a_jump", sees_a_jump},
          {"constant_series_stay_quiet", constant_series_stay_quiet},
          {"blocks_of_any_size_alike", blocks_of_any_size_alike},
          {"saved_watches_go_on_alike", saved_watches_go_on_alike},
          {"refuses_wrong_states", refuses_wrong_states}};
}

}  // namespace veleta::contract
