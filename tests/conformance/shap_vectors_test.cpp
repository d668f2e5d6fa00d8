#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "choice.hpp"
#include "decision_paths.hpp"
#include "forest.hpp"
#include "interventional.hpp"
#include "veleta/training.hpp"

// Explains the rows of shap.json, which says of each tree where it comes from.

namespace veleta {
namespace {

template <typename Number>
std::vector<Number> numbers(const json::value& list) {
  std::vector<Number> result;
  for (const auto& item : list.as_array())
    result.push_back(item.is_null() ? std::numeric_limits<Number>::quiet_NaN()
                                    : static_cast<Number>(item.to_number<double>()));
  return result;
}

template <typename Number>
void append(std::vector<Number>& to, const json::value& list, double shift = 0) {
  for (const double number : numbers<double>(list)) to.push_back(static_cast<Number>(number + shift));
}

TreeEnsemble ensemble_of(const json::value& trees) {
  TreeEnsemble result;
  for (const auto& tree : trees.as_array()) {
    const auto root = static_cast<uint32_t>(result.feature.size());
    result.roots.push_back(root);
    append(result.feature, tree.at("feature"));
    append(result.threshold, tree.at("threshold"));
    append(result.left, tree.at("left"), root);
    append(result.right, tree.at("right"), root);
    append(result.default_left, tree.at("default_left"));
    append(result.value, tree.at("value"));
    append(result.cover, tree.at("cover"));
  }
  return result;
}

/// One entry of the file.
struct Vector {
  explicit Vector(const json::value& entry)
      : entry(entry), name(entry.at("name").as_string()), trees(ensemble_of(entry.at("trees"))) {
    for (const auto& row : entry.at("rows").as_array()) rows.push_back(numbers<float>(row));
  }

  void expect(const std::string& field, size_t row, const std::vector<double>& found) const {
    const auto expected = numbers<double>(entry.at(field).at(row));
    ASSERT_EQ(found.size(), expected.size()) << name;
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], entry.at("tolerance").to_number<double>())
          << name << ", " << field << " of row " << row << ", number " << i;
  }
  size_t count(const std::string& field) const {
    const auto* list = entry.as_object().if_contains(field);
    return list ? list->as_array().size() : 0;
  }
  MatrixView row(size_t index) const { return {rows[index].data(), 1, rows[index].size(), {}}; }

  const json::value& entry;
  std::string name;
  TreeEnsemble trees;
  std::vector<std::vector<float>> rows;
};

void explain_by_tree_shap(const Vector& vector, const std::string& method) {
  const size_t columns = vector.rows[0].size();
  const veleta_trees view = to_abi(vector.trees);
  const tree_shap::Forest forest(view, columns);
  const auto kernel = tree_shap::choose_kernel(forest, {method, "path_dependent", size_t{64} << 20});
  EXPECT_NEAR(kernel->expected()[0], vector.entry.at("base_value").to_number<double>(), 1e-12) << vector.name;
  for (size_t row = 0; row < vector.count("values"); ++row) {
    std::vector<double> values(columns, 0);
    kernel->explain(vector.row(row), values);
    vector.expect("values", row, values);
  }
  for (size_t row = 0; row < vector.count("interactions"); ++row) {
    std::vector<double> values(columns * columns, 0);
    kernel->interact(vector.row(row), values);
    vector.expect("interactions", row, values);
  }
}

void explain_by_saabas(const Vector& vector) {
  const size_t columns = vector.rows[0].size();
  const saabas::DecisionPaths paths(to_abi(vector.trees));
  EXPECT_NEAR(paths.base_values()[0], vector.entry.at("base_value").to_number<double>(), 1e-12) << vector.name;
  for (size_t row = 0; row < vector.count("saabas"); ++row) {
    std::vector<double> values(columns, 0);
    paths.explain(vector.rows[row].data(), columns, values);
    vector.expect("saabas", row, values);
  }
}

void explain_beside_background(const Vector& vector, tree_shap::Method method) {
  const size_t columns = vector.rows[0].size();
  std::vector<float> background;
  for (const auto& row : vector.entry.at("background").as_array()) append(background, row);
  const veleta_trees view = to_abi(vector.trees);
  Explainable model;
  model.columns = columns;
  model.trees = &view;
  model.background = {background.data(), background.size() / columns, columns, {}};
  const auto prepared = tree_shap::prepare_interventional(model, {tree_shap::Output::kMargin, method});
  for (size_t row = 0; row < vector.count("interventional"); ++row) {
    std::vector<double> values(columns), base_values(1);
    prepared->explain(vector.row(row), {values, base_values, {}});
    vector.expect("interventional", row, values);
    EXPECT_NEAR(base_values[0], vector.entry.at("interventional_base_value").to_number<double>(), 1e-12) << vector.name;
  }
}

TEST(ShapVectors, AreMet) {
  const json::value file = read_json_file(std::string(VELETA_SOURCE_FOLDER) + "/tests/conformance/shap.json");
  size_t checked = 0;
  for (const auto& entry : file.at("vectors").as_array()) {
    const Vector vector(entry);
    for (const char* method : {"auto", "quadrature", "compact"}) explain_by_tree_shap(vector, method);
    explain_by_saabas(vector);
    if (vector.count("interventional") > 0)
      for (const auto method : {tree_shap::Method::kTables, tree_shap::Method::kRows, tree_shap::Method::kPairwise})
        explain_beside_background(vector, method);
    checked +=
        vector.count("values") + vector.count("interactions") + vector.count("saabas") + vector.count("interventional");
  }
  EXPECT_GE(checked, 28u);
}

}  // namespace
}  // namespace veleta
