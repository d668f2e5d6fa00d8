#pragma once

#include <cmath>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "veleta/error.hpp"

namespace veleta {

/// Stands in a parameter's default: the user must give one.
struct Required {};
inline constexpr Required required{};

/// The description of one parameter, built by the functions below and refined by chaining:
/// `number_param("threshold", 3.0, "pooled standard errors before the column counts as drifted").min(0)`.
class ParamSpec {
 public:
  ParamSpec(std::string name, int32_t type, std::string doc)
      : name_(std::move(name)), doc_(std::move(doc)), type_(type) {}

  ParamSpec&& min(double value) && { return minimum_ = value, std::move(*this); }
  ParamSpec&& max(double value) && { return maximum_ = value, std::move(*this); }
  ParamSpec&& unit(std::string value) && { return unit_ = std::move(value), std::move(*this); }
  ParamSpec&& choices(std::initializer_list<const char*> values) && { return choices_ = values, std::move(*this); }

  ParamSpec&& with_default(double value) && { return number_ = value, std::move(*this); }
  ParamSpec&& with_default(int64_t value) && { return integer_ = value, std::move(*this); }
  ParamSpec&& with_default(std::string value) && { return text_ = std::move(value), std::move(*this); }
  ParamSpec&& with_default(Required) && { return required_ = true, std::move(*this); }

  /// The same for the ABI. Points into this object.
  veleta_param abi() const {
    return {sizeof(veleta_param),
            name_.c_str(),
            doc_.c_str(),
            unit_.empty() ? nullptr : unit_.c_str(),
            type_,
            required_,
            number_,
            integer_,
            text_.c_str(),
            minimum_,
            maximum_,
            choices_.data(),
            choices_.size()};
  }

 private:
  std::string name_, doc_, unit_, text_;
  int32_t type_;
  bool required_ = false;
  double number_ = 0;
  int64_t integer_ = 0;
  double minimum_ = std::numeric_limits<double>::quiet_NaN();
  double maximum_ = std::numeric_limits<double>::quiet_NaN();
  std::vector<const char*> choices_;
};

/// A real number. A default of NaN is none: the parameter may be left out, and reads NaN then.
inline ParamSpec number_param(std::string name, double fallback, std::string doc) {
  return ParamSpec(std::move(name), VELETA_NUMBER, std::move(doc)).with_default(fallback);
}
inline ParamSpec number_param(std::string name, Required, std::string doc) {
  return ParamSpec(std::move(name), VELETA_NUMBER, std::move(doc)).with_default(required);
}

/// A whole number.
inline ParamSpec integer_param(std::string name, int64_t fallback, std::string doc) {
  return ParamSpec(std::move(name), VELETA_INTEGER, std::move(doc)).with_default(fallback);
}
inline ParamSpec integer_param(std::string name, Required, std::string doc) {
  return ParamSpec(std::move(name), VELETA_INTEGER, std::move(doc)).with_default(required);
}

/// True or false.
inline ParamSpec flag_param(std::string name, bool fallback, std::string doc) {
  return ParamSpec(std::move(name), VELETA_FLAG, std::move(doc)).with_default(int64_t{fallback});
}

/// A text, of any content or one of `.choices({…})`.
inline ParamSpec text_param(std::string name, std::string fallback, std::string doc) {
  return ParamSpec(std::move(name), VELETA_TEXT, std::move(doc)).with_default(std::move(fallback));
}
inline ParamSpec text_param(std::string name, Required, std::string doc) {
  return ParamSpec(std::move(name), VELETA_TEXT, std::move(doc)).with_default(required);
}

/// Any number of texts, each of any content or one of `.choices({…})`; none by default.
inline ParamSpec list_param(std::string name, std::string doc) {
  return ParamSpec(std::move(name), VELETA_LIST, std::move(doc));
}

/// Texts by name, all names allowed; empty by default.
inline ParamSpec table_param(std::string name, std::string doc) {
  return ParamSpec(std::move(name), VELETA_TABLE, std::move(doc));
}

/// The parameters a plugin was created with: one value for each described parameter, checked by the host against the
/// description. Asking for a name that was not described, or by another type, throws kInternal.
class Params {
 public:
  Params(const veleta_value* const* values, size_t count) {
    for (size_t i = 0; i < count; ++i) values_.emplace(values[i]->name, copy(*values[i]));
  }

  double number(const std::string& name) const { return find(name, VELETA_NUMBER).number; }
  int64_t integer(const std::string& name) const { return find(name, VELETA_INTEGER).integer; }
  bool flag(const std::string& name) const { return find(name, VELETA_FLAG).integer != 0; }
  const std::string& text(const std::string& name) const { return find(name, VELETA_TEXT).text; }
  const std::vector<std::string>& list(const std::string& name) const { return find(name, VELETA_LIST).items; }

  std::map<std::string, std::string> table(const std::string& name) const {
    const auto& items = find(name, VELETA_TABLE).items;
    std::map<std::string, std::string> result;
    for (size_t i = 0; i + 1 < items.size(); i += 2) result[items[i]] = items[i + 1];
    return result;
  }

 private:
  struct Value {
    int32_t type;
    double number;
    int64_t integer;
    std::string text;
    std::vector<std::string> items;
  };

  static Value copy(const veleta_value& from) {
    Value value{from.type, from.number, from.integer, from.text ? from.text : "", {}};
    for (size_t i = 0; i < from.item_count; ++i) value.items.emplace_back(from.items[i]);
    return value;
  }

  const Value& find(const std::string& name, int32_t type) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.type != type)
      throw Error(ErrorCode::kInternal, "the plugin reads parameter '" + name + "', which it does not describe so");
    return found->second;
  }

  std::map<std::string, Value> values_;
};

}  // namespace veleta
