#include "null_rates.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "drift/drift.hpp"
#include "made_windows.hpp"

namespace veleta::drift_tables {

namespace {

constexpr double kAlpha = 0.05;
constexpr size_t kWindows = 2000, kCostlyWindows = 400;
constexpr size_t kSizes[] = {100, 300, 1000, 10000};
constexpr size_t kRowSizes[] = {100, 300, 1000};

/// How often something is said, of how many times it could be said at all.
struct Rate {
  size_t alarms = 0, judged = 0;

  void add(const std::function<DriftResult()>& compare) {
    try {
      const DriftResult result = compare();
      if (!result.has_p_value()) return;
      ++judged;
      alarms += result.p_value <= kAlpha;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
    }
  }
  std::string text() const {
    if (judged == 0) return "–";
    return fmt::format("{:.3f}", static_cast<double>(alarms) / static_cast<double>(judged));
  }
};

/// Detectors with their default parameters.
struct Detectors {
  std::vector<std::string> names;
  std::vector<std::shared_ptr<DetectorHandle>> handles;

  Detectors() = default;
  Detectors(PluginHost& plugins, std::vector<std::string> of_names) : names(std::move(of_names)) {
    for (const auto& name : names) {
      const ParamValues values = default_values(plugins.describe(PluginKind::kDetector, name).params);
      handles.push_back(plugins.create_detector(name, values, {}));
    }
  }
  Detectors which(const std::function<bool(const DetectorHandle&)>& is_wanted) const {
    Detectors wanted;
    for (size_t i = 0; i < names.size(); ++i) {
      if (!is_wanted(*handles[i])) continue;
      wanted.names.push_back(names[i]);
      wanted.handles.push_back(handles[i]);
    }
    return wanted;
  }
};

void print_head(const std::string& first, const std::vector<std::string>& names) {
  std::string head = "| " + first + " |", line = "|---|";
  for (const auto& name : names) {
    head += " " + name + " |";
    line += "---|";
  }
  fmt::print("\n{}\n{}\n", head, line);
}

/// A line of the table; what follows is at work on the next.
void print_line(const std::string& first, const std::vector<Rate>& rates) {
  std::string line = "| " + first + " |";
  for (const Rate& rate : rates) line += " " + rate.text() + " |";
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

/// A line of the table, of pairs of windows.
template <typename Make>
void print_rates(const std::string& name, const Detectors& detectors, size_t windows, Make make_pair) {
  std::vector<Rate> rates(detectors.names.size());
  for (size_t window = 0; window < windows; ++window) {
    const auto pair = make_pair();
    for (size_t i = 0; i < rates.size(); ++i)
      rates[i].add([&] { return detectors.handles[i]->compare(pair.reference(), pair.current()); });
  }
  print_line(name, rates);
}

void print_numbers(const Detectors& all, size_t windows) {
  const Detectors detectors = all.which([](const DetectorHandle& one) { return one.compares_numbers(); });
  if (detectors.names.empty()) return;
  print_head("numbers", detectors.names);
  for (const auto& distribution : distributions())
    for (const size_t size : kSizes) {
      Random random(size);
      print_rates(fmt::format("{}, n = {}", distribution.name, size), detectors, windows, [&] {
        return Pair<NumberWindow>{distribution.window(random, size), distribution.window(random, size)};
      });
    }
}

void print_categories(const Detectors& all, size_t windows) {
  const Detectors detectors = all.which([](const DetectorHandle& one) { return one.compares_categories(); });
  if (detectors.names.empty()) return;
  print_head("categories", detectors.names);
  for (const bool zipf : {false, true})
    for (const size_t levels : {2, 10, 100, 1000})
      for (const size_t size : kSizes) {
        Random random(levels * size);
        const std::vector<double> shares = category_shares(levels, zipf);
        print_rates(fmt::format("{} {}, n = {}", levels, zipf ? "Zipf" : "alike", size), detectors, windows,
                    [&] { return CategoryPair(random, shares, size); });
      }
}

void print_rows(const Detectors& all, size_t windows) {
  const Detectors detectors =
      all.which([](const DetectorHandle& one) { return one.compares_rows() && one.needs() != 0; });
  if (detectors.names.empty()) return;
  print_head("rows", detectors.names);
  for (const size_t size : kRowSizes) {
    Random random(size);
    print_rates(fmt::format("n = {}", size), detectors, windows, [&] {
      return Pair<RowWindow>{RowWindow(random, size), RowWindow(random, size)};
    });
  }
}

void print_volumes(const Detectors& all, size_t windows) {
  const Detectors detectors =
      all.which([](const DetectorHandle& one) { return one.compares_rows() && one.needs() == 0; });
  if (detectors.names.empty()) return;
  print_head("volume", detectors.names);
  for (const size_t parts : {3, 6, 30}) {
    Random random(parts);
    print_rates(fmt::format("{} parts", parts), detectors, windows, [&] { return PartsAndOne(random, parts); });
  }
}

/// Share of the windows of 100 columns in which any p-value is at most alpha after the correction over columns.
void print_families(const Detectors& all, size_t windows) {
  const Detectors detectors = all.which([](const DetectorHandle& one) { return one.compares_numbers(); });
  if (detectors.names.empty()) return;
  constexpr size_t kColumns = 100, kRows = 300;
  print_head("any of 100 columns", detectors.names);
  const Distribution normal = distributions().front();
  Random random(100);
  std::vector<size_t> corrected(detectors.names.size()), plain(detectors.names.size());
  for (size_t window = 0; window < windows; ++window) {
    std::vector<std::vector<double>> p_values(detectors.names.size());
    for (size_t column = 0; column < kColumns; ++column) {
      const NumberWindow reference = normal.full_window(random, kRows), current = normal.full_window(random, kRows);
      for (size_t i = 0; i < p_values.size(); ++i) {
        const DriftResult result = detectors.handles[i]->compare(reference.sample(), current.sample());
        p_values[i].push_back(result.has_p_value() ? result.p_value : DriftResult::kNone);
      }
    }
    const auto any = [](const std::vector<double>& values) {
      return std::ranges::any_of(values, [](double p) { return p <= kAlpha; });
    };
    for (size_t i = 0; i < p_values.size(); ++i) {
      plain[i] += any(p_values[i]);
      corrected[i] += any(benjamini_hochberg(p_values[i]));
    }
  }
  const auto line = [&](const std::string& name, const std::vector<size_t>& counts) {
    std::vector<Rate> rates;
    for (const size_t count : counts) rates.push_back({count, windows});
    print_line(name, rates);
  };
  line("as they come", plain);
  line("corrected (Benjamini–Hochberg)", corrected);
}

}  // namespace

void print_null_rates(PluginHost& plugins, const std::vector<std::string>& detectors) {
  const Detectors all(plugins, detectors.empty() ? plugins.names(PluginKind::kDetector) : detectors);
  print_numbers(all, kWindows);
  print_categories(all, kWindows);
  print_rows(all, kCostlyWindows);
  print_volumes(all, kWindows);
  print_families(all, kCostlyWindows);
}

}  // namespace veleta::drift_tables
