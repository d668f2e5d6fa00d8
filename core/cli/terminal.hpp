#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "pipeline/progress.hpp"

namespace veleta {

/// Text in columns, for a terminal or a file.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  /// One cell a column. Long text in the last column wraps below itself.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// Lines of at most `width` characters where the last column's text allows it.
  std::string text(size_t width) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

/// Columns of the terminal on standard output; 140 where there is none.
size_t terminal_width();

/// Characters that a text takes on a terminal, all taken to be one column wide.
size_t display_width(const std::string& text);

/// A bar of `width` characters, `fraction` (0 to 1) of it filled, to an eighth of a character.
std::string bar(double fraction, size_t width);

/// Shows a run's progress on standard error: one moving line a step on a terminal, a plain line a finished step
/// elsewhere.
class ProgressPrinter {
 public:
  ProgressPrinter();
  void show(const Progress& progress);
  /// Takes the moving line away, where there is one.
  void clear();

 private:
  bool is_terminal_;
  bool has_line_ = false;
  std::chrono::steady_clock::time_point last_shown_{};
};

}  // namespace veleta
