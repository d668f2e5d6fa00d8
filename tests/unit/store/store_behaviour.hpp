#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.hpp"

namespace veleta {

/// A kind of store that the behaviour is tested on.
struct StoreBackend {
  std::string name;
  std::function<std::string()> make_empty;             ///< the uri of a new, empty store
  std::function<void(const std::string& uri)> remove;  ///< what make_empty made
  std::function<StoreOptions(const std::string& uri)> options = [](const std::string&) { return StoreOptions{}; };
};
inline void PrintTo(const StoreBackend& backend, std::ostream* out) { *out << backend.name; }

/// Quotes, a letter outside ASCII and one outside the basic plane: what every text must survive.
inline const std::string kOddText = "O'Brien \"Ñ\"; DROP TABLE runs; -- 🧭 \\ %s \n\ttab";

/// What every store does, whatever keeps its rows. Knows the interface alone.
class StoreBehaviour : public ::testing::TestWithParam<StoreBackend> {
 protected:
  StoreBehaviour() : uri_(GetParam().make_empty()), store_(open_store(uri_)) {}
  ~StoreBehaviour() override {
    store_.reset();
    GetParam().remove(uri_);
  }

  Store& store() { return *store_; }
  std::unique_ptr<Store> open_store(const std::string& uri) const {
    return veleta::open_store(uri, GetParam().options(uri));
  }
  void reopen() {
    store_.reset();
    store_ = open_store(uri_);
  }

  /// Starts a run and gives it a batch whose payload says its name.
  BatchRecord add_batch(const std::string& pipeline, const std::string& batch_id) {
    const std::string run_id = "run-" + pipeline + "-" + batch_id;
    store().start_run(pipeline, run_id);
    return store().add_batch(new_batch(pipeline, batch_id, run_id));
  }

  BatchRecord new_batch(const std::string& pipeline, const std::string& batch_id, const std::string& run_id) {
    BatchRecord batch;
    batch.pipeline = pipeline;
    batch.id = batch_id;
    batch.run_id = run_id;
    batch.format = "json";
    batch.rows_pointer = "/data";
    batch.cursor = "cursor of " + batch_id;
    batch.origin = "http://127.0.0.1/data";
    batch.payload = store().blobs().put("payload of " + batch_id);
    batch.received_ms = 1'700'000'000'123;
    return batch;
  }

  const std::string uri_;
  std::unique_ptr<Store> store_;
};

/// The code of the Error that a call throws, and its message in `message`.
template <typename Call>
ErrorCode code_of(Call call, std::string* message = nullptr) {
  try {
    call();
  } catch (const Error& error) {
    if (message) *message = error.what();
    return error.code();
  }
  ADD_FAILURE() << "no Error was thrown";
  return ErrorCode::kInternal;
}

inline Column number_column(const std::string& name, std::vector<double> values) {
  Column column;
  column.name = name;
  column.numbers = std::move(values);
  return column;
}

inline Column time_column(const std::string& name, std::vector<double> seconds) {
  Column column = number_column(name, std::move(seconds));
  column.type = ColumnType::kTime;
  return column;
}

/// A null pointer is a missing cell.
inline Column category_column(const std::string& name, const std::vector<const char*>& labels) {
  Column column;
  column.name = name;
  column.type = ColumnType::kCategory;
  for (const char* label : labels) label ? column.append_label(label) : column.append_missing();
  return column;
}

/// A table of `row_count` rows, with some cells missing, that is the same for the same seed.
Table made_table(size_t row_count, uint64_t seed = 1);

/// Tells every cell that differs, up to the first few.
void expect_equal(const Table& actual, const Table& expected);

}  // namespace veleta
