#include <cmath>
#include <cstring>
#include <veleta/detector.hpp>

namespace {

struct State {
  double mean, deviation, limit, fails_at;
  double sum = 0;
};

class Level final : public veleta::Watch {
 public:
  explicit Level(const State& state) : state_(state) {}

  size_t update(std::span<const double> values, veleta::Signal& signal) override {
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] == state_.fails_at) throw veleta::Error(veleta::ErrorCode::kBadData, "a value that it cannot take");
      if (values[i] == -state_.fails_at) {  // breaks its contract
        signal.level = veleta::SignalLevel::kAlarm;
        return i;
      }
      state_.sum += (values[i] - state_.mean) / state_.deviation;
      signal = {veleta::SignalLevel::kNone,
                0,
                std::abs(state_.sum),
                state_.limit,
                veleta::Signal::kNone,
                state_.mean,
                values[i]};
      if (std::abs(state_.sum) <= state_.limit) continue;
      signal.level = veleta::SignalLevel::kAlarm;
      signal.direction = state_.sum > 0 ? 1 : -1;
      state_.sum = 0;
      return i + 1;
    }
    return values.size();
  }

  std::string save() const override {
    if (state_.sum == state_.fails_at) throw veleta::Error(veleta::ErrorCode::kInternal, "a sum that it cannot keep");
    return {reinterpret_cast<const char*>(&state_), sizeof state_};
  }

 private:
  State state_;
};

class LevelWatch final : public veleta::StreamDetector {
 public:
  explicit LevelWatch(const veleta::Params& params)
      : limit_(params.number("limit")),
        needs_facts_(params.flag("needs_facts")),
        fails_at_(params.number("fails_at")) {}

  std::unique_ptr<veleta::Watch> watch(const veleta::Series& series) const override {
    if (series.row_count == 0 && needs_facts_)
      throw veleta::Error(veleta::ErrorCode::kUnsupported, "it needs the mean of the series");
    const double mean = series.row_count > 0 ? series.mean : 0;
    const double deviation = series.standard_deviation > 0 ? series.standard_deviation : 1;
    return std::make_unique<Level>(State{mean, deviation, limit_, fails_at_});
  }
  std::unique_ptr<veleta::Watch> load(std::string_view bytes) const override {
    State state;
    if (bytes.size() != sizeof state) throw veleta::Error(veleta::ErrorCode::kBadData, "this is no state of a level");
    std::memcpy(&state, bytes.data(), sizeof state);
    return std::make_unique<Level>(state);
  }
  double run_length() const override { return 1000; }

 private:
  double limit_;
  bool needs_facts_;
  double fails_at_;
};

}  // namespace

VELETA_DETECTOR(LevelWatch, "level_watch", "1.0.0",
                veleta::number_param("limit", 5.0, "standard deviations, added up, before it gives an alarm"),
                veleta::flag_param("needs_facts", true, "refuse a series of which nothing is known"),
                veleta::number_param("fails_at", -1e300, "a value that it cannot take"))
