#include "base/json.hpp"

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/files.hpp"
#include "base/json_writer.hpp"

namespace veleta {

namespace {

/// Builds a value as Boost's own handler does, but with the double nearest to each number's text: Boost 1.81 misses it
/// by a unit in the last place now and then, and a threshold in a model, or its digest, would not come back as it was
/// written.
class ExactHandler {
 public:
  static constexpr size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;

  using Text = json::string_view;
  using Code = json::error_code;

  ExactHandler() { stack_.reset(); }
  json::value release() { return stack_.release(); }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(size_t count, Code&) { return stack_.push_object(count), true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(size_t count, Code&) { return stack_.push_array(count), true; }
  bool on_key_part(Text part, size_t, Code&) { return stack_.push_chars(part), true; }
  bool on_key(Text rest, size_t, Code&) { return stack_.push_key(rest), true; }
  bool on_string_part(Text part, size_t, Code&) { return stack_.push_chars(part), true; }
  bool on_string(Text rest, size_t, Code&) { return stack_.push_string(rest), true; }
  bool on_number_part(Text, Code&) { return true; }  // never: the text comes whole
  bool on_int64(int64_t number, Text, Code&) { return stack_.push_int64(number), true; }
  bool on_uint64(uint64_t number, Text, Code&) { return stack_.push_uint64(number), true; }
  bool on_double(double rough, Text text, Code&) {
    std::from_chars(text.data(), text.data() + text.size(), rough);  // leaves what no double can hold as it is
    return stack_.push_double(rough), true;
  }
  bool on_bool(bool value, Code&) { return stack_.push_bool(value), true; }
  bool on_null(Code&) { return stack_.push_null(), true; }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

 private:
  json::value_stack stack_;
};

}  // namespace

json::value parse_json(std::string_view text, const std::string& what) {
  json::parse_options options;
  options.max_depth = 64;
  json::basic_parser<ExactHandler> parser(options);
  json::error_code code;
  const size_t consumed = parser.write_some(false, text.data(), text.size(), code);
  if (code)
    throw Error(ErrorCode::kBadData, fmt::format("{} is not JSON: {} at byte {}", what, code.message(), consumed));
  if (text.find_first_not_of(" \t\r\n", consumed) != std::string_view::npos)
    throw Error(ErrorCode::kBadData, fmt::format("{} has more text after its JSON value, at byte {}", what, consumed));
  return parser.handler().release();
}

json::value read_json_file(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

std::string pretty_json(const json::value& value) {
  return JsonWriter(JsonWriter::Layout::kIndented).value(value).take() + "\n";
}

json::value number_or_null(double number) { return std::isfinite(number) ? json::value(number) : json::value(nullptr); }

double number_or_nan(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return value->to_number<double>();
}

std::string text_or_empty(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace veleta
