#include "pipeline/worker.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <mutex>

#include "base/files.hpp"
#include "base/json.hpp"
#include "training_files.hpp"

namespace veleta {

namespace {

/// The way to the host: what was standard output. Plugins and their libraries write to standard output as they like,
/// which is standard error from now on.
class Events {
 public:
  Events() : descriptor_(::dup(STDOUT_FILENO)) {
    ::fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }

  /// One event, as a JSON line. Thread-safe. A host that is gone hears nothing.
  void tell(const json::object& event) {
    const std::string line = json::serialize(event) + "\n";
    const std::lock_guard lock(mutex_);
    for (size_t written = 0; written < line.size();) {
      const ssize_t count = ::write(descriptor_, line.data() + written, line.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      written += static_cast<size_t>(count);
    }
  }

 private:
  const int descriptor_;
  std::mutex mutex_;  ///< keeps lines whole
};

PluginServices services(Events& events, const std::function<bool()>& is_cancelled) {
  PluginServices services;
  services.log = [&](int level, const std::string& message) { events.tell({{"log", message}, {"level", level}}); };
  services.progress = [&](double fraction, const std::string& what) {
    events.tell({{"progress", number_or_null(fraction)}, {"message", what}});
  };
  services.metric = [&](const std::string& name, double value, int64_t step) {
    events.tell({{"metric", name}, {"value", number_or_null(value)}, {"step", step}});
  };
  services.is_cancelled = is_cancelled;
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

void do_job(const std::filesystem::path& folder, PluginHost& plugins, Events& events,
            const std::function<bool()>& is_cancelled) {
  const json::value job_value = read_json_file(folder / TrainingFiles::kJob);
  const json::object& job = job_value.as_object();
  const auto began = std::chrono::steady_clock::now();
  const auto learner = plugins.create_learner(text_or_empty(job, "learner"), params_from_json(job.at("params")),
                                              services(events, is_cancelled));
  Input input{std::filesystem::path(text_or_empty(job, "input"))};

  const std::string model = learner->train(training(input, job))->save();
  // What will serve is the saved model: the golden predictions are the loaded one's.
  std::vector<double> predictions(input.golden.rows);
  learner->load(model)->predict(input.golden.view(), predictions);

  write_file_atomically(folder / TrainingFiles::kModel, model);
  write_file_atomically(folder / TrainingFiles::kGoldenPredictions, to_bytes(predictions));
  events.tell({{"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()}});
}

}  // namespace

int run_worker(const std::filesystem::path& folder, PluginHost& plugins, int host_process,
               const std::function<bool()>& is_cancelled) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != host_process) return 1;  // the host died before this process could be tied to it
  Events events;
  try {
    do_job(folder, plugins, events, is_cancelled);
    return 0;
  } catch (const Error& error) {
    events.tell({{"error", error.what()}, {"code", static_cast<int>(error.code())}});
  } catch (const std::exception& error) {
    events.tell({{"error", error.what()}, {"code", static_cast<int>(ErrorCode::kInternal)}});
  }
  return 1;
}

}  // namespace veleta
