#include "text_sections.hpp"

#include <algorithm>

#include "numbers.hpp"
#include "utf8.hpp"
#include "veleta/error.hpp"

namespace veleta {

void TextSection::fail(std::string_view key, const std::string& what) const {
  const Line* line = find(key);
  throw Error(ErrorCode::kBadData, "the " + name_ + " is broken at line " +
                                       std::to_string(line ? line->number : first_line_) + ": " +
                                       (key.empty() ? "" : "'" + std::string(key) + "': ") + what);
}

const TextSection::Line* TextSection::find(std::string_view key) const {
  const auto found = std::ranges::find(lines_, key, &Line::key);
  return found == lines_.end() ? nullptr : &*found;
}

const TextSection::Line& TextSection::at(std::string_view key) const {
  const Line* line = find(key);
  if (!line) fail(key, "expected such a line in the section that begins here, found none");
  return *line;
}

std::string TextSection::text(std::string_view key) const {
  std::string text(at(key).value);
  if (first_invalid_utf8(text) != text.size()) fail(key, "expected UTF-8, found bytes that are none");
  return text;
}

std::vector<std::string> TextSection::texts(std::string_view key) const {
  const std::string text = this->text(key);
  std::vector<std::string> texts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    texts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return texts;
}

template <typename Number>
std::vector<Number> TextSection::numbers(std::string_view key) const {
  std::string_view value = at(key).value;
  while (value.ends_with(' ')) value.remove_suffix(1);
  const size_t count = value.empty() ? 0 : static_cast<size_t>(std::ranges::count(value, ' ')) + 1;
  std::vector<Number> numbers;
  numbers.reserve(count);
  NumberReader reader('j', value);
  for (size_t i = 0; i < count; ++i) try {
      numbers.push_back(reader.next<Number>());
    } catch (const NotThatNumber& problem) {
      fail(key, "expected " + problem.expected + " at place " + std::to_string(i) + ", found " + problem.found);
    }
  return numbers;
}

template <typename Number>
std::vector<Number> TextSection::numbers(std::string_view key, size_t count) const {
  auto numbers = this->numbers<Number>(key);
  if (numbers.size() != count)
    fail(key, "expected numbers, " + std::to_string(count) + " of them, found " + std::to_string(numbers.size()));
  return numbers;
}

std::vector<int64_t> TextSection::whole_numbers(std::string_view key) const { return numbers<int64_t>(key); }

std::vector<int64_t> TextSection::whole_numbers(std::string_view key, size_t count) const {
  return numbers<int64_t>(key, count);
}

std::vector<double> TextSection::doubles(std::string_view key, size_t count) const {
  return numbers<double>(key, count);
}

int64_t TextSection::number_between(std::string_view key, int64_t least, int64_t most) const {
  const int64_t number = whole_number(key);
  if (number < least || number > most)
    fail(key, "expected a number from " + std::to_string(least) + " to " + std::to_string(most) + ", found " +
                  std::to_string(number));
  return number;
}

std::string_view TextSections::next_line() {
  const size_t end = left_.find('\n');
  std::string_view line = left_.substr(0, end);
  left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
  ++line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void TextSections::skip_empty() {
  while (left_.starts_with('\n') || left_.starts_with("\r\n")) next_line();
}

TextSection TextSections::next() {
  TextSection section;
  section.name_ = name_;
  section.first_line_ = line_ + 1;
  const std::string_view begin = left_;
  while (!left_.empty() && !left_.starts_with('\n') && !left_.starts_with("\r\n")) {
    const std::string_view line = next_line();
    const size_t equals = std::min(line.find('='), line.size());
    section.lines_.push_back({line.substr(0, equals), line.substr(std::min(equals + 1, line.size())), line_});
  }
  section.bytes_ = begin.substr(0, begin.size() - left_.size());
  skip_empty();
  return section;
}

}  // namespace veleta
