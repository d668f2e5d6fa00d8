#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <veleta/detector.hpp>

#include "streams/numbers.hpp"
#include "streams/state.hpp"

namespace veleta::streams {

/// Raised whenever the meaning of a state's bytes changes.
inline constexpr int kStateVersion = 1;

/// A watch by a method, which README.md describes.
template <typename Method>
class WatchBy final : public Watch {
 public:
  using Settings = typename Method::Settings;

  WatchBy(const Settings& settings, const Series& series) : settings_(settings), method_(settings, series) {}

  size_t update(std::span<const double> values, Signal& signal) override {
    size_t taken = 0;
    if constexpr (std::is_trivially_copyable_v<Method>) {
      Method method = method_;  // stays in registers, as nobody else can see it
      taken = take(method, values);
      method_ = method;
    } else {
      taken = take(method_, values);
    }
    report(signal);
    if (level_ == SignalLevel::kAlarm) {
      method_.restart();
      level_ = SignalLevel::kNone;
    }
    return taken;
  }

  std::string save() const override {
    StateWriter writer;
    writer(level_ == SignalLevel::kWarning, method_);
    return sealed(tag() + writer.bytes());
  }

  /// Takes what save gave of a watch with the same settings.
  void load(std::string_view bytes) {
    const std::string expected = tag();
    if (!bytes.starts_with(expected))
      throw Error(ErrorCode::kBadData, std::string("expected a state that ") + Method::kName +
                                           " kept with the parameters it has now; found another");
    StateReader reader(unsealed(bytes).substr(expected.size()));
    bool is_warning = false;
    reader(is_warning, method_);
    reader.finish();
    StateReader::require(method_.is_sound(), "its numbers do not fit together");
    if (is_warning) level_ = SignalLevel::kWarning;
  }

 private:
  /// Takes values up to the first that alarms; returns how many.
  size_t take(Method& method, std::span<const double> values) {
    SignalLevel level = level_;
    size_t taken = 0;
    while (taken < values.size() && level != SignalLevel::kAlarm) level = method.take(within_reach(values[taken++]));
    level_ = level;
    return taken;
  }

  void report(Signal& signal) const {
    signal = Signal{};
    signal.level = level_;
    method_.describe(signal);
  }

  /// What a state begins with: whose it is, and the settings that it was made with.
  std::string tag() const {
    StateWriter writer;
    writer(settings_);
    return "veleta watch " + std::to_string(kStateVersion) + " " + Method::kName + "\n" + writer.bytes();
  }

  Settings settings_;
  Method method_;
  SignalLevel level_ = SignalLevel::kNone;
};

/// A detector that watches series by a method. Where its settings have a `run_length`, it promises that.
template <typename Method>
class DetectorBy : public StreamDetector {
 public:
  explicit DetectorBy(const Params& params) : settings_(params) {}

  std::unique_ptr<Watch> watch(const Series& series) const override {
    return std::make_unique<WatchBy<Method>>(settings_, series);
  }

  std::unique_ptr<Watch> load(std::string_view bytes) const override {
    auto watch = std::make_unique<WatchBy<Method>>(settings_, Series{});
    if (bytes.size() < sizeof(uint64_t)) StateReader::require(false, "it is cut off");
    watch->load(bytes);
    return watch;
  }

  double run_length() const override {
    if constexpr (requires { settings_.promised_run_length(); })
      return settings_.promised_run_length();
    else
      return Signal::kNone;
  }

 private:
  typename Method::Settings settings_;
};

}  // namespace veleta::streams
