#include <fmt/format.h>
#include <cstring>
#include <functional>
#include <future>
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

/// The parts of the window that learners are given, before they are encoded.
struct InputRows {
  InputRows(const TrainingWindow& window, const TargetSpec& spec)
      : target_column(spec.column),
        train(window.table.select(window.train)),
        train_target(spec.to_learner(pick(window.target, window.train))),
        validation(window.table.select(window.validation)),
        validation_target(spec.to_learner(pick(window.target, window.validation))),
        golden(window.table.select(spread(window.holdout.empty() ? window.train : window.holdout, kGoldenRows))),
        background(window.table.select(spread(window.train, kBackgroundRows))) {
    train_hashes.reserve(window.train.size());
    for (const size_t row : window.train) train_hashes.push_back(window.hashes[row]);
  }

  std::string target_column;
  Table train;
  std::vector<double> train_target;
  std::vector<uint64_t> train_hashes;
  Table validation;
  std::vector<double> validation_target;
  Table golden, background;
};

/// Encodes the rows for learners of one kind and leaves them in their input folder.
void write_input(const InputRows& rows, const FeatureOptions& options, const std::filesystem::path& folder) {
  const auto write = [&](const char* name, const std::string& bytes) { write_file_atomically(folder / name, bytes); };
  Matrix train;
  const FeatureEncoder encoder =
      FeatureEncoder::fit(rows.train, rows.target_column, rows.train_target, rows.train_hashes, options, train);
  write(TrainingFiles::kTrain, serialize(train));
  write(TrainingFiles::kTrainTarget, to_bytes(rows.train_target));
  write(TrainingFiles::kValidation, serialize(encoder.encode(rows.validation)));
  write(TrainingFiles::kValidationTarget, to_bytes(rows.validation_target));
  write(TrainingFiles::kGolden, serialize(encoder.encode(rows.golden)));
  write(TrainingFiles::kBackground, serialize(encoder.encode(rows.background)));
  write(TrainingFiles::kFeatures, json::serialize(encoder.to_json()));
}

/// Writes the inputs of all kinds that the learners need, side by side.
void write_inputs(RunContext& context) {
  std::set<bool> kinds;
  for (const auto& learner : context.config.learners) kinds.insert(needs_complete(context.plugins, learner.name));
  const TrainingWindow& window = context.window();
  const InputRows rows(window, target_spec(context.config, window.table));
  std::vector<std::future<void>> written;
  for (const bool complete : kinds)
    written.push_back(std::async(std::launch::async, write_input, std::cref(rows),
                                 feature_options(context.config.features, complete),
                                 TrainingFiles{context.folder()}.input(complete)));
  for (auto& input : written) input.get();
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

  context.report("prepare", -1, "encoding features");
  write_inputs(context);
  return {{"batches", to_json_array(window.batch_ids)},
          {"rows", window.table.row_count()},
          {"train_rows", window.train.size()},
          {"validation_rows", window.validation.size()},
          {"holdout_rows", window.holdout.size()}};
}

}  // namespace veleta
