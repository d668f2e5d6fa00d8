// explain_model MODEL WHAT ROWS [KEY=VALUE]…: explains rows of 32-bit floats, one after the other in the file ROWS, by
// tree_shap, and writes the base values and then the attributions to standard output as 64-bit floats. WHAT is values,
// interactions or losses. Keys: background and targets, files of 32-bit floats; all others are parameters of tree_shap.
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "plugins/plugin_host.hpp"
#include "trees/read.hpp"

namespace {

using namespace veleta;

std::vector<float> floats_in(const std::string& path) {
  const std::string bytes = read_file(path);
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}

void write(const std::vector<double>& numbers) { std::fwrite(numbers.data(), sizeof(double), numbers.size(), stdout); }

void run(const std::vector<std::string>& arguments) {
  PluginHost plugins({VELETA_PLUGIN_FOLDER});
  ParamValues params = default_values(plugins.describe(PluginKind::kExplainer, "tree_shap").params);
  std::map<std::string, std::vector<float>> files{{"background", {}}, {"targets", {}}};
  for (size_t i = 3; i < arguments.size(); ++i) {
    const size_t equals = arguments[i].find('=');
    const std::string key = arguments[i].substr(0, equals), value = arguments[i].substr(equals + 1);
    if (files.contains(key)) files[key] = floats_in(value);
    for (ParamValue& param : params)
      if (param.name == key) param.text = value;
  }
  const TreeModel model = read_tree_model(read_file(arguments[0]));
  const veleta_trees trees = to_abi(model.trees);
  const std::vector<float> values = floats_in(arguments[2]);
  const auto view = [&](const std::vector<float>& numbers) {
    return MatrixView{numbers.data(), numbers.size() / model.columns, model.columns, {}};
  };
  const MatrixView rows = view(values);
  const size_t outputs = model.trees.outputs;
  const auto prepared =
      plugins.create_explainer("tree_shap", params, {})
          ->prepare({model.columns, &trees, nullptr, view(files["background"]), {}, outputs, model.trees.link});
  std::fprintf(stderr, "%s: %s\n", model.made_by.c_str(), prepared->method().c_str());
  const bool of_losses = arguments[1] == "losses", of_pairs = arguments[1] == "interactions";
  std::vector<double> base_values(of_losses ? rows.rows : outputs);
  std::vector<double> found(rows.rows * model.columns * (of_losses ? 1 : outputs) * (of_pairs ? model.columns : 1));
  if (of_losses) {
    const std::vector<double> targets(files["targets"].begin(), files["targets"].end());
    prepared->explain_loss(rows, targets, {found, base_values, {}});
  } else if (of_pairs) {
    prepared->interact(rows, found, base_values);
  } else {
    prepared->explain(rows, {found, base_values, {}});
  }
  write(base_values);
  write(found);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "explain_model: %s\n", error.what());
    return 1;
  }
}
