#include "case_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <cstdlib>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "data/reader.hpp"
#include "mlflow_model/mlflow_files.hpp"
#include "trained_model.hpp"

namespace veleta::testing {

namespace fs = std::filesystem;

CaseFolder::CaseFolder() : folder_(fs::temp_directory_path() / ("veleta-" + new_id())) {
  fs::create_directories(folder_);
}

CaseFolder::~CaseFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void CaseFolder::write_model(const std::string& name, const Bundle& bundle) const {
  const fs::path model = folder_ / name / "model";
  for (const auto& [file, bytes] : to_files(bundle.parts())) write_file_atomically(model / file, bytes);
  for (const auto& [file, bytes] : mlflow_files(bundle)) write_file_atomically(model / file, bytes);
}

void CaseFolder::write_expected(const std::string& name, const std::vector<double>& predictions) const {
  write_file_atomically(folder_ / name / "expected.json", json::serialize(json::value_from(predictions)));
}

void CaseFolder::add(const std::string& name, const Bundle& bundle, const json::array& rows) const {
  std::vector<RowProblem> problems;
  const BundleParts& parts = bundle.parts();
  const Table table = table_from_json_rows(rows, parts.input_schema, parts.rules, "", problems);
  for (const RowProblem& problem : problems)
    ADD_FAILURE() << name << ": the server would refuse " << problem.pointer << ": " << problem.found;
  write_model(name, bundle);
  write_file_atomically(folder_ / name / "requests.json", json::serialize(rows));
  write_expected(name, bundle.predict(table));
}

void CaseFolder::write_csv(const std::string& name, const Bundle& bundle, const std::string& csv) const {
  const auto bytes = read_text(csv);
  ReadOptions options;
  options.rules = bundle.parts().rules;
  options.schema = bundle.parts().input_schema;
  write_file_atomically(folder_ / name / "requests.csv", csv);
  write_expected(name, bundle.predict(read_csv(*bytes, options).table));
}

void CaseFolder::add_csv(const std::string& name, const Bundle& bundle, const std::string& csv) const {
  write_model(name, bundle);
  write_csv(name, bundle, csv);
}

void CaseFolder::add_folder(const std::string& name, const fs::path& model, const std::string& csv) const {
  BundleFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(model))
    if (entry.is_regular_file()) files[entry.path().lexically_relative(model).string()] = read_file(entry.path());
  for (const auto& [file, bytes] : files) write_file_atomically(folder_ / name / "model" / file, bytes);
  write_csv(name, *open_model(files), csv);
}

void CaseFolder::add_example(const std::string& name, const Bundle& bundle) const {
  const json::value example = parse_json(mlflow_files(bundle).at("input_example.json"), "the example");
  json::object row;
  for (size_t i = 0; i < example.at("columns").as_array().size(); ++i)
    row[example.at("columns").at(i).as_string()] = example.at("data").at(0).at(i);
  add(name, bundle, {row});
}

void CaseFolder::add_refused(const std::string& name, const Bundle& bundle, const std::string& words) const {
  write_model(name, bundle);
  write_file_atomically(folder_ / name / "refused.txt", words);
}

void CaseFolder::run(const std::string& script, const std::string& server) const {
  const fs::path source = VELETA_SOURCE_FOLDER;
  const fs::path python = source / ".cache/servers" / server / "bin/python";
  ASSERT_TRUE(fs::exists(python)) << "there is no Python with MLflow at " << python;
  const fs::path output = folder_ / "output.txt";
  const fs::path file = source / "tests/integration/mlflow_model" / script;
  const std::string command = fmt::format("MLFLOW_DISABLE_TELEMETRY=true {} {} {} >{} 2>&1", python.string(),
                                          file.string(), folder_.string(), output.string());
  const int status = std::system(command.c_str());
  EXPECT_EQ(status, 0) << read_file(output);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (!entry.is_directory()) continue;
    const std::string line = entry.path().filename().string() + ": ";
    EXPECT_NE(read_file(output).find(line), std::string::npos) << read_file(output);
  }
}

}  // namespace veleta::testing
