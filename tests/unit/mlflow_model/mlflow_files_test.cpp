#include "mlflow_model/mlflow_files.hpp"

#include <gmock/gmock.h>
#include <cstring>

#include "base/files.hpp"
#include "python_model.hpp"
#include "test_bundles.hpp"
#include "trained_model.hpp"

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::StartsWith;

const TargetSpec kPrice{"price", Task::kRegression, TargetTransform::kNone, "", ""};

Table only(const std::vector<std::string>& columns) {
  Table table = houses(300, 1);
  std::erase_if(table.columns, [&](const Column& column) { return std::ranges::count(columns, column.name) == 0; });
  return table;
}

BundleFiles files_of(const std::string& learner, const Table& table, const TargetSpec& target = kPrice) {
  return mlflow_files(*train_model({learner, target}, table, {}));
}

json::object parsed(const BundleFiles& files, const std::string& name) {
  return parse_json(files.at(name), name).as_object();
}

json::array inputs(const BundleFiles& files) {
  const json::value signature = parsed(files, "MLmodel").at("signature");
  return parse_json(std::string_view(signature.at("inputs").as_string()), "inputs").as_array();
}

TEST(MlflowFiles, NameLoaderDataAndEnvironment) {
  const BundleFiles files = mlflow_files(*opaque_model());
  const json::object pyfunc = parsed(files, "MLmodel").at("flavors").at("python_function").as_object();
  EXPECT_EQ(pyfunc.at("loader_module"), "veleta_pyfunc_v1");
  EXPECT_EQ(pyfunc.at("data"), "data");
  EXPECT_EQ(pyfunc.at("code"), "code");
  EXPECT_THAT(files, AllOf(Contains(Key("code/veleta_pyfunc_v1.py")), Contains(Key("data/python_model.json")),
                           Contains(Key("requirements.txt"))));
  for (const char* kind : {"conda", "virtualenv"})
    EXPECT_THAT(files, Contains(Key(std::string(pyfunc.at("env").at(kind).as_string()))));
  EXPECT_THAT(files.at("requirements.txt"), AllOf(HasSubstr("mlflow>="), HasSubstr("numpy"), HasSubstr("pandas")));
}

TEST(MlflowFiles, ListWhatPythonNeedsForEachKindOfEnvironment) {
  const BundleFiles files = mlflow_files(*opaque_model());
  const json::object conda = parsed(files, "conda.yaml");
  EXPECT_EQ(conda.at("channels"), (json::array{"conda-forge"}));
  EXPECT_EQ(conda.at("dependencies").at(2).at("pip"), (json::array{"mlflow>=2.9", "numpy", "pandas"}));
  EXPECT_EQ(parsed(files, "python_env.yaml").at("dependencies"), (json::array{"-r requirements.txt"}));
}

TEST(MlflowFiles, LeaveToTheRegistryWhatItAloneKnows) {
  const json::object model = parsed(mlflow_files(*opaque_model()), "MLmodel");
  for (const char* key : {"run_id", "model_id", "model_uuid", "artifact_path", "utc_time_created"})
    EXPECT_FALSE(model.contains(key)) << key;
}

TEST(MlflowFiles, CarryTheLoaderAsItStandsInTheSource) {
  const std::filesystem::path source = VELETA_SOURCE_FOLDER;
  EXPECT_EQ(mlflow_files(*opaque_model()).at("code/veleta_pyfunc_v1.py"),
            read_file(source / "core/mlflow_model/veleta_pyfunc_v1.py"));
}

TEST(MlflowFiles, AreTheSameForTheSameModel) {
  for (const char* learner : {"xgboost", "ridge", "random_forest"})
    EXPECT_EQ(files_of(learner, houses(300, 1)), files_of(learner, houses(300, 1))) << learner;
}

TEST(MlflowFiles, StandBesideTheBundlesOwnWhichTheyChangeNothingOf) {
  const auto bundle = train_model({"xgboost", kPrice}, houses(300, 1), {});
  const BundleFiles own = to_files(bundle->parts()), more = mlflow_files(*bundle);
  for (const auto& [name, bytes] : more) EXPECT_FALSE(own.contains(name)) << name;
  BundleFiles all = own;
  all.insert(more.begin(), more.end());
  EXPECT_EQ(bundle_digest(all), bundle_digest(own));
  EXPECT_EQ(to_files(parts_from_files(all)), own);
}

TEST(MlflowFiles, DeclareNumbersAsDoubleTheRestAsStringAndNoneAsRequired) {
  const json::array columns = inputs(files_of("ridge", houses(300, 1)));
  std::map<std::string, std::string> types;
  for (const auto& column : columns) {
    types[std::string(column.at("name").as_string())] = column.at("type").as_string();
    EXPECT_FALSE(column.at("required").as_bool());
  }
  EXPECT_EQ(columns.at(0).at("name"), "size");
  EXPECT_EQ(types, (std::map<std::string, std::string>{{"size", "double"},
                                                       {"rooms", "double"},
                                                       {"city", "string"},
                                                       {"state", "string"},
                                                       {"sold", "string"},
                                                       {"street", "string"},
                                                       {"dear", "string"}}));
}

TEST(MlflowFiles, ShowATypicalRowAsTheExample) {
  Table table = only({"rooms", "price"});
  const size_t rows = table.row_count();
  table.columns.push_back(categories("state", std::vector<std::string>(rows, "north")));
  table.columns.push_back(times("sold", std::vector<std::string>(rows, "2019-06-28")));
  table.columns.push_back(numbers("nothing", std::vector<double>(rows, kNaN)));
  std::ranges::fill(table.find("rooms")->numbers, 4);
  table.find("rooms")->numbers[0] = 2.5;
  const BundleFiles files = files_of("ridge", table);
  EXPECT_EQ(files.at("input_example.json"),
            R"({"columns":["rooms","state","sold","nothing"],"data":[[4,"north","2019-06-28",null]]})");
  EXPECT_EQ(parsed(files, "serving_input_example.json").at("dataframe_split"), parsed(files, "input_example.json"));
  EXPECT_EQ(parsed(files, "MLmodel").at("saved_input_example_info").at("artifact_path"), "input_example.json");
}

TEST(MlflowFiles, HoldTreesAsOneNumpyArrayOfNodes) {
  const auto bundle = train_model({"random_forest", kPrice}, houses(300, 1), {});
  const BundleFiles files = mlflow_files(*bundle);
  const std::string& npy = files.at("data/nodes.npy");
  ASSERT_THAT(npy, StartsWith(std::string("\x93NUMPY\x01\x00", 8)));
  uint16_t head_bytes = 0;
  std::memcpy(&head_bytes, npy.data() + 8, sizeof head_bytes);
  const size_t begin = 10u + head_bytes;
  EXPECT_EQ(begin % 64, 0u);
  EXPECT_EQ(npy[begin - 1], '\n');
  EXPECT_EQ(npy.size() - begin, bundle->trees()->node_count * 25);
  int32_t feature = 0;
  std::memcpy(&feature, npy.data() + begin, sizeof feature);
  EXPECT_EQ(feature, bundle->trees()->feature[0]);
  const json::object model = parsed(files, "data/python_model.json").at("model").as_object();
  EXPECT_EQ(model.at("kind"), "trees");
  EXPECT_EQ(model.at("roots").as_array().size(), bundle->trees()->tree_count);
}

TEST(MlflowFiles, HoldALinearModelAsItsCoefficients) {
  const BundleFiles files = files_of("ridge", houses(300, 1));
  const json::object model = parsed(files, "data/python_model.json").at("model").as_object();
  EXPECT_EQ(model.at("kind"), "linear");
  EXPECT_THAT(files, Not(Contains(Key("data/nodes.npy"))));
  EXPECT_THAT(files, Not(Contains(Key("model.ubj"))));
}

TEST(MlflowFiles, SayThatAModelWithoutAViewIsOpaque) {
  const json::object python = parsed(mlflow_files(*opaque_model()), "data/python_model.json");
  EXPECT_EQ(python.at("model").at("kind"), "opaque");
  EXPECT_EQ(python.at("learner"), "test_line");
}

TEST(MlflowFiles, BringTheBoosterToUsersOfXgboost) {
  const auto bundle = train_model({"xgboost", kPrice}, houses(300, 1), {});
  EXPECT_EQ(mlflow_files(*bundle).at("model.ubj"), bundle->parts().learner_bytes);
}

bool has_xgboost_flavor(const BundleFiles& files) {
  return parsed(files, "MLmodel").at("flavors").as_object().contains("xgboost");
}

TEST(MlflowFiles, CallTheBoosterAFlavorOnlyWhereItTakesTheRowsAsTheyAre) {
  const Table plain = only({"size", "rooms", "price"});
  EXPECT_TRUE(has_xgboost_flavor(files_of("xgboost", plain)));
  EXPECT_FALSE(has_xgboost_flavor(files_of("xgboost", only({"size", "state", "price"}))));
  EXPECT_FALSE(has_xgboost_flavor(files_of("xgboost", only({"size", "sold", "price"}))));
  TargetSpec logarithm = kPrice;
  logarithm.transform = TargetTransform::kLog;
  EXPECT_FALSE(has_xgboost_flavor(files_of("xgboost", plain, logarithm)));
  EXPECT_FALSE(has_xgboost_flavor(files_of("random_forest", plain)));
  Table odd_name = plain;
  odd_name.find("rooms")->name = "rooms [1]";
  EXPECT_FALSE(has_xgboost_flavor(files_of("xgboost", odd_name)));
}

/// A split at 1 with leaves of 10 and 20.
TreeEnsemble stump() {
  TreeEnsemble trees;
  trees.roots = {0};
  trees.feature = {0, TreeEnsemble::kLeaf, TreeEnsemble::kLeaf};
  trees.threshold = {1, 0, 0};
  trees.left = {1, 0, 0};
  trees.right = {2, 0, 0};
  trees.default_left = {1, 0, 0};
  trees.value = {0, 10, 20};
  trees.cover = {4, 2, 2};
  return trees;
}

std::string refusal_of(const TreeEnsemble& trees) {
  const veleta_trees view = to_abi(trees);
  return beyond_python(&view, nullptr);
}

TEST(PythonModel, IsRefusedByNameWhereTheLoaderCannotComputeIt) {
  EXPECT_EQ(refusal_of(stump()), "");
  TreeEnsemble trees = stump();
  trees.category_begin = {0, 0, 0, 0};
  trees.missing = {std::numeric_limits<float>::quiet_NaN()};
  trees.link = Link::kLogistic;
  EXPECT_EQ(refusal_of(trees), "") << "no set, no sentinel";
  trees.category_begin = {0, 1, 1, 1};
  trees.category_words = {5};
  EXPECT_EQ(refusal_of(trees), "its trees split on sets of categories");
  trees = stump();
  trees.outputs = 3;
  EXPECT_EQ(refusal_of(trees), "it has 3 outputs");
  trees = stump();
  trees.missing = {-999};
  EXPECT_EQ(refusal_of(trees), "it takes -999 for a missing value of feature 0");
  trees = stump();
  trees.link = Link::kExponential;
  EXPECT_THAT(refusal_of(trees), HasSubstr("by link"));
  EXPECT_THAT(beyond_python(nullptr, nullptr), HasSubstr("neither as trees nor as a linear model"));
}

}  // namespace
}  // namespace veleta::testing
