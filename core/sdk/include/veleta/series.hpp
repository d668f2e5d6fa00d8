#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include "veleta/abi.h"

namespace veleta {

/// What is known of a series when a watch begins. Unknown numbers are NaN.
struct Series {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  double row_count = 0;  ///< values that the rest is known from
  double mean = kUnknown;
  double standard_deviation = kUnknown;
  double minimum = kUnknown;
  double maximum = kUnknown;
  bool is_error = false;  ///< a 0 is a right prediction and a 1 a wrong one
};

enum class SignalLevel { kNone = VELETA_NO_SIGNAL, kWarning = VELETA_WARNING, kAlarm = VELETA_ALARM };

/// How a watch stands after the last value it took.
struct Signal {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  SignalLevel level = SignalLevel::kNone;
  int direction = 0;         ///< -1 the series went down, +1 up, 0 unknown
  double statistic = kNone;  ///< what is held against the threshold
  double threshold = kNone;
  double e_value = kNone;  ///< of an e-process
  double before = kNone;   ///< the method's estimate of the level before the change …
  double now = kNone;      ///< … and after
};

/// One series' state, in memory that does not grow with its length. Never called concurrently.
class Watch {
 public:
  virtual ~Watch() = default;
  /// Takes finite values in order, up to the first that gives an alarm; returns how many it took. After an alarm the
  /// next call starts anew. Sets every member of `signal` that the method has.
  virtual size_t update(std::span<const double> values, Signal& signal) = 0;
  /// The state as bytes, of which StreamDetector::load makes a watch that goes on alike to the last bit.
  virtual std::string save() const = 0;
};

}  // namespace veleta
