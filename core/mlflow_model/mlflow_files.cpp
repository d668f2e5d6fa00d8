#include "mlflow_model/mlflow_files.hpp"

#include <algorithm>

#include "input_columns.hpp"
#include "pyfunc_source.hpp"
#include "python_model.hpp"

namespace veleta {

namespace {

const std::string kDataFolder = "data";
const std::string kCodeFolder = "code";
const std::string kBooster = "model.ubj";

/// What the loader is tested with.
constexpr const char* kPythonVersion = "3.11.7";
constexpr const char* kRequirements = "mlflow>=2.9\nnumpy\npandas\n";

json::object python_env() {
  return {{"python", kPythonVersion}, {"build_dependencies", {"pip"}}, {"dependencies", {"-r requirements.txt"}}};
}

json::object conda_env() {
  json::array pip{"mlflow>=2.9", "numpy", "pandas"};
  return {{"name", "veleta"},
          {"channels", {"conda-forge"}},
          {"dependencies", {std::string("python=") + kPythonVersion, "pip", {{"pip", std::move(pip)}}}}};
}

json::object signature(const BundleParts& parts) {
  const json::array outputs{{{"type", "tensor"}, {"tensor-spec", {{"dtype", "float64"}, {"shape", {-1}}}}}};
  return {
      {"inputs", json::serialize(mlflow_inputs(parts))}, {"outputs", json::serialize(outputs)}, {"params", nullptr}};
}

/// XGBoost's own format: UBJSON that begins with the object "learner".
bool is_xgboost_model(std::string_view bytes) {
  constexpr std::string_view kBegin("{L\x00\x00\x00\x00\x00\x00\x00\x07learner{", 18);
  return bytes.starts_with(kBegin);
}

/// True where the rows of a request, with their columns in the encoder's order, are the booster's rows, and its
/// predictions the model's.
bool is_booster_alone(const BundleParts& parts) {
  const json::value features = parts.features.to_json();
  const auto is_plain_number = [](const json::value& column) {
    // XGBoost's Python package refuses these in names.
    return column.at("kind") == "number" && column.at("fill").is_null() &&
           std::string_view(column.at("column").as_string()).find_first_of("[]<") == std::string_view::npos;
  };
  return parts.target.transform == TargetTransform::kNone && features.at("lowest").as_array().empty() &&
         std::ranges::all_of(features.at("columns").as_array(), is_plain_number);
}

json::object flavors(const BundleParts& parts) {
  json::object all{{"python_function",
                    {{"loader_module", kPyfuncModule},
                     {"data", kDataFolder},
                     {"code", kCodeFolder},
                     {"env", {{"conda", "conda.yaml"}, {"virtualenv", "python_env.yaml"}}},
                     {"python_version", kPythonVersion}}},
                   {"veleta",
                    {{"pipeline", parts.pipeline},
                     {"learner", parts.learner},
                     {"learner_version", parts.learner_version},
                     {"target", parts.target.column}}}};
  if (is_xgboost_model(parts.learner_bytes) && is_booster_alone(parts))
    all["xgboost"] = {
        {"data", kBooster}, {"model_class", "xgboost.core.Booster"}, {"model_format", "ubj"}, {"code", nullptr}};
  return all;
}

json::object ml_model(const BundleParts& parts) {
  return {{"flavors", flavors(parts)},
          {"signature", signature(parts)},
          {"saved_input_example_info",
           {{"artifact_path", "input_example.json"},
            {"serving_input_path", "serving_input_example.json"},
            {"type", "dataframe"},
            {"pandas_orient", "split"}}}};
}

}  // namespace

BundleFiles mlflow_files(const Bundle& bundle) {
  const BundleParts& parts = bundle.parts();
  const json::object example = input_example(parts);
  BundleFiles files{{"MLmodel", pretty_json(ml_model(parts))},
                    {"requirements.txt", kRequirements},
                    {"conda.yaml", pretty_json(conda_env())},
                    {"python_env.yaml", pretty_json(python_env())},
                    {"input_example.json", json::serialize(example)},
                    {"serving_input_example.json", json::serialize(json::object{{"dataframe_split", example}})},
                    {kCodeFolder + "/" + kPyfuncModule + ".py", kPyfuncSource},
                    {kDataFolder + "/python_model.json", json::serialize(python_model(bundle))}};
  const veleta_trees* trees = bundle.trees();
  if (trees && beyond_python(trees, nullptr).empty()) files[kDataFolder + "/nodes.npy"] = npy_nodes(*trees);
  if (is_xgboost_model(parts.learner_bytes)) files[kBooster] = parts.learner_bytes;
  return files;
}

}  // namespace veleta
