#include <fmt/format.h>
#include <gtest/gtest.h>
#include <cstdlib>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "case_folder.hpp"

namespace veleta::testing {
namespace {

namespace fs = std::filesystem;

/// A pipeline of the example data on customers, in a folder of its own, run to the end of its data.
class RegisteredModels : public ::testing::Test {
 protected:
  RegisteredModels() : folder_(fs::temp_directory_path() / ("veleta-" + new_id())) {
    const fs::path config = folder_ / "churn.toml";
    write_file_atomically(config, fmt::format(R"(
[pipeline]
name = "churn"
task = "classification"
target = "churned"
positive = "yes"
[source]
plugin = "csv"
path = "{0}"
[columns]
categorical = ["plan", "payment", "region"]
ignore = ["customer"]
[validate]
min_rows = 500
[[drift]]
plugin = "psi"
[[learner]]
plugin = "xgboost"
rounds = 60
[[learner]]
plugin = "ridge"
[promote]
metric = "log_loss"
gates = [ {{ metric = "log_loss", improves_by = 0.0 }} ]
[store]
uri = "sqlite:///{1}/churn.db"
[registry]
uri = "sqlite:///{1}/churn.db"
)",
                                              kData.string(), folder_.string()));
    const fs::path program = fs::path(VELETA_BINARY_FOLDER) / "bin/veleta";
    const std::string command = fmt::format("{} run {} --until-end >{} 2>&1", program.string(), config.string(),
                                            (folder_ / "output.txt").string());
    EXPECT_EQ(std::system(command.c_str()), 0) << read_file(folder_ / "output.txt");
  }

  ~RegisteredModels() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  const fs::path kData = fs::path(VELETA_SOURCE_FOLDER) / "configs/data/churn";
  const fs::path folder_;
};

TEST_F(RegisteredModels, OpenInPythonFromTheFoldersThatTheyAreKeptIn) {
  const CaseFolder cases;
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_))
    if (entry.path().filename() == "MLmodel")
      cases.add_folder(fmt::format("model_{}", ++count), entry.path().parent_path(), read_file(kData / "2026-04.csv"));
  EXPECT_GE(count, 2);
  cases.check_with("mlflow3");
}

}  // namespace
}  // namespace veleta::testing
