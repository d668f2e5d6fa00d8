#include "batch_text.hpp"

#include <fmt/format.h>
#include <charconv>
#include <chrono>
#include <iterator>

#include "json_text.hpp"

namespace veleta::data_api {

namespace {

constexpr size_t kPieceBytes = 64 * 1024;
constexpr uint32_t kRepeats = 10;  // Fault::kDuplicates: how often a row comes

enum Column { kBroker, kStatus, kPrice, kBed, kBath, kAcreLot, kStreet, kCity, kState, kZip, kHouseSize, kPrevSold };
constexpr std::array kNames = {"brokered_by", "status", "price", "bed",      "bath",       "acre_lot",
                               "street",      "city",   "state", "zip_code", "house_size", "prev_sold_date"};

bool is_text(size_t column) { return column == kStatus || column == kCity || column == kState || column == kPrevSold; }

void append_integer(std::string& text, int64_t number) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// The service tells every number as a float: 105000.0.
void append_float(std::string& text, int64_t number) {
  append_integer(text, number);
  text += ".0";
}

// 12 as 0.12, 150 as 1.5, 200 as 2.0.
void append_hundredths(std::string& text, uint32_t hundredths) {
  append_integer(text, hundredths / 100);
  const uint32_t rest = hundredths % 100;
  text += '.';
  text += static_cast<char>('0' + rest / 10);
  if (rest % 10 != 0) text += static_cast<char>('0' + rest % 10);
}

void append_date(std::string& text, int32_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const auto month = static_cast<unsigned>(date.month()), day = static_cast<unsigned>(date.day());
  append_integer(text, static_cast<int>(date.year()));
  for (const unsigned part : {month, day}) {
    text += '-';
    text += static_cast<char>('0' + part / 10);
    text += static_cast<char>('0' + part % 10);
  }
}

const char* word_for(uint32_t square_feet) {
  return square_feet < 1'200 ? "small" : square_feet < 2'400 ? "medium" : "large";
}

uint64_t batch_seed(const BatchOrder& order) { return mix(mix(mix(order.seed, 4), order.group), order.batch); }

}  // namespace

BatchText::BatchText(const Geography& geography, const BatchOrder& order)
    : order_(order),
      rows_(order.fault == Fault::kEmpty ? 0 : scaled_rows(chapters().at(order.batch), order.scale)),
      listings_(geography, chapters().at(order.batch), rows_, batch_seed(order)) {
  for (size_t column = 0; column < kColumns; ++column) {
    const bool is_renamed = column == kBath && order.fault == Fault::kRenamed;
    const bool is_retyped = column == kHouseSize && order.fault == Fault::kRetyped;
    const bool is_null = column == kHouseSize && order.fault == Fault::kNulls;
    const bool is_quoted = !is_null && (order.rows_as_lists || is_text(column) || is_retyped);
    before_[column] = column > 0 ? ", " : order.rows_as_lists ? "[" : "{";
    if (!order.rows_as_lists) before_[column] += fmt::format("\"{}\": ", is_renamed ? "bathrooms" : kNames[column]);
    if (is_quoted) before_[column] += after_[column] = '"';
  }
  after_[kColumns - 1] += order.rows_as_lists ? ']' : '}';
}

void BatchText::append_head(std::string& text) const {
  fmt::format_to(std::back_inserter(text), "{{\"group_number\": {}, ", order_.group);
  if (!order_.day.empty()) fmt::format_to(std::back_inserter(text), "\"day\": {}, ", json_text(order_.day));
  fmt::format_to(std::back_inserter(text), "\"batch_number\": {}, \"data\": [", order_.batch);
}

bool BatchText::append_piece(std::string& text) {
  if (row_ > rows_) return false;
  if (row_ == 0) append_head(text);
  const size_t enough = text.size() + kPieceBytes;
  while (row_ < rows_ && text.size() < enough) {
    if (order_.fault != Fault::kDuplicates || row_ % kRepeats == 0) last_ = listings_.next();
    if (row_++ > 0) text += ", ";
    append_row(text, *last_);
  }
  if (row_ < rows_) return true;
  text += "]}";
  ++row_;
  return true;
}

void BatchText::append_house_size(std::string& text, const Listing& listing) const {
  if (order_.fault == Fault::kNulls)
    text += "null";
  else if (order_.fault == Fault::kRetyped)
    text += word_for(listing.house_size_square_feet);
  else
    append_float(text, listing.house_size_square_feet);
}

void BatchText::append_row(std::string& text, const Listing& listing) const {
  const auto column = [&](Column index, const auto& append_value) {
    text += before_[index];
    append_value();
    text += after_[index];
  };
  column(kBroker, [&] { append_float(text, listing.broker); });
  column(kStatus, [&] { text += listing.sold ? "sold" : "for_sale"; });
  column(kPrice, [&] { append_float(text, listing.price); });
  column(kBed, [&] { append_float(text, listing.bed); });
  column(kBath, [&] { append_float(text, listing.bath); });
  column(kAcreLot, [&] { append_hundredths(text, listing.acre_lot_hundredths); });
  column(kStreet, [&] { append_float(text, listing.street); });
  column(kCity, [&] { text += listing.city->name_json; });
  column(kState, [&] { text += states()[listing.city->state].name; });
  column(kZip, [&] { append_float(text, listing.zip); });
  column(kHouseSize, [&] { append_house_size(text, listing); });
  column(kPrevSold, [&] { append_date(text, listing.prev_sold_day); });
}

}  // namespace veleta::data_api
