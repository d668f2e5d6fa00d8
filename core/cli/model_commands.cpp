#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "terminal.hpp"
#include "trees/read.hpp"
#include "trees/summary.hpp"

namespace veleta {

namespace {

const char* name_of(Link link) {
  switch (link) {
    case Link::kLogistic: return "logistic";
    case Link::kExponential: return "exponential";
    case Link::kSoftmax: return "softmax";
    case Link::kHinge: return "hinge";
    default: return "identity";
  }
}

std::vector<double> base_margins(const TreeEnsemble& trees) {
  return trees.base_margins.empty() ? std::vector<double>(trees.outputs, trees.base_margin) : trees.base_margins;
}

std::string name_of(const TreeModel& model, size_t column) {
  return column < model.feature_names.size() ? model.feature_names[column] : fmt::format("column {}", column);
}

std::string type_of(const TreeModel& model, size_t column) {
  return column < model.feature_types.size() ? model.feature_types[column] : "";
}

json::array features_json(const TreeModel& model, const TreeSummary& summary) {
  json::array features;
  for (const auto& feature : summary.features)
    features.push_back(json::object{{"column", feature.column},
                                    {"name", name_of(model, feature.column)},
                                    {"type", type_of(model, feature.column)},
                                    {"splits", feature.splits},
                                    {"category_splits", feature.category_splits},
                                    {"gain", number_or_null(feature.gain)}});
  return features;
}

json::object to_json(const TreeModel& model, const TreeSummary& summary) {
  json::array margins, missing, notes;
  for (double margin : base_margins(model.trees)) margins.push_back(margin);
  for (float value : model.trees.missing) missing.push_back(number_or_null(value));
  for (const auto& note : model.notes) notes.emplace_back(note);
  return {{"format", model.format},
          {"made_by", model.made_by},
          {"booster", model.booster},
          {"objective", model.objective},
          {"link", name_of(model.trees.link)},
          {"outputs", model.trees.outputs},
          {"base_margins", std::move(margins)},
          {"trees", summary.trees},
          {"nodes", summary.nodes},
          {"leaves", summary.leaves},
          {"depth", {{"max", summary.deepest}, {"mean", summary.mean_depth}}},
          {"columns", model.columns},
          {"category_splits", summary.category_splits},
          {"greatest_category", summary.greatest_category},
          {"missing_goes_left", summary.missing_left},
          {"stands_for_missing", std::move(missing)},
          {"has_covers", model.has_covers},
          {"single_precision", model.trees.single_precision},
          {"memory_bytes", summary.memory_bytes},
          {"notes", std::move(notes)},
          {"features", features_json(model, summary)}};
}

std::string thousands(size_t count) { return with_thousands(static_cast<double>(count)); }

/// The first of many numbers, one an output.
std::string few(const std::vector<double>& numbers) {
  constexpr size_t kShown = 8;
  std::string text;
  for (size_t i = 0; i < std::min(numbers.size(), kShown); ++i)
    text += fmt::format("{}{:.6g}", i == 0 ? "" : ", ", numbers[i]);
  return text + (numbers.size() > kShown ? ", …" : "");
}

std::string categories_text(const TreeSummary& summary) {
  if (summary.category_splits == 0) return "no split on categories";
  return fmt::format("{} splits on sets of categories, up to {}", thousands(summary.category_splits),
                     thousands(summary.greatest_category));
}

std::string missing_text(const TreeSummary& summary) {
  const size_t splits = summary.nodes - summary.leaves;
  const std::string also = summary.columns_with_missing == 0 ? ""
                                                             : fmt::format("; a number stands for it too in {} columns",
                                                                           summary.columns_with_missing);
  return fmt::format("goes left at {} of {} splits{}", thousands(summary.missing_left), thousands(splits), also);
}

void print(const TreeModel& model, const TreeSummary& summary) {
  const auto line = [](const char* what, const std::string& value) { fmt::print("{:<12} {}\n", what, value); };
  line("format", model.format + (model.made_by.empty() ? "" : ", by " + model.made_by));
  line("booster", model.booster);
  line("objective",
       fmt::format("{}; link {}", model.objective.empty() ? "not told" : model.objective, name_of(model.trees.link)));
  line("outputs", fmt::format("{}; base margin {}", model.trees.outputs, few(base_margins(model.trees))));
  line("trees",
       fmt::format("{}: {} nodes, {} of them leaves; depth {} at most, {:.1f} on average", thousands(summary.trees),
                   thousands(summary.nodes), thousands(summary.leaves), summary.deepest, summary.mean_depth));
  line("columns", fmt::format("{}, {} of them split on", model.columns, summary.features.size()));
  line("categories", categories_text(summary));
  line("missing", missing_text(summary));
  line("covers", model.has_covers ? "told" : "not told");
  line("sums", model.trees.single_precision ? "32-bit, in the order of the trees" : "64-bit");
  line("memory", thousands(summary.memory_bytes) + " bytes");
  for (const auto& note : model.notes) line("note", note);
  if (summary.features.empty()) return;
  TextTable table({"COLUMN", "TYPE", "SPLITS", "GAIN", "FEATURE"});
  for (const auto& feature : summary.features)
    table.add({std::to_string(feature.column), type_of(model, feature.column), thousands(feature.splits),
               std::isnan(feature.gain) ? "" : fmt::format("{:.6g}", feature.gain), name_of(model, feature.column)});
  fmt::print("\n{}", table.text(terminal_width()));
}

void inspect(const std::string& file, bool as_json) {
  const std::string bytes = read_file(file);
  const TreeModel model = [&] {
    try {
      return read_tree_model(bytes);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("{}: {}", file, error.what()));
    }
  }();
  const TreeSummary summary = summarize(model);
  if (as_json)
    fmt::print("{}", pretty_json(to_json(model, summary)));
  else
    print(model, summary);
}

}  // namespace

void add_model_commands(CLI::App& app) {
  CLI::App* model = app.add_subcommand("model", "Look into model files of tree ensembles")->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = model->add_subcommand("inspect", "What is in a model file: " + known_tree_formats());
  command->add_option("FILE", *file, "The model's file")->required();
  command->add_flag("--json", *as_json, "Print JSON");
  command->callback([file, as_json] { inspect(*file, *as_json); });
}

}  // namespace veleta
