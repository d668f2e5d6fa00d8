#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace veleta {

namespace {

constexpr size_t kWidthWithoutTerminal = 140;
constexpr size_t kNarrowestLastColumn = 30;
constexpr auto kShowInterval = std::chrono::milliseconds(100);

std::string padded(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, display_width(text)), ' ');
}

std::vector<std::string> wrap(const std::string& text, size_t width) {
  std::vector<std::string> lines{""};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.back().empty() && display_width(lines.back()) + 1 + display_width(word) > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

/// A run does not end because nobody listens any more.
void tell(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

std::string without_trailing_spaces(std::string line) { return line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

size_t display_width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kWidthWithoutTerminal;
}

std::string TextTable::text(size_t width) const {
  const size_t last = headings_.size() - 1;
  std::vector<size_t> widths;
  size_t left = 0;
  for (size_t column = 0; column < last; ++column) {
    widths.push_back(display_width(headings_[column]));
    for (const auto& row : rows_) widths[column] = std::max(widths[column], display_width(row[column]));
    left += widths[column] + 2;
  }
  const size_t room = std::max(kNarrowestLastColumn, width > left ? width - left : 0);

  std::string out;
  const auto add_line = [&](const std::vector<std::string>& cells, const std::string& end, bool first) {
    std::string line;
    for (size_t column = 0; column < last; ++column) line += padded(first ? cells[column] : "", widths[column]) + "  ";
    out += without_trailing_spaces(line + end) + "\n";
  };
  add_line(headings_, headings_[last], true);
  for (const auto& row : rows_) {
    const auto lines = wrap(row[last], room);
    for (size_t i = 0; i < lines.size(); ++i) add_line(row, lines[i], i == 0);
  }
  return out;
}

std::string bar(double fraction, size_t width) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double filled = std::clamp(std::isfinite(fraction) ? fraction : 0.0, 0.0, 1.0) * static_cast<double>(width);
  const auto whole = static_cast<size_t>(filled);
  std::string text;
  for (size_t i = 0; i < whole; ++i) text += "█";
  if (whole < width) text += kEighths[static_cast<size_t>((filled - static_cast<double>(whole)) * 8)];
  return text;
}

ProgressPrinter::ProgressPrinter() : is_terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressPrinter::show(const Progress& progress) {
  if (progress.finished) {
    has_line_ = false;
    tell(fmt::format("{}{:<9} {}\n", is_terminal_ ? "\r\033[K" : "", progress.step, progress.message));
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!is_terminal_ || now - last_shown_ < kShowInterval) return;
  last_shown_ = now;
  has_line_ = true;
  static constexpr size_t kBarWidth = 24;
  const std::string done = progress.fraction < 0
                               ? ""
                               : fmt::format("▕{}▏{:3.0f} % ", padded(bar(progress.fraction, kBarWidth), kBarWidth),
                                             progress.fraction * 100);
  tell(fmt::format("\r\033[K{:<9} {}{}", progress.step, done, progress.message));
}

void ProgressPrinter::clear() {
  if (has_line_) tell("\r\033[K");
  has_line_ = false;
}

}  // namespace veleta
