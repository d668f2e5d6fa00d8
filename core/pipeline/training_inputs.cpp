#include "training_inputs.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace veleta {

namespace {

constexpr size_t kLongestTold_bytes = 120;

/// Of the rows' contents, their order and which of them are there.
std::string rows_digest(const TrainingWindow& window) {
  return sha256({reinterpret_cast<const char*>(window.hashes.data()), window.hashes.size() * sizeof(uint64_t)});
}

json::array payloads(RunContext& context) {
  json::array batches;
  for (const auto& id : context.window().batch_ids) {
    const auto batch = context.store.find_batch(context.config.pipeline.name, id);
    batches.push_back({{"id", id}, {"payload", batch ? json::value(batch->payload.digest) : json::value(nullptr)}});
  }
  return batches;
}

json::object plugin_inputs(RunContext& context, PluginKind kind, const PluginUse& use) {
  const PluginDescription& description = context.plugins.describe(kind, use.name);
  return {{"version", description.summary.version},
          {"library", description.library_digest},
          {"params", to_json(use.params)}};
}

json::object feature_inputs(const PipelineConfig& config) {
  return {{"max_one_hot_levels", config.features.max_one_hot_levels},
          {"min_level_rows", config.features.min_level_rows},
          {"smoothing", config.features.smoothing},
          {"folds", config.features.folds},
          {"holdout_share", config.train.holdout_share},
          {"validation_share", config.train.validation_share},
          {"max_rows", config.train.max_rows},
          {"target", config.pipeline.target},
          {"transform", config.pipeline.transform}};
}

std::string told(const json::value* value) {
  if (!value) return "nothing";
  return clipped(value->is_string() ? std::string(value->get_string()) : json::serialize(*value), kLongestTold_bytes);
}

/// What an input is called; parts of objects are named after them.
std::string named(const std::string& path, std::string_view key) {
  if (path.empty()) return std::string(key);
  return path == "learners" ? fmt::format("learner '{}'", key) : fmt::format("{}, {}", path, key);
}

/// The element of a list of batches that has this id; null: none.
const json::value* batch_of(const json::array& batches, const json::value& id) {
  for (const auto& batch : batches)
    if (batch.as_object().at("id") == id) return &batch.as_object().at("payload");
  return nullptr;
}

/// Numbers by value: a record that went through a file may have 10 for 10.0.
bool is_equal(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  if (a.is_array() && b.is_array())
    return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(), b.get_array().end(), is_equal);
  if (!a.is_object() || !b.is_object()) return a == b;
  const json::object &left = a.get_object(), &right = b.get_object();
  return left.size() == right.size() && std::all_of(left.begin(), left.end(), [&](const auto& field) {
           const json::value* other = right.if_contains(field.key());
           return other && is_equal(field.value(), *other);
         });
}

class Comparison {
 public:
  void compare(const std::string& path, const json::object& recorded, const json::object& found) {
    for (const auto& [key, value] : found) {
      const json::value* before = recorded.if_contains(key);
      const std::string name = named(path, key);
      if (before && before->is_object() && value.is_object())
        compare(name, before->get_object(), value.get_object());
      else if (before && key == "batches" && before->is_array() && value.is_array())
        compare_batches(before->get_array(), value.get_array());
      else if (!before || !is_equal(*before, value))
        tell(name, before, &value);
    }
  }

  std::vector<std::string> sentences;

 private:
  void compare_batches(const json::array& recorded, const json::array& found) {
    for (const auto& batch : recorded) {
      const json::value& id = batch.as_object().at("id");
      const json::value& payload = batch.as_object().at("payload");
      const json::value* now = batch_of(found, id);
      if (!now || *now != payload) tell(fmt::format("payload of batch {}", told(&id)), &payload, now);
    }
  }

  void tell(const std::string& name, const json::value* recorded, const json::value* found) {
    sentences.push_back(fmt::format("{}: recorded {}, found {}", name, told(recorded), told(found)));
  }
};

}  // namespace

json::object training_inputs(RunContext& context) {
  const PipelineConfig& config = context.config;
  json::object learners;
  for (const auto& learner : config.learners)
    learners[learner.name] = plugin_inputs(context, PluginKind::kLearner, learner);
  json::value explainer = nullptr;
  if (config.explain) explainer = plugin_inputs(context, PluginKind::kExplainer, *config.explain);
  return {{"rows", rows_digest(context.window())},
          {"batches", payloads(context)},
          {"seed", config.train.seed},
          {"threads", training_threads(config)},
          {"features", feature_inputs(config)},
          {"learners", std::move(learners)},
          {"explainer", std::move(explainer)},
          {"program", sha256_of_file(context.options.program)}};
}

unsigned training_threads(const PipelineConfig& config) {
  return config.train.threads > 0 ? static_cast<unsigned>(config.train.threads)
                                  : std::max(1u, std::thread::hardware_concurrency());
}

std::vector<std::string> differing_inputs(const json::object& recorded, const json::object& found) {
  Comparison comparison;
  comparison.compare("", recorded, found);
  return comparison.sentences;
}

}  // namespace veleta
