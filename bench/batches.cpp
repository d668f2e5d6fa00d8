#include "batches.hpp"

#include "batch_text.hpp"

namespace veleta::bench {

std::string batch_json(unsigned batch) {
  constexpr uint64_t kSeed = 2026;
  static const data_api::Geography country(kSeed);
  data_api::BatchText text(country, {4, "Tuesday", batch, 1, kSeed, false, {}});
  std::string whole;
  while (text.append_piece(whole)) {
  }
  return whole;
}

ReadOptions realty_options() {
  ReadOptions options;
  options.rules.categorical = {"brokered_by", "status", "street", "city", "state", "zip_code"};
  options.rules.date = {"prev_sold_date"};
  options.rules.fold_case = true;
  options.rows_pointer = "/data";
  return options;
}

Table batch_table(unsigned batch) {
  const auto bytes = read_text(batch_json(batch));
  return read_json_rows(*bytes, realty_options()).table;
}

}  // namespace veleta::bench
