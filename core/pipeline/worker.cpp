#include "pipeline/worker.hpp"

#include <sys/prctl.h>
#include <chrono>
#include <csignal>
#include <iostream>
#include <mutex>

#include "base/files.hpp"
#include "base/json.hpp"
#include "training_files.hpp"

namespace veleta {

namespace {

/// One event for the host, as a JSON line. Thread-safe.
void tell(const json::object& event) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cout << json::serialize(event) << '\n' << std::flush;
}

PluginServices services() {
  PluginServices services;
  services.log = [](int level, const std::string& message) { tell({{"log", message}, {"level", level}}); };
  services.progress = [](double fraction, const std::string& what) {
    tell({{"progress", fraction}, {"message", what}});
  };
  services.metric = [](const std::string& name, double value, int64_t step) {
    tell({{"metric", name}, {"value", number_or_null(value)}, {"step", step}});
  };
  return services;
}

/// The matrices and targets of an input folder.
struct Input {
  explicit Input(const std::filesystem::path& folder)
      : train(parse_matrix(read_file(folder / TrainingFiles::kTrain))),
        train_target(numbers_from_bytes(read_file(folder / TrainingFiles::kTrainTarget))),
        validation(parse_matrix(read_file(folder / TrainingFiles::kValidation))),
        validation_target(numbers_from_bytes(read_file(folder / TrainingFiles::kValidationTarget))),
        golden(parse_matrix(read_file(folder / TrainingFiles::kGolden))) {}

  Matrix train;
  std::vector<double> train_target;
  Matrix validation;
  std::vector<double> validation_target;
  Matrix golden;
};

Training training(Input& input, const json::object& job) {
  Training training;
  training.task = job.at("task").as_string() == "binary" ? Task::kBinary : Task::kRegression;
  training.threads = job.at("threads").to_number<unsigned>();
  training.seed = job.at("seed").to_number<uint64_t>();
  training.train = input.train.view();
  training.train_target = input.train_target;
  training.validation = input.validation.view();
  training.validation_target = input.validation_target;
  return training;
}

void do_job(const std::filesystem::path& folder, PluginHost& plugins) {
  const json::value job_value = read_json_file(folder / TrainingFiles::kJob);
  const json::object& job = job_value.as_object();
  const auto began = std::chrono::steady_clock::now();
  const auto learner =
      plugins.create_learner(text_or_empty(job, "learner"), params_from_json(job.at("params")), services());
  Input input{std::filesystem::path(text_or_empty(job, "input"))};

  const std::string model = learner->train(training(input, job))->save();
  // What will serve is the saved model: the golden predictions are the loaded one's.
  std::vector<double> predictions(input.golden.rows);
  learner->load(model)->predict(input.golden.view(), predictions);

  write_file_atomically(folder / TrainingFiles::kModel, model);
  write_file_atomically(folder / TrainingFiles::kGoldenPredictions, to_bytes(predictions));
  tell({{"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()}});
}

}  // namespace

int run_worker(const std::filesystem::path& folder, PluginHost& plugins) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    do_job(folder, plugins);
    return 0;
  } catch (const Error& error) {
    tell({{"error", error.what()}, {"code", static_cast<int>(error.code())}});
  } catch (const std::exception& error) {
    tell({{"error", error.what()}, {"code", static_cast<int>(ErrorCode::kInternal)}});
  }
  return 1;
}

}  // namespace veleta
