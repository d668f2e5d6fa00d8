#include "document.hpp"

#include <algorithm>
#include <charconv>

#include "numbers.hpp"
#include "utf8.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

const char* name_of(DocumentNode::Kind kind) {
  switch (kind) {
    case DocumentNode::Kind::kNull: return "null";
    case DocumentNode::Kind::kNumber: return "a number";
    case DocumentNode::Kind::kNumbers: return "an array of numbers";
    case DocumentNode::Kind::kText: return "a text";
    case DocumentNode::Kind::kItems: return "an array of other values than numbers";
    case DocumentNode::Kind::kObject: return "an object";
  }
  return "something";
}

}  // namespace

void ModelDocument::fail(size_t position, const std::string& what) const {
  const std::string_view before = bytes_.substr(0, position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  throw Error(ErrorCode::kBadData, "the " + name_ + " is broken at " +
                                       (is_text_ ? "line " + std::to_string(line) + ", " : std::string()) + "byte " +
                                       std::to_string(position) + ": " + what);
}

void ModelDocument::fail(const char* place, const std::string& what) const {
  fail(static_cast<size_t>(place - bytes_.data()), what);
}

ModelDocument::Value ModelDocument::root() const { return {*this, 0}; }

uint32_t ModelDocument::Value::find(std::string_view key) const {
  if (node().kind != DocumentNode::Kind::kObject) return 0;
  uint32_t found = 0;
  for (uint32_t member = node().first; member != 0; member = document_->nodes_[member].next)
    if (document_->nodes_[member].key == key) found = member;  // the last of a name counts, as with XGBoost
  return found;
}

ModelDocument::Value ModelDocument::Value::at(std::string_view path) const {
  Value found = *this;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const uint32_t member = found.find(path.substr(begin, end - begin));
    if (member == 0) found.fail("expected '" + std::string(path) + "', found none");
    found = {*document_, member};
    begin = end + 1;
  }
  return found;
}

void ModelDocument::Value::fail(const std::string& what) const {
  const std::string_view place = node().key.data() ? node().key : node().content;
  const std::string name = node().key.empty() ? "" : "'" + std::string(node().key.substr(0, 64)) + "': ";
  if (!place.data()) document_->fail(size_t{0}, name + what);
  document_->fail(place.data(), name + what);
}

void ModelDocument::Value::expected(const std::string& what) const {
  fail("expected " + what + ", found " + name_of(node().kind));
}

std::string ModelDocument::Value::text() const {
  if (!is_text()) expected("a text");
  std::string text = node().has_escapes ? unescape_json(node().content) : std::string(node().content);
  if (const size_t wrong = first_invalid_utf8(text); wrong != text.size())
    fail("expected UTF-8, found a byte at place " + std::to_string(wrong) + " of the text that is none");
  return text;
}

template <typename Number>
std::vector<Number> ModelDocument::Value::numbers() const {
  const bool is_empty = node().kind == DocumentNode::Kind::kItems && node().count == 0;
  if (node().kind != DocumentNode::Kind::kNumbers && !is_empty) expected("an array of numbers");
  std::vector<Number> numbers;
  numbers.reserve(node().count);
  NumberReader reader(node().encoding, node().content);
  for (size_t i = 0; i < node().count; ++i) try {
      numbers.push_back(reader.next<Number>());
    } catch (const NotThatNumber& problem) {
      fail("expected " + problem.expected + " at place " + std::to_string(i) + ", found " + problem.found);
    }
  return numbers;
}

std::vector<float> ModelDocument::Value::floats() const { return numbers<float>(); }
std::vector<double> ModelDocument::Value::doubles() const { return numbers<double>(); }
std::vector<int64_t> ModelDocument::Value::whole_numbers() const { return numbers<int64_t>(); }

int64_t ModelDocument::Value::whole_number() const {
  if (!is_text() && node().kind != DocumentNode::Kind::kNumber) expected("a whole number");
  try {
    return NumberReader(is_text() ? 'j' : node().encoding, node().content).next<int64_t>();
  } catch (const NotThatNumber& problem) {
    fail("expected " + problem.expected + ", found " + problem.found);
  }
}

std::vector<ModelDocument::Value> ModelDocument::Value::items() const {
  if (node().kind != DocumentNode::Kind::kItems) expected("an array of objects or texts");
  std::vector<Value> items;
  items.reserve(node().count);
  for (uint32_t item = node().first; item != 0; item = document_->nodes_[item].next)
    items.emplace_back(*document_, item);
  return items;
}

DocumentParser::DocumentParser(std::string_view bytes, std::string name, bool is_text)
    : bytes_(bytes), document_(bytes, std::move(name), is_text) {}

uint32_t DocumentParser::add(uint32_t parent, std::string_view key, DocumentNode node) {
  // A model has some twenty bytes a value, names and types of columns some six; who has many more values than that
  // would make this document large.
  const size_t most = bytes_.size() / 4 + 1024;
  if (document_.nodes_.size() >= most)
    fail("expected a model's few values and long arrays of numbers, found more than " + std::to_string(most) +
         " values");
  const auto index = static_cast<uint32_t>(document_.nodes_.size());
  node.key = key;
  document_.nodes_.push_back(node);
  last_.push_back(0);
  if (index == 0) return index;
  DocumentNode& container = document_.nodes_[parent];
  ++container.count;
  (container.first == 0 ? container.first : document_.nodes_[last_[parent]].next) = index;
  last_[parent] = index;
  return index;
}

std::string DocumentParser::found() const {
  if (at_end()) return "the end of the file";
  const auto byte = static_cast<unsigned char>(bytes_[position_]);
  if (byte > ' ' && byte < 0x7f) return std::string("'") + static_cast<char>(byte) + "'";
  constexpr char kDigits[] = "0123456789abcdef";
  return std::string("byte 0x") + kDigits[byte >> 4] + kDigits[byte & 15];
}

}  // namespace veleta
