#include "null_rates.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/random/binomial_distribution.hpp>
#include <boost/random/discrete_distribution.hpp>
#include <boost/random/lognormal_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/student_t_distribution.hpp>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "drift/drift.hpp"

namespace veleta::drift_tables {

namespace {

constexpr double kAlpha = 0.05, kMissingShare = 0.3;
constexpr size_t kWindows = 2000, kCostlyWindows = 400;
constexpr size_t kSizes[] = {100, 300, 1000, 10000};
constexpr size_t kRowSizes[] = {100, 300, 1000};

using Random = boost::random::mt19937_64;

struct Column {
  std::vector<double> sorted;
  double mean = 0, deviation = 0;
  double missing = 0, wrong_type = 0;  ///< the latter among the former

  explicit Column(std::vector<double> values) : sorted(std::move(values)) {
    std::ranges::sort(sorted);
    const auto count = static_cast<double>(sorted.size());
    mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / count;
    double squares = 0;
    for (const double value : sorted) squares += (value - mean) * (value - mean);
    deviation = std::sqrt(squares / (count - 1));
  }
  NumericSample sample() const {
    NumericSample sample{sorted, static_cast<double>(sorted.size()), missing, mean, deviation};
    sample.wrong_type_count = wrong_type;
    return sample;
  }
};

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

double share_of(Random& random, size_t count, double share) {
  return static_cast<double>(boost::random::binomial_distribution<int>(static_cast<int>(count), share)(random));
}

struct Distribution {
  std::string name;
  std::function<double(Random&)> draw;
};

std::vector<Distribution> distributions() {
  const auto normal = [](Random& random) { return boost::random::normal_distribution<double>()(random); };
  return {{"normal", normal},
          {"lognormal", [](Random& random) { return boost::random::lognormal_distribution<double>(0, 1)(random); }},
          {"t(2)", [](Random& random) { return boost::random::student_t_distribution<double>(2)(random); }},
          {"ties", [normal](Random& random) { return std::round(2 * normal(random)); }}};
}

/// Shares of `levels` categories: alike, or as Zipf's law has them.
std::vector<double> shares(size_t levels, bool zipf) {
  std::vector<double> weights(levels, 1);
  if (zipf)
    for (size_t i = 0; i < levels; ++i) weights[i] = 1 / static_cast<double>(i + 1);
  return weights;
}

struct Detectors {
  Detectors(PluginHost& plugins, const std::function<bool(const DetectorHandle&)>& is_wanted) {
    for (const auto& name : plugins.names(PluginKind::kDetector)) {
      const ParamValues values = default_values(plugins.describe(PluginKind::kDetector, name).params);
      auto detector = plugins.create_detector(name, values, {});
      if (!is_wanted(*detector)) continue;
      names.push_back(name);
      handles.push_back(std::move(detector));
    }
  }
  std::vector<std::string> names;
  std::vector<std::shared_ptr<DetectorHandle>> handles;
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

void print_numbers(PluginHost& plugins, size_t windows) {
  Detectors detectors(plugins, [](const DetectorHandle& one) { return one.compares_numbers(); });
  print_head("numbers", detectors.names);
  for (const auto& distribution : distributions())
    for (const size_t size : kSizes) {
      Random random(size);
      std::vector<Rate> rates(detectors.names.size());
      const auto draw = [&] {
        const auto rows = static_cast<size_t>(std::round(static_cast<double>(size) / (1 - kMissingShare)));
        const double missing = share_of(random, rows, kMissingShare);
        std::vector<double> values(rows - static_cast<size_t>(missing));
        for (double& value : values) value = distribution.draw(random);
        Column column(std::move(values));
        column.missing = missing;
        column.wrong_type = share_of(random, static_cast<size_t>(missing), 0.5);
        return column;
      };
      for (size_t window = 0; window < windows; ++window) {
        const Column reference = draw(), current = draw();
        for (size_t i = 0; i < rates.size(); ++i)
          rates[i].add([&] { return detectors.handles[i]->compare(reference.sample(), current.sample()); });
      }
      print_line(fmt::format("{}, n = {}", distribution.name, size), rates);
    }
}

/// Two windows of a categorical column from one distribution.
class CategoryPair {
 public:
  CategoryPair(Random& random, const std::vector<double>& weights, size_t rows)
      : reference_(weights.size()), current_(weights.size()) {
    boost::random::discrete_distribution<size_t> draw(weights.begin(), weights.end());
    for (auto* counts : {&reference_, &current_})
      for (size_t row = 0; row < rows; ++row) ++(*counts)[draw(random)];
    for (size_t i = 0; i < weights.size(); ++i) {
      if (reference_[i] + current_[i] == 0) continue;
      texts_.push_back(fmt::format("{:04}", i));
      reference_[texts_.size() - 1] = reference_[i];
      current_[texts_.size() - 1] = current_[i];
    }
    for (const auto& text : texts_) labels_.push_back(text.c_str());
  }
  CategoricalSample reference() const { return sample(reference_); }
  CategoricalSample current() const { return sample(current_); }

 private:
  CategoricalSample sample(const std::vector<double>& counts) const {
    return {labels_,
            {counts.data(), labels_.size()},
            std::accumulate(counts.begin(), counts.begin() + labels_.size(), 0.0),
            0};
  }
  std::vector<double> reference_, current_;
  std::vector<std::string> texts_;
  std::vector<const char*> labels_;
};

void print_categories(PluginHost& plugins, size_t windows) {
  Detectors detectors(plugins, [](const DetectorHandle& one) { return one.compares_categories(); });
  print_head("categories", detectors.names);
  for (const bool zipf : {false, true})
    for (const size_t levels : {2, 10, 100, 1000})
      for (const size_t size : kSizes) {
        Random random(levels * size);
        const std::vector<double> weights = shares(levels, zipf);
        std::vector<Rate> rates(detectors.names.size());
        for (size_t window = 0; window < windows; ++window) {
          const CategoryPair pair(random, weights, size);
          for (size_t i = 0; i < rates.size(); ++i)
            rates[i].add([&] { return detectors.handles[i]->compare(pair.reference(), pair.current()); });
        }
        print_line(fmt::format("{} {}, n = {}", levels, zipf ? "Zipf" : "alike", size), rates);
      }
}

/// Rows of five features, of which two go together, with a prediction and a target each.
class RowWindow {
 public:
  RowWindow(Random& random, size_t rows) : features_(rows * kColumns), predictions_(rows), targets_(rows) {
    boost::random::normal_distribution<double> normal;
    for (size_t row = 0; row < rows; ++row) {
      float* values = features_.data() + row * kColumns;
      for (size_t column = 0; column < kColumns; ++column) values[column] = static_cast<float>(normal(random));
      values[1] += values[0];
      predictions_[row] = values[0] - values[2];
      targets_[row] = predictions_[row] + normal(random);
    }
  }
  RowSample sample() const {
    static constexpr const char* kNames[kColumns] = {"a", "b", "c", "d", "e"};
    RowSample sample;
    sample.row_count = static_cast<double>(predictions_.size());
    sample.part_rows = {&sample.row_count, 1};
    sample.features = {features_.data(), predictions_.size(), kColumns, kNames};
    sample.predictions = predictions_;
    sample.targets = targets_;
    return sample;
  }

 private:
  static constexpr size_t kColumns = 5;
  std::vector<float> features_;
  std::vector<double> predictions_, targets_;
};

void print_rows(PluginHost& plugins, size_t windows) {
  Detectors detectors(plugins, [](const DetectorHandle& one) { return one.compares_rows() && one.needs() != 0; });
  print_head("rows", detectors.names);
  for (const size_t size : kRowSizes) {
    Random random(size);
    std::vector<Rate> rates(detectors.names.size());
    for (size_t window = 0; window < windows; ++window) {
      const RowWindow reference(random, size), current(random, size);
      for (size_t i = 0; i < rates.size(); ++i)
        rates[i].add([&] { return detectors.handles[i]->compare(reference.sample(), current.sample()); });
    }
    print_line(fmt::format("n = {}", size), rates);
  }
}

/// Windows of so many parts and a further one, whose sizes differ by a fifth.
void print_volumes(PluginHost& plugins, size_t windows) {
  Detectors detectors(plugins, [](const DetectorHandle& one) { return one.compares_rows() && one.needs() == 0; });
  print_head("volume", detectors.names);
  for (const size_t parts : {3, 6, 30}) {
    Random random(parts);
    boost::random::lognormal_distribution<double> rows(9, 0.2);
    std::vector<Rate> rates(detectors.names.size());
    for (size_t window = 0; window < windows; ++window) {
      std::vector<double> part_rows(parts);
      for (double& count : part_rows) count = std::round(rows(random));
      std::ranges::sort(part_rows);
      RowSample reference, current;
      reference.part_rows = part_rows;
      reference.row_count = std::accumulate(part_rows.begin(), part_rows.end(), 0.0);
      current.row_count = std::round(rows(random));
      current.part_rows = {&current.row_count, 1};
      for (size_t i = 0; i < rates.size(); ++i)
        rates[i].add([&] { return detectors.handles[i]->compare(reference, current); });
    }
    print_line(fmt::format("{} parts", parts), rates);
  }
}

/// Share of the windows of 100 columns in which any p-value is at most alpha after the correction over columns.
void print_families(PluginHost& plugins, size_t windows) {
  constexpr size_t kColumns = 100, kRows = 300;
  Detectors detectors(plugins, [](const DetectorHandle& one) { return one.compares_numbers(); });
  print_head("any of 100 columns", detectors.names);
  Random random(100);
  std::vector<size_t> corrected(detectors.names.size()), plain(detectors.names.size());
  for (size_t window = 0; window < windows; ++window) {
    std::vector<std::vector<double>> p_values(detectors.names.size());
    for (size_t column = 0; column < kColumns; ++column) {
      const auto draw = [&] {
        std::vector<double> values(kRows);
        for (double& value : values) value = boost::random::normal_distribution<double>()(random);
        return Column(std::move(values));
      };
      const Column reference = draw(), current = draw();
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

void print_null_rates(PluginHost& plugins) {
  print_numbers(plugins, kWindows);
  print_categories(plugins, kWindows);
  print_rows(plugins, kCostlyWindows);
  print_volumes(plugins, kWindows);
  print_families(plugins, kCostlyWindows);
}

}  // namespace veleta::drift_tables
