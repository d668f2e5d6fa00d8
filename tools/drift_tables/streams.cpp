#include "streams.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <optional>

#include "alarms.hpp"
#include "made_series.hpp"

namespace veleta::drift_tables {

namespace {

constexpr size_t kNullValues = 10'000'000, kReferenceRows = 10'000;
constexpr size_t kRuns = 60, kBefore = 5'000, kAfter = 5'000;
constexpr size_t kChanges = 100, kConcept = 2'000, kLatest = 500;
constexpr size_t kBlock = 4096;

/// Something that alarms: a detector, or a baseline that does not look.
struct Contestant {
  std::string name;
  std::shared_ptr<DetectorHandle> detector;
  size_t period = 0;   ///< of a baseline; 0: it never alarms
  bool knows = false;  ///< is told the series' mean exactly

  /// Where it alarms; nothing where it does not watch such a series.
  std::optional<Places> alarms(const Series& series, const std::vector<double>& values) const {
    if (!detector) return alarms_by_period(values.size());
    std::unique_ptr<WatchHandle> watch;
    try {
      watch = detector->watch(series);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUnsupported) return std::nullopt;
      throw;
    }
    Places places;
    for (size_t at = 0; at < values.size();) {
      Signal signal;
      at += watch->update({&values[at], std::min(kBlock, values.size() - at)}, signal);
      if (signal.level == SignalLevel::kAlarm) places.push_back(at - 1);
    }
    return places;
  }

  std::string stated() const {
    const double length = detector ? detector->run_length() : Signal::kNone;
    return std::isnan(length) ? "–" : fmt::format("{:.0e}", length);
  }

 private:
  Places alarms_by_period(size_t count) const {
    Places places;
    for (size_t at = period; period > 0 && at <= count; at += period) places.push_back(at - 1);
    return places;
  }
};

/// Of the detectors `wanted`, or of all where there are none, those that watch series.
std::vector<Contestant> contestants(PluginHost& plugins, const std::vector<std::string>& wanted) {
  std::vector<Contestant> all{
      {"an alarm at every value", nullptr, 1}, {"one every 1,000", nullptr, 1000}, {"none ever", nullptr}};
  for (const auto& name : wanted.empty() ? plugins.names(PluginKind::kDetector) : wanted) {
    const auto& params = plugins.describe(PluginKind::kDetector, name).params;
    auto detector = plugins.create_detector(name, default_values(params), {});
    if (!detector->watches()) continue;
    all.push_back({name, detector});
    if (!std::isnan(detector->run_length())) all.push_back({name + ", mean known", detector, 0, true});
  }
  return all;
}

void print_row(const std::vector<std::string>& cells) {
  for (const auto& cell : cells) fmt::print("| {} ", cell);
  fmt::print("|\n");
}

void print_header(const std::vector<std::string>& cells) {
  print_row(cells);
  for (size_t i = 0; i < cells.size(); ++i) fmt::print("|---");
  fmt::print("|\n");
}

/// "1.2e+05 (83)": values between alarms, and how many there were.
std::string run_length(const std::optional<Places>& alarms, size_t values) {
  if (!alarms) return "–";
  if (alarms->empty()) return fmt::format("> {:.0e} (0)", static_cast<double>(values));
  return fmt::format("{:.2g} ({})", static_cast<double>(values) / static_cast<double>(alarms->size()), alarms->size());
}

void print_run_lengths(const std::vector<Contestant>& all) {
  const std::vector<Origin> origins{{false, 0}, {true, 0.05}, {true, 0.2}, {true, 0.5}};
  std::vector<std::vector<std::string>> rows;
  for (const auto& contestant : all) rows.push_back({contestant.name, contestant.stated()});
  std::vector<std::string> header{"detector", "stated"};
  for (const Origin& origin : origins) {
    Random random(2026);
    const Series described = origin.described_by(origin.draw(random, kReferenceRows));
    const auto values = origin.draw(random, kNullValues);
    header.push_back(origin.name());
    for (size_t i = 0; i < all.size(); ++i)
      rows[i].push_back(run_length(all[i].alarms(all[i].knows ? origin.known() : described, values), values.size()));
  }
  fmt::print("Values between false alarms, and how many there were in {:.0e} values:\n\n",
             static_cast<double>(kNullValues));
  print_header(header);
  for (const auto& row : rows) print_row(row);
}

struct Shift {
  Origin before, after;

  std::string name() const {
    return before.is_error ? fmt::format("{} → {}", before.level, after.level) : fmt::format("+{} σ", after.level);
  }
};

/// What became of all runs of one shift.
struct Outcome {
  std::vector<size_t> delays;
  size_t misses = 0, false_alarms = 0;

  void add(const Places& alarms) {
    const EvaluatedAlarms evaluated(alarms, {{kBefore, kBefore}}, kAfter);
    false_alarms += evaluated.false_alarms().size();
    misses += evaluated.found().front().empty();
    for (const size_t delay : evaluated.delays()) delays.push_back(delay + 1);
  }

  /// "325, 2 missed": the median of the delays.
  std::string words() {
    if (delays.empty()) return "all missed";
    std::ranges::nth_element(delays, delays.begin() + static_cast<std::ptrdiff_t>(delays.size() / 2));
    return fmt::format("{}{}", delays[delays.size() / 2], misses ? fmt::format(", {} missed", misses) : "");
  }
};

/// Nothing where the contestant does not watch such a series.
std::optional<Outcome> outcome(const Contestant& contestant, const Shift& shift) {
  Outcome found;
  Random random(2027);
  for (size_t run = 0; run < kRuns; ++run) {
    const Series described = shift.before.described_by(shift.before.draw(random, kReferenceRows));
    auto values = shift.before.draw(random, kBefore);
    const auto after = shift.after.draw(random, kAfter);
    values.insert(values.end(), after.begin(), after.end());
    const auto alarms = contestant.alarms(contestant.knows ? shift.before.known() : described, values);
    if (!alarms) return std::nullopt;
    found.add(*alarms);
  }
  return found;
}

void print_delays(const std::vector<Contestant>& all) {
  const std::vector<Shift> shifts{{{true, 0.2}, {true, 0.25}}, {{true, 0.2}, {true, 0.3}}, {{true, 0.2}, {true, 0.4}},
                                  {{false, 0}, {false, 0.25}}, {{false, 0}, {false, 0.5}}, {{false, 0}, {false, 1}}};
  fmt::print(
      "\nMedian delay in values over {} runs of {} values before and {} after the shift, what was missed, and "
      "false alarms before the shift in 1,000 values (errors, numbers):\n\n",
      kRuns, kBefore, kAfter);
  std::vector<std::string> header{"detector"};
  for (const Shift& shift : shifts) header.push_back(shift.name());
  header.push_back("false alarms");
  print_header(header);
  for (const auto& contestant : all) {
    std::vector<std::string> row{contestant.name};
    double false_alarms[2] = {0, 0};
    for (const Shift& shift : shifts) {
      auto found = outcome(contestant, shift);
      row.push_back(found ? found->words() : "–");
      if (found) false_alarms[!shift.before.is_error] += static_cast<double>(found->false_alarms);
    }
    const double thousands = 3.0 * kRuns * kBefore / 1000;
    row.push_back(fmt::format("{:.3g}, {:.3g}", false_alarms[0] / thousands, false_alarms[1] / thousands));
    print_row(row);
  }
}

/// A series that goes from one level to the other and back, so many times.
struct Recurring {
  std::vector<double> values;
  std::vector<TrueDrift> drifts;
};

Recurring recurring(Random& random, const Shift& shift) {
  Recurring made{shift.before.draw(random, kConcept), {}};
  for (size_t change = 0; change < kChanges; ++change) {
    made.drifts.push_back({made.values.size(), made.values.size()});
    const auto next = (change % 2 == 0 ? shift.after : shift.before).draw(random, kConcept);
    made.values.insert(made.values.end(), next.begin(), next.end());
  }
  return made;
}

std::string share_text(double share) { return std::isnan(share) ? "–" : fmt::format("{:.2f}", share); }

void print_recurring(const std::vector<Contestant>& all) {
  fmt::print(
      "\nSeries that change {} times, to another level and back, every {} values. An alarm is right within {} values "
      "of "
      "a change; delays are means:\n\n",
      kChanges, kConcept, kLatest);
  const std::vector<Shift> shifts{{{true, 0.2}, {true, 0.4}}, {{false, 0}, {false, 1}}};
  std::vector<std::string> header{"detector"};
  for (const Shift& shift : shifts) {
    const std::string levels =
        fmt::format("{} ↔ {}{}", shift.before.level, shift.after.level, shift.before.is_error ? "" : " σ");
    header.insert(header.end(), {levels + ": precision", "changes found", "F1", "delay"});
  }
  print_header(header);
  for (const auto& contestant : all) {
    std::vector<std::string> row{contestant.name};
    for (const Shift& shift : shifts) {
      Random random(2028);
      const Series described = shift.before.described_by(shift.before.draw(random, kReferenceRows));
      const Recurring series = recurring(random, shift);
      const auto alarms = contestant.alarms(contestant.knows ? shift.before.known() : described, series.values);
      if (!alarms) {
        row.insert(row.end(), 4, "–");
        continue;
      }
      const EvaluatedAlarms evaluated(*alarms, series.drifts, kLatest);
      const double delay = evaluated.detection_delay();
      for (const double share : {evaluated.precision(), evaluated.episode_recall(), evaluated.f1()})
        row.push_back(share_text(share));
      row.push_back(std::isnan(delay) ? "–" : fmt::format("{:.0f}", delay + 1));
    }
    print_row(row);
  }
}

}  // namespace

void print_streams(PluginHost& plugins, const std::vector<std::string>& wanted) {
  const auto all = contestants(plugins, wanted);
  print_run_lengths(all);
  print_delays(all);
  print_recurring(all);
}

}  // namespace veleta::drift_tables
