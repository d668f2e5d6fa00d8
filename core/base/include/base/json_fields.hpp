#pragma once

#include <boost/json.hpp>
#include <cmath>
#include <string>
#include <type_traits>

#include "base/json.hpp"

/// Structs as JSON objects, with one description of their fields for both ways: a function
///
///     template <typename Fields, typename Record>
///     void describe(Fields& fields, Record& record) { fields("id", record.id); … }
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

 private:
  const json::object* object_;
  const std::string& what_;
};

}  // namespace veleta
