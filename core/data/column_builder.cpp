#include "column_builder.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cells.hpp"

namespace veleta {

namespace {

constexpr size_t kLongestExample = 60;

std::optional<double> parse_time(std::string_view text) {
  if (text.size() < 10 || text[4] != '-') return std::nullopt;
  return parse_iso_time(text);
}

}  // namespace

ColumnBuilder::ColumnBuilder(std::string name, std::optional<ColumnType> type, bool fold_case)
    : fold_case_(fold_case), inferred_(!type), undecided_(!type) {
  column_.name = issues_.name = std::move(name);
  column_.type = type.value_or(ColumnType::kNumber);
}

void ColumnBuilder::add_text(std::string_view text) {
  text = trim(text);
  if (is_missing_text(text)) return add_missing();
  if (is(ColumnType::kCategory)) return add_label(text);
  if (may_be(ColumnType::kNumber))
    if (const auto number = parse_number(text))
      return accept(ColumnType::kNumber, *number, text, inferred_ && is_plain_spelling(text, *number));
  if (may_be(ColumnType::kTime))
    if (const auto time = parse_time(text)) return accept(ColumnType::kTime, *time, text, text.size() == 10);
  add_other(text);
}

void ColumnBuilder::add_number(double value) {
  if (may_be(ColumnType::kNumber))
    accept(ColumnType::kNumber, value, {}, true);
  else
    add_number(value, format_number(value));
}

void ColumnBuilder::add_number(double value, std::string_view digits) {
  if (may_be(ColumnType::kNumber))
    accept(ColumnType::kNumber, value, digits, inferred_ && is_plain_spelling(digits, value));
  else if (is(ColumnType::kCategory))
    add_label(digits);
  else
    add_other(digits);
}

void ColumnBuilder::add_time(double seconds) {
  if (may_be(ColumnType::kTime))
    accept(ColumnType::kTime, seconds, {}, true);
  else
    add_other(format_iso_time(seconds));
}

void ColumnBuilder::add_boolean(bool value) { add_other(value ? "true" : "false"); }

void ColumnBuilder::add_misfit(std::string_view example) {
  if (issues_.retyped_count++ == 0) {
    issues_.retyped_example = clipped(example, kLongestExample);
    issues_.retyped_row = size();
  }
  add_missing();
}

void ColumnBuilder::settle(ColumnType type) {
  column_.type = type;
  undecided_ = false;
}

void ColumnBuilder::accept(ColumnType type, double value, std::string_view spelling, bool is_plain) {
  if (undecided_) settle(type);
  if (inferred_ && !is_plain) odd_spellings_.emplace_back(size(), spelling);
  column_.append_number(value + 0.0);  // -0.0 becomes 0, as it does in a store
}

void ColumnBuilder::add_label(std::string_view text) {
  const std::string_view label = canonical_label(text, fold_case_, scratch_);
  const size_t known = column_.dictionary.size();
  column_.append_label(label);
  if (column_.dictionary.size() > known && !is_utf8(label))
    throw Error(ErrorCode::kBadData, fmt::format("column '{}' holds a text that is not UTF-8, in row {} (from 0)",
                                                 column_.name, size() - 1));
}

/// A present cell that is neither number nor time, or not the one that the column is.
void ColumnBuilder::add_other(std::string_view text) {
  if (inferred_ && !is(ColumnType::kCategory)) become_category();
  if (is(ColumnType::kCategory))
    add_label(text);
  else
    add_misfit(text);
}

void ColumnBuilder::become_category() {
  Column before = std::exchange(column_, Column{});
  column_.name = before.name;
  settle(ColumnType::kCategory);
  column_.codes.reserve(before.numbers.capacity());
  auto odd = odd_spellings_.begin();
  for (size_t row = 0; row < before.size(); ++row) {
    if (odd != odd_spellings_.end() && odd->first == row)
      add_label((odd++)->second);
    else if (before.is_missing(row))
      add_missing();
    else
      add_label(before.text(row));
  }
  odd_spellings_ = {};
}

}  // namespace veleta
