#include <fmt/format.h>
#include <unistd.h>
#include <cstring>
#include <optional>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "steps.hpp"
#include "training_files.hpp"
#include "training_inputs.hpp"
#include "worker_process.hpp"

namespace veleta {

namespace {

/// Trains one learner in a worker process and gathers what it tells.
class WorkerTraining {
 public:
  WorkerTraining(RunContext& context, const PluginUse& learner)
      : context_(context), learner_(learner), folder_(TrainingFiles{context.folder()}.learner(learner.name)) {}

  /// The learner's result; the one at hand, if an earlier attempt of this run finished the same job.
  json::object run() {
    const auto job_file = folder_ / TrainingFiles::kJob, result_file = folder_ / TrainingFiles::kResult;
    const std::string job_text = json::serialize(job());
    if (std::filesystem::exists(result_file) && read_file(job_file) == job_text)
      return read_json_file(result_file).as_object();
    std::filesystem::remove_all(folder_);
    write_file_atomically(job_file, job_text);
    std::vector<std::string> arguments{"worker", folder_.string(), "--host", std::to_string(::getpid())};
    for (const auto& plugin_folder : context_.plugins.folders())
      arguments.insert(arguments.end(), {"--plugins", plugin_folder.string()});
    const ChildExit exit = run_child(context_.options.program, arguments, context_.config.train.timeout_s,
                                     context_.options.is_cancelled, [this](const std::string& line) { hear(line); });
    require_success(exit);
    json::object result{{"seconds", *seconds_}, {"peak_bytes", exit.peak_bytes}, {"metrics", metrics_}};
    write_file_atomically(result_file, json::serialize(result));
    return result;
  }

 private:
  json::object job() const {
    const bool complete = needs_complete(context_.plugins, learner_.name);
    return {{"learner", learner_.name},
            {"version", context_.plugins.describe(PluginKind::kLearner, learner_.name).summary.version},
            {"params", to_json(learner_.params)},
            {"task", context_.config.pipeline.task == "regression" ? "regression" : "binary"},
            {"seed", context_.config.train.seed},
            {"threads", training_threads(context_.config)},
            {"input", TrainingFiles{context_.folder()}.input(complete).string()}};
  }

  /// One event of the worker.
  void hear(const std::string& line) {
    json::error_code code;
    const json::value parsed = json::parse(line, code);
    if (code || !parsed.is_object()) return;
    const json::object& event = parsed.as_object();
    if (event.contains("progress"))
      context_.report("train", number_or_nan(event, "progress"),
                      learner_.name + ": " + text_or_empty(event, "message"));
    if (event.contains("metric"))
      metrics_.push_back({{"key", text_or_empty(event, "metric")},
                          {"value", event.at("value")},
                          {"step", event.at("step")},
                          {"time_ms", now_ms()}});
    if (event.contains("log"))
      log(static_cast<LogLevel>(event.at("level").to_number<int>()),
          learner_.name + ": " + text_or_empty(event, "log"));
    if (event.contains("seconds")) seconds_ = number_or_nan(event, "seconds");
    if (event.contains("error")) {
      error_ = text_or_empty(event, "error");
      error_code_ = static_cast<ErrorCode>(event.at("code").to_number<int>());
    }
  }

  void require_success(const ChildExit& exit) const {
    const std::string who = fmt::format("learner '{}'", learner_.name);
    if (exit.cancelled) throw Error(ErrorCode::kCancelled, "the run was cancelled while " + who + " trained");
    if (exit.timed_out)
      throw Error(ErrorCode::kPlugin, fmt::format("{} did not finish within {:g} s (train.timeout_s) and was stopped",
                                                  who, context_.config.train.timeout_s));
    if (!error_.empty()) throw Error(error_code_, error_);
    if (exit.signal != 0)
      throw Error(ErrorCode::kPlugin, fmt::format("{} crashed while training: signal {} ({}){}", who, exit.signal,
                                                  ::strsignal(exit.signal), words(exit)));
    if (exit.status != 0)
      throw Error(ErrorCode::kPlugin,
                  fmt::format("{} ended its process with status {} while training{}", who, exit.status, words(exit)));
    if (!seconds_)
      throw Error(ErrorCode::kPlugin, fmt::format("{} ended its process before it had trained{}", who, words(exit)));
  }

  static std::string words(const ChildExit& exit) {
    const size_t end = exit.last_words.find_last_not_of(" \n\r\t");
    return end == std::string::npos ? "" : "; its last words: " + exit.last_words.substr(0, end + 1);
  }

  RunContext& context_;
  const PluginUse& learner_;
  const std::filesystem::path folder_;
  json::array metrics_;
  std::optional<double> seconds_;  ///< the last that a worker tells
  std::string error_;
  ErrorCode error_code_ = ErrorCode::kInternal;
};

}  // namespace

bool training_files_are_there(RunContext& context) {
  const TrainingFiles files{context.folder()};
  for (const auto& learner : context.config.learners) {
    const auto input = files.input(needs_complete(context.plugins, learner.name));
    if (!std::filesystem::exists(input / TrainingFiles::kFeatures)) return false;
    if (context.outputs.contains("train") &&
        !std::filesystem::exists(files.learner(learner.name) / TrainingFiles::kResult))
      return false;
  }
  return true;
}

json::object train(RunContext& context) {
  json::object learners;
  for (const auto& learner : context.config.learners) {
    context.check_cancelled();
    context.report("train", 0, learner.name);
    learners[learner.name] = WorkerTraining(context, learner).run();
  }
  return {{"learners", std::move(learners)}, {"inputs", training_inputs(context)}};
}

}  // namespace veleta
