#pragma once

#include <boost/json.hpp>
#include <cmath>
#include <string>
#include <type_traits>

#include "base/json.hpp"

/// Structs as JSON objects, with one description of their fields for both ways, in the struct's own namespace:
///
///     template <typename Fields>
///     void describe(Fields& fields, Same<Run, Fields>& run) {
///       fields("id", run.id);
///       fields.word("state", run.state, parse_run_state);
///     }
namespace veleta {

/// Fields into an object. A number that JSON has no word for becomes null.
class FieldWriter {
 public:
  template <typename Value>
  void operator()(const char* name, const Value& value) {
    if constexpr (std::is_same_v<Value, double>)
      object_[name] = number_or_null(value);
    else
      object_[name] = json::value_from(value);
  }
  /// An enumeration, by the word that to_string has for it.
  template <typename Value, typename Parse>
  void word(const char* name, const Value& value, Parse) {
    object_[name] = to_string(value);
  }
  json::object take() { return std::move(object_); }

 private:
  json::object object_;
};

/// An object's values into fields. Throws kBadData, naming `what` and the field that is missing or of another type.
class FieldReader {
 public:
  FieldReader(const json::value& value, const std::string& what) : what_(what) {
    if (!value.is_object()) throw Error(ErrorCode::kBadData, what + " is no JSON object");
    object_ = &value.get_object();
  }

  template <typename Value>
  void operator()(const char* name, Value& field) {
    const json::value* value = object_->if_contains(name);
    if (!value) throw Error(ErrorCode::kBadData, what_ + " lacks \"" + name + "\"");
    try {
      if constexpr (std::is_same_v<Value, double>)
        field = value->is_null() ? std::nan("") : value->to_number<double>();
      else
        field = json::value_to<Value>(*value);
    } catch (const std::exception&) {
      throw Error(ErrorCode::kBadData, what_ + " has a \"" + name + "\" of another type: " + json::serialize(*value));
    }
  }
  template <typename Value, typename Parse>
  void word(const char* name, Value& field, Parse parse) {
    std::string text;
    (*this)(name, text);
    field = parse(text);
  }

 private:
  const json::object* object_;
  const std::string& what_;
};

/// What a description is given: a record to write, or one to read into.
template <typename Record, typename Fields>
using Same = std::conditional_t<std::is_same_v<Fields, FieldWriter>, const Record, Record>;

template <typename Record>
json::object to_fields(const Record& record) {
  FieldWriter fields;
  describe(fields, record);
  return fields.take();
}

/// Throws kBadData, naming `what`.
template <typename Record>
Record from_fields(const json::value& value, const std::string& what) {
  Record record;
  FieldReader fields(value, what);
  describe(fields, record);
  return record;
}

}  // namespace veleta
