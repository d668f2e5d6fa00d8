#include <fmt/format.h>
#include <cstring>
#include <set>

#include "base/files.hpp"
#include "base/text.hpp"
#include "rows.hpp"
#include "steps.hpp"
#include "training_files.hpp"

namespace veleta {

namespace {

constexpr size_t kGoldenRows = 64;
constexpr size_t kBackgroundRows = 200;

FeatureOptions feature_options(const PipelineConfig::Features& features, bool complete) {
  FeatureOptions options;
  options.max_one_hot_levels = static_cast<size_t>(features.max_one_hot_levels);
  options.min_level_rows = static_cast<size_t>(features.min_level_rows);
  options.smoothing = features.smoothing;
  options.folds = static_cast<size_t>(features.folds);
  options.complete = complete;
  return options;
}

/// Encodes the window for learners of one kind and leaves it in their input folder.
void write_input(RunContext& context, bool complete) {
  TrainingWindow& window = context.window();
  const TargetSpec spec = target_spec(context.config, window.table);
  const std::vector<double> train_target = spec.to_learner(pick(window.target, window.train));
  const std::vector<double> validation_target = spec.to_learner(pick(window.target, window.validation));

  std::vector<uint64_t> hashes;
  for (const size_t row : window.train) hashes.push_back(window.hashes[row]);
  Matrix train;
  const FeatureEncoder encoder = FeatureEncoder::fit(window.table.select(window.train), spec.column, train_target,
                                                     hashes, feature_options(context.config.features, complete), train);
  const auto encode = [&](const std::vector<size_t>& rows) { return encoder.encode(window.table.select(rows)); };

  const std::filesystem::path folder = TrainingFiles{context.folder()}.input(complete);
  const auto write = [&](const char* name, const std::string& bytes) { write_file_atomically(folder / name, bytes); };
  write(TrainingFiles::kTrain, serialize(train));
  write(TrainingFiles::kTrainTarget, to_bytes(train_target));
  write(TrainingFiles::kValidation, serialize(encode(window.validation)));
  write(TrainingFiles::kValidationTarget, to_bytes(validation_target));
  write(TrainingFiles::kGolden,
        serialize(encode(spread(window.holdout.empty() ? window.train : window.holdout, kGoldenRows))));
  write(TrainingFiles::kBackground, serialize(encode(spread(window.train, kBackgroundRows))));
  write(TrainingFiles::kFeatures, json::serialize(encoder.to_json()));
}

void require_enough_rows(const TrainingWindow& window) {
  if (window.train.empty() || window.holdout.empty())
    throw Error(ErrorCode::kBadData,
                fmt::format("{} rows with a target leave {} to train and {} to hold out; both are needed",
                            with_thousands(static_cast<double>(window.table.row_count())), window.train.size(),
                            window.holdout.size()));
}

}  // namespace

bool needs_complete(PluginHost& plugins, const std::string& learner) {
  return (plugins.describe(PluginKind::kLearner, learner).flags & VELETA_NEEDS_COMPLETE) != 0;
}

std::string to_bytes(const std::vector<double>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

std::vector<double> numbers_from_bytes(const std::string& bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(double));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(double));
  return numbers;
}

json::object prepare(RunContext& context) {
  context.report("prepare", -1, "reading the training window");
  const TrainingWindow& window = context.window();
  require_enough_rows(window);

  std::set<bool> kinds;
  for (const auto& learner : context.config.learners) kinds.insert(needs_complete(context.plugins, learner.name));
  for (const bool complete : kinds) {
    context.report("prepare", -1, complete ? "encoding features without missing values" : "encoding features");
    write_input(context, complete);
  }
  return {{"batches", to_json_array(window.batch_ids)},
          {"rows", window.table.row_count()},
          {"train_rows", window.train.size()},
          {"validation_rows", window.validation.size()},
          {"holdout_rows", window.holdout.size()}};
}

}  // namespace veleta
