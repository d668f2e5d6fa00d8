#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace veleta {

/// One value of a ModelDocument as it stands in the bytes.
struct DocumentNode {
  enum class Kind : uint8_t { kNull, kNumber, kNumbers, kText, kItems, kObject };

  Kind kind = Kind::kNull;
  /// How the numbers stand in `content`: 'j' as JSON text, 'm' each behind the mark of its type, else all of the UBJSON
  /// type that this letter names.
  char encoding = 'j';
  bool has_escapes = false;  ///< of a text
  uint32_t next = 0;         ///< the value after this one in the same array or object; 0: none
  uint32_t first = 0;        ///< of an array or object; 0: it is empty
  size_t count = 0;          ///< of numbers or items
  std::string_view key;      ///< of an object's member
  std::string_view content;  ///< of a text, a number or numbers
};

/// A parsed document of JSON or of Universal Binary JSON, as far as XGBoost writes them: numbers and booleans in one
/// array are kept where they are, and read when they are asked for. Views the bytes, which must outlive it; takes at
/// most some seven times their size. Immutable once parsed.
class ModelDocument {
 public:
  class Value;

  /// JSON with NaN, Infinity and -Infinity for numbers, as XGBoost writes them. Throws kBadData, as do all readers of
  /// values: "the XGBoost model is broken at line 3, byte 471: expected …, found …".
  static ModelDocument parse_json(std::string_view bytes, std::string name);
  /// Universal Binary JSON (ubjson.org draft 12, and 64-bit lengths as XGBoost writes them). Throws kBadData.
  static ModelDocument parse_ubjson(std::string_view bytes, std::string name);

  Value root() const;

 private:
  friend class DocumentParser;
  ModelDocument(std::string_view bytes, std::string name, bool is_text)
      : bytes_(bytes), name_(std::move(name)), is_text_(is_text) {}

  [[noreturn]] void fail(size_t position, const std::string& what) const;
  [[noreturn]] void fail(const char* place, const std::string& what) const;

  std::string_view bytes_;
  std::string name_;
  bool is_text_;
  std::vector<DocumentNode> nodes_;
};

/// A value of a document, which must outlive it.
class ModelDocument::Value {
 public:
  Value(const ModelDocument& document, uint32_t node) : document_(&document), node_(node) {}

  /// The member at a path such as "learner/objective/name". Throws if there is none.
  Value at(std::string_view path) const;
  bool has(std::string_view key) const { return find(key) != 0; }
  bool is_text() const { return node().kind == DocumentNode::Kind::kText; }

  std::string text() const;          ///< in UTF-8
  int64_t whole_number() const;      ///< of a number, or of a text that is one ("7")
  std::vector<Value> items() const;  ///< of an array of arrays, objects or texts
  std::vector<float> floats() const;
  std::vector<double> doubles() const;
  std::vector<int64_t> whole_numbers() const;  ///< booleans are 0 and 1
  size_t count() const { return node().count; }

  /// Throws kBadData with this value's place.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  const DocumentNode& node() const { return document_->nodes_[node_]; }
  uint32_t find(std::string_view key) const;
  [[noreturn]] void expected(const std::string& what) const;
  template <typename Number>
  std::vector<Number> numbers() const;

  const ModelDocument* document_;
  uint32_t node_;
};

/// What the parsers of both formats share: where they are, and what they have found so far.
class DocumentParser {
 protected:
  DocumentParser(std::string_view bytes, std::string name, bool is_text);

  /// Appends a value to what it stands in; the first one is the root.
  uint32_t add(uint32_t parent, std::string_view key, DocumentNode node);
  [[noreturn]] void fail(const std::string& what) const { document_.fail(position_, what); }
  bool at_end() const { return position_ == bytes_.size(); }
  char peek() const { return at_end() ? '\0' : bytes_[position_]; }
  std::string found() const;  ///< the byte that stands here, for people
  DocumentNode& node(uint32_t index) { return document_.nodes_[index]; }
  ModelDocument take() { return std::move(document_); }

  static constexpr int kMaxDepth = 64;
  std::string_view bytes_;
  size_t position_ = 0;

 private:
  ModelDocument document_;
  std::vector<uint32_t> last_;  ///< by node: its last child
};

}  // namespace veleta
