#include "json_row_scanner.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cstring>

#include "base/json.hpp"
#include "base/text.hpp"
#include "plain_bytes.hpp"

namespace veleta {

namespace {

constexpr size_t kBlock_bytes = size_t{1} << 20;
constexpr size_t kLongestRow_bytes = size_t{64} << 20;
constexpr size_t kLargestEnvelope_bytes = size_t{16} << 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The parts of an RFC 6901 pointer, unescaped.
std::vector<std::string> parse_pointer(const std::string& pointer) {
  if (!pointer.empty() && pointer[0] != '/')
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a JSON pointer begins with '/', as in \"/data\"; found \"{}\"", pointer));
  std::vector<std::string> path;
  for (size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/')
      path.emplace_back();
    else if (pointer[i] == '~' && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1'))
      path.back() += pointer[++i] == '0' ? '~' : '/';
    else
      path.back() += pointer[i];
  }
  return path;
}

/// The bytes that matter to the structure of rows.
constexpr std::array<bool, 256> kStructural = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {'"', '{', '}', '[', ']', ','}) table[c] = true;
  return table;
}();

}  // namespace

JsonRowScanner::JsonRowScanner(ByteReader& bytes, const std::string& rows_pointer, TakeBlock take_block)
    : bytes_(bytes),
      rows_pointer_(rows_pointer),
      path_(parse_pointer(rows_pointer)),
      take_block_(std::move(take_block)),
      buffer_(kBlock_bytes + kJsonBlockPadding_bytes) {
  refill(position_);
  if (std::string_view(&buffer_[1], end_ - 1).starts_with("\xEF\xBB\xBF")) position_ += 3;
}

std::string JsonRowScanner::scan() && {
  walk(0);
  if (!found_) fail_without_rows("the document has no such place");
  skip_blanks();
  if (has_more())
    throw Error(ErrorCode::kBadData, fmt::format("the JSON document goes on after its end, at byte {}, with '{}'",
                                                 offset_of(position_), peek()));
  return std::move(envelope_);
}

bool JsonRowScanner::has_more() {
  if (position_ == end_ && !at_end_) refill(position_);
  return position_ < end_;
}

char JsonRowScanner::peek() {
  if (!has_more()) fail_at_end();
  return buffer_[position_];
}

void JsonRowScanner::copy() {
  if (envelope_.size() >= kLargestEnvelope_bytes) fail_without_rows("the document holds more than 16 MiB elsewhere");
  envelope_ += peek();
  ++position_;
}

void JsonRowScanner::expect(char wanted, const char* after) {
  skip_blanks();
  if (peek() != wanted)
    throw Error(ErrorCode::kBadData, fmt::format("the JSON document is broken at byte {}: expected '{}' after {}, "
                                                 "found '{}'",
                                                 offset_of(position_), wanted, after, peek()));
  copy();
}

void JsonRowScanner::skip_blanks() {
  while (has_more() && is_blank(buffer_[position_])) ++position_;
}

/// Copies a string, and returns it without its quotes and with its escapes.
std::string JsonRowScanner::copy_string() {
  const size_t begin = envelope_.size();
  for (copy(); peek() != '"'; copy())
    if (peek() == '\\') copy();
  copy();
  return envelope_.substr(begin + 1, envelope_.size() - begin - 2);
}

void JsonRowScanner::copy_value() {
  skip_blanks();
  size_t depth = 0;
  do {
    const char c = peek();
    if (c == '"') {
      copy_string();
      continue;
    }
    if (depth == 0 && c != '{' && c != '[') {
      while (has_more() && !is_blank(buffer_[position_]) && !std::strchr(",]}", buffer_[position_])) copy();
      return;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    copy();
  } while (depth > 0);
}

/// Goes on along the path, of which `depth` parts lie behind.
void JsonRowScanner::walk(size_t depth) {
  skip_blanks();
  const char first = peek();
  if (depth < path_.size() && first == '{') return walk_object(depth);
  if (depth < path_.size() && first == '[') return walk_array(depth);
  if (depth < path_.size()) return copy_value();
  if (first != '[') fail_without_rows(fmt::format("found '{}' there, at byte {}", first, offset_of(position_)));
  ++position_;
  found_ = true;
  envelope_ += "[]";
  scan_rows();
}

void JsonRowScanner::walk_object(size_t depth) {
  members_.clear();
  copy();
  skip_blanks();
  if (peek() == '}') return copy();
  for (;;) {
    skip_blanks();
    if (peek() != '"') expect('"', "'{' or ','");
    std::string name = copy_string();
    if (name.find('\\') != std::string::npos) name = parse_json('"' + name + '"', "a name").get_string().c_str();
    expect(':', "a name");
    if (!found_ && name == path_[depth]) {
      walk(depth + 1);
    } else {
      if (!found_) members_.push_back(name);
      copy_value();
    }
    skip_blanks();
    if (peek() != ',') return expect('}', "a value");
    copy();
  }
}

void JsonRowScanner::walk_array(size_t depth) {
  copy();
  skip_blanks();
  if (peek() == ']') return copy();
  for (size_t index = 0;; ++index) {
    if (!found_ && std::to_string(index) == path_[depth])
      walk(depth + 1);
    else
      copy_value();
    skip_blanks();
    if (peek() != ',') return expect(']', "a value");
    copy();
  }
}

void JsonRowScanner::fail_without_rows(const std::string& reason) const {
  std::string members;
  if (!members_.empty()) {
    constexpr size_t kMostTold = 10;
    const auto told = members_.begin() + static_cast<std::ptrdiff_t>(std::min(members_.size(), kMostTold));
    members = fmt::format(". Its members are {}{}.", join({members_.begin(), told}, ", "),
                          members_.size() > kMostTold ? ", …" : "");
    if (!path_.empty()) members += did_you_mean(path_.back(), members_);
  }
  throw Error(ErrorCode::kBadData,
              fmt::format("there is no array of rows at \"{}\": {}{}", rows_pointer_, reason, members));
}

void JsonRowScanner::scan_rows() {
  rows_begin_ = position_;
  while (!rows_ended_) {
    scan_structure();
    if (rows_ended_) {
      hand_over(position_++);
    } else {
      if (cut_ > 0) hand_over(cut_);
      if (at_end_) fail_at_end();
      refill(rows_begin_);
    }
  }
}

/// Follows strings and brackets to the end of the buffer, or to the bracket that ends the rows.
void JsonRowScanner::scan_structure() {
  while (position_ < end_) {
    if (in_string_) scan_string();
    while (position_ < end_ && !kStructural[static_cast<unsigned char>(buffer_[position_])]) ++position_;
    if (position_ == end_) return;
    const char c = buffer_[position_];
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == ',') {
      if (depth_ == 0) cut_ = position_;
    } else if (depth_ > 0) {
      --depth_;
    } else if (c == ']') {
      rows_ended_ = true;
      return;
    } else {
      throw Error(ErrorCode::kBadData,
                  fmt::format("the JSON document is broken at byte {}: a '}}' without its '{{'", offset_of(position_)));
    }
    ++position_;
  }
}

void JsonRowScanner::scan_string() {
  for (; position_ < end_; ++position_) {
    const char c = buffer_[position_];
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      ++position_;
      return;
    }
  }
}

bool JsonRowScanner::has_text(size_t begin, size_t end) const {
  return std::any_of(&buffer_[begin], &buffer_[end], [](char c) { return !is_blank(c); });
}

/// Gives on the rows up to the comma or bracket at `end`, with brackets of their own around them.
void JsonRowScanner::hand_over(size_t end) {
  const bool no_rows_at_all = rows_ended_ && row_count_ == 0;
  if (has_text(rows_begin_, end)) {
    buffer_[rows_begin_ - 1] = '[';
    buffer_[end] = ']';
    const size_t begin = rows_begin_ - 1;
    row_count_ = take_block_({&buffer_[begin], end + 1 - begin, buffer_.size() - begin, offset_of(begin)});
  } else if (!no_rows_at_all) {
    throw Error(ErrorCode::kBadData,
                fmt::format("the JSON document is broken at byte {}: a row is missing beside a comma", offset_of(end)));
  }
  rows_begin_ = end + 1;
  cut_ = 0;
}

/// Moves the text from `keep_from` on to the buffer's front, and fills the rest.
void JsonRowScanner::refill(size_t keep_from) {
  const size_t shift = keep_from - 1;
  std::memmove(&buffer_[1], &buffer_[keep_from], end_ - keep_from);
  end_ -= shift;
  position_ -= shift;
  buffer_offset_ += shift;
  rows_begin_ = 1;
  if (end_ + kJsonBlockPadding_bytes == buffer_.size()) {
    if (buffer_.size() > kLongestRow_bytes)
      throw Error(ErrorCode::kBadData, fmt::format("the row at byte {} is longer than 64 MiB", buffer_offset_));
    buffer_.resize(buffer_.size() * 2);
  }
  const size_t room = buffer_.size() - kJsonBlockPadding_bytes - end_;
  const size_t count = read_full(bytes_, &buffer_[end_], room);
  end_ += count;
  at_end_ = count < room;
}

void JsonRowScanner::fail_at_end() const {
  throw Error(ErrorCode::kBadData, fmt::format("the JSON document ends early, at byte {}, after {} complete rows",
                                               offset_of(end_), with_thousands(static_cast<double>(row_count_))));
}

}  // namespace veleta
