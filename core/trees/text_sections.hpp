#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace veleta {

/// Lines "key=value" that stand together in a text. Views the text.
class TextSection {
 public:
  bool has(std::string_view key) const { return find(key) != nullptr; }
  bool begins_with(std::string_view words) const { return bytes_.starts_with(words); }
  size_t size_bytes() const { return bytes_.size(); }

  // Values of a key. Each throws kBadData, naming the line, where the key is missing or its value is of another kind.
  std::string text(std::string_view key) const;                ///< in UTF-8
  std::vector<std::string> texts(std::string_view key) const;  ///< with spaces between them
  int64_t whole_number(std::string_view key) const { return whole_numbers(key, 1)[0]; }
  int64_t number_between(std::string_view key, int64_t least, int64_t most) const;
  std::vector<int64_t> whole_numbers(std::string_view key) const;
  std::vector<int64_t> whole_numbers(std::string_view key, size_t count) const;
  std::vector<double> doubles(std::string_view key, size_t count) const;

  /// Throws kBadData with the key's line, or the section's first one.
  [[noreturn]] void fail(std::string_view key, const std::string& what) const;

 private:
  friend class TextSections;
  struct Line {
    std::string_view key, value;
    size_t number;
  };

  const Line* find(std::string_view key) const;
  const Line& at(std::string_view key) const;
  template <typename Number>
  std::vector<Number> numbers(std::string_view key) const;
  template <typename Number>
  std::vector<Number> numbers(std::string_view key, size_t count) const;

  std::string name_;
  std::string_view bytes_;
  size_t first_line_ = 0;
  std::vector<Line> lines_;
};

/// A text's sections, which empty lines part, one after the other.
class TextSections {
 public:
  /// `name` names the text in messages: "LightGBM model".
  TextSections(std::string_view text, std::string name) : left_(text), name_(std::move(name)) { skip_empty(); }

  bool at_end() const { return left_.empty(); }
  TextSection next();

 private:
  std::string_view next_line();
  void skip_empty();

  std::string_view left_;
  std::string name_;
  size_t line_ = 0;  ///< of those read
};

}  // namespace veleta
