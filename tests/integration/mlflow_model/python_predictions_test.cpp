#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "batch_text.hpp"
#include "case_folder.hpp"
#include "data/reader.hpp"
#include "every_kind_of_cell.hpp"
#include "trained_model.hpp"

// Models of every learner, written to folders, and opened by mlflow.pyfunc: Python must predict what the host does.

namespace veleta::testing {
namespace {

const std::array kLearners = {"xgboost", "ridge", "random_forest"};

Table table_of(const json::array& rows, const ColumnRules& rules) {
  const auto bytes = read_text(json::serialize(rows));
  ReadOptions options;
  options.rules = rules;
  return read_json_rows(*bytes, options).table;
}

Table without(Table table, const std::string& column) {
  std::erase_if(table.columns, [&](const Column& each) { return each.name == column; });
  return table;
}

const TargetSpec kPrice{"price", Task::kRegression, TargetTransform::kNone, "", ""};
const TargetSpec kLogPrice{"price", Task::kRegression, TargetTransform::kLog, "", ""};
const TargetSpec kDear{"dear", Task::kBinary, TargetTransform::kNone, "yes", "no"};

TEST(PythonPredicts, EveryKindOfCellAsTheHostDoes) {
  const ColumnRules rules = rules_of_every_kind();
  const Table all = table_of(rows_of_every_kind(1500, 1), rules);
  const Table priced = without(all, "dear"), judged = without(all, "price");
  const json::array requests = odd_requests(1200, 2);
  const CaseFolder cases;
  for (const std::string learner : kLearners) {
    cases.add(learner + "_plain", *train_model({learner, kPrice}, priced, rules), requests);
    cases.add(learner + "_log", *train_model({learner, kLogPrice}, priced, rules), requests);
    cases.add(learner + "_binary", *train_model({learner, kDear}, judged, rules), requests);
  }
  cases.add_refused("opaque", *opaque_model(), "learner 'test_line'");
  cases.check_with("mlflow3");
  cases.check_with("mlflow2");
}

json::array houses(unsigned batch) {
  const data_api::Geography country(1);
  data_api::BatchText text(country, {4, "Tuesday", batch, 0.05, 1, false, {}});
  std::string whole;
  while (text.append_piece(whole)) {
  }
  return parse_json(whole, "a batch").at("data").as_array();
}

/// As clients send it: without the target, and often without what they do not know.
json::array house_requests(const json::array& houses) {
  json::array requests;
  for (size_t i = 0; i < houses.size(); ++i) {
    json::object request = houses[i].as_object();
    request.erase("price");
    if (i % 7 == 0) request.erase("house_size");
    if (i % 5 == 0) request["prev_sold_date"] = nullptr;
    if (i % 11 == 0) request["zip_code"] = nullptr;
    if (i % 13 == 0) request["city"] = "No Such Place";
    requests.push_back(std::move(request));
  }
  return requests;
}

TEST(PythonPredicts, HousePricesAsTheHostDoes) {
  ColumnRules rules;
  rules.categorical = {"brokered_by", "status", "street", "city", "state", "zip_code"};
  rules.date = {"prev_sold_date"};
  rules.fold_case = true;
  const Table table = table_of(houses(0), rules);
  const json::array requests = house_requests(houses(1));
  ASSERT_GE(requests.size(), 1000u);
  const CaseFolder cases;
  for (const std::string learner : kLearners)
    cases.add(learner, *train_model({learner, kLogPrice}, table, rules), requests);
  cases.check_with("mlflow3");
}

TEST(PythonPredicts, BooleansThatCsvSpeltOtherwiseAsTheHostDoes) {
  for (const auto& [yes, no] : {std::pair{"True", "False"}, std::pair{"TRUE", "FALSE"}}) {
    std::string rows = "size,garden,price\n";
    json::array requests;
    for (int row = 0; row < 1200; ++row) {
      rows += fmt::format("{},{},{}\n", row, row % 3 ? yes : no, 2 * row + (row % 3 ? 900 : 20));
      const std::array<json::value, 4> gardens{true, false, yes, "tRUE"};
      requests.push_back(json::object{{"size", row}, {"garden", gardens[static_cast<size_t>(row) % gardens.size()]}});
    }
    const auto bytes = read_text(rows);
    const CaseFolder cases;
    cases.add("ridge", *train_model({"ridge", kPrice}, read_csv(*bytes, {}).table, {}), requests);
    cases.check_with("mlflow3");
  }
}

TEST(PythonPredicts, LeavingCustomersFromCsvAsTheHostDoes) {
  const std::filesystem::path folder = std::filesystem::path(VELETA_SOURCE_FOLDER) / "configs/data/churn";
  ReadOptions options;
  options.rules.categorical = {"plan", "payment", "region"};
  options.rules.ignore = {"customer"};
  const auto bytes = open_file(folder / "2026-01.csv");
  const Table table = read_csv(*bytes, options).table;
  const TargetSpec churned{"churned", Task::kBinary, TargetTransform::kNone, "yes", ""};
  const CaseFolder cases;
  for (const std::string learner : kLearners)  // in March there is a plan that January had not
    cases.add_csv(learner, *train_model({learner, churned}, table, options.rules), read_file(folder / "2026-03.csv"));
  cases.check_with("mlflow3");
}

}  // namespace
}  // namespace veleta::testing
