#pragma once

#include <string>
#include <string_view>

namespace veleta {

/// JSON as XGBoost wants it: it tells whole numbers from floats by the way they are written.
class JsonText {
 public:
  JsonText& raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  /// `"name":`, behind a comma where one is needed.
  JsonText& key(std::string_view name);
  JsonText& string(std::string_view text);
  /// A number in an array, behind a comma where one is needed.
  JsonText& element(float number);
  JsonText& element(int64_t number);

  std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
};

/// The shortest text that is this float, in XGBoost's way: "5E-1", "NaN", "-Infinity".
std::string float_text(float number);

}  // namespace veleta
