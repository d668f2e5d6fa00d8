#include "programs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/files.hpp"
#include "base/ids.hpp"

extern char** environ;

namespace veleta::test {

Process::Process(const std::filesystem::path& program, std::vector<std::string> arguments, std::filesystem::path output,
                 std::vector<std::string> environment)
    : output_(std::move(output)) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (auto& variable : environment) envp.push_back(variable.data());
  for (char** variable = environ; *variable; ++variable) envp.push_back(*variable);
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int failure = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + program.string());
}

Process::~Process() {
  if (pid_ > 0 && is_running()) {
    kill(SIGKILL);
    wait();
  }
}

void Process::kill(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

bool Process::is_running() {
  if (pid_ == 0) return false;
  if (::waitpid(pid_, &status_, WNOHANG) == 0) return true;
  pid_ = 0;
  return false;
}

int Process::wait() {
  if (pid_ > 0) ::waitpid(pid_, &status_, 0);
  pid_ = 0;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

std::string Process::output() const { return read_file(output_); }

Folder::Folder() : path_(std::filesystem::temp_directory_path() / ("veleta-" + new_id())) {
  std::filesystem::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

DataApi::DataApi(const Folder& folder, const std::vector<std::string>& arguments)
    : process_(
          binary("veleta-data-api"),
          [&] {
            std::vector<std::string> all{"--port", "0"};
            all.insert(all.end(), arguments.begin(), arguments.end());
            return all;
          }(),
          folder / "data_api.log"),
      metrics_(folder / "data_api_metrics.txt") {
  static constexpr const char* kAnnouncement = "data api on ";
  for (int tries = 0; tries < 400; ++tries) {
    const std::string said = process_.output();
    const size_t at = said.find(kAnnouncement);
    if (at != std::string::npos && said.find('\n', at) != std::string::npos) {
      const size_t begin = at + std::string(kAnnouncement).size();
      url_ = said.substr(begin, said.find('\n', at) - begin);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  throw std::runtime_error("the data API stand-in did not start: " + process_.output());
}

void DataApi::misbehave(const std::string& kind, int times) const {
  const bool clear = kind == "none";
  const std::string count = times > 0 ? fmt::format("&times={}", times) : "";
  const std::string target = clear ? url_ + "/misbehave" : fmt::format("{}/misbehave?kind={}{}", url_, kind, count);
  Process curl("/usr/bin/curl", {"-sf", "-X", clear ? "DELETE" : "POST", target}, "/dev/null");
  if (curl.wait() != 0) throw std::runtime_error("the data API stand-in refused " + target);
}

int DataApi::given_batches() const {
  static constexpr std::string_view kCount = "\ndata_api_batches_total ";
  Process curl("/usr/bin/curl", {"-sf", url_ + "/metrics"}, metrics_);
  if (curl.wait() != 0) throw std::runtime_error("the data API stand-in shows no metrics at " + url_);
  const std::string text = curl.output();
  return std::stoi(text.substr(text.find(kCount) + kCount.size()));
}

json::object Outcome::last() const {
  std::istringstream lines(output);
  json::object found;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("{")) found = parse_json(line, "a line of output").as_object();
  return found;
}

const std::string Pipeline::kSmallLearner = R"(
[[learner]]
plugin = "xgboost"
rounds = 30
max_depth = 5
[[learner]]
plugin = "ridge"
)";

Pipeline::Pipeline(const Folder& folder, const std::string& source_url, const std::string& learners,
                   const std::string& more, const std::string& grounds)
    : folder_(folder.path()), config_(folder / "pipeline.toml") {
  write_file_atomically(config_, fmt::format(R"(
[pipeline]
name = "realty"
task = "regression"
target = "price"
transform = "log"
[source]
plugin = "http"
url = "{0}/data"
query = {{ group_number = 4, day = "Tuesday" }}
batch_id = "/batch_number"
end = {{ status = 400, message = "minima necesaria" }}
timeout_s = 20
retries = 3
backoff_s = 0.02
restart_url = "{0}/restart_data_generation"
[columns]
categorical = ["brokered_by", "status", "street", "city", "state", "zip_code"]
date = ["prev_sold_date"]
[validate]
min_rows = 500
max_missing_share = 0.2
[[drift]]
plugin = "ks"
[[drift]]
plugin = "chi_square"
columns = ["status", "state"]
[retrain]
when = [{4}]
[store]
uri = "sqlite:///{1}/realty.db"
[registry]
uri = "sqlite:///{1}/realty.db"
{2}
{3}
)",
                                             source_url, folder_.string(), learners, more, grounds));
}

std::vector<std::string> Pipeline::run_arguments(bool until_end) const {
  std::vector<std::string> arguments{"run", config_.string(), "--json"};
  if (until_end) arguments.push_back("--until-end");
  return arguments;
}

Outcome Pipeline::run(bool until_end) const { return veleta(run_arguments(until_end)); }

Outcome Pipeline::veleta(std::vector<std::string> arguments) const {
  Process process(binary("veleta"), std::move(arguments), folder_ / (new_id() + ".log"));
  Outcome outcome;
  outcome.status = process.wait();
  outcome.output = process.output();
  return outcome;
}

json::array Pipeline::history() const {
  return parse_json(veleta({"history", config_.string(), "--json"}).output, "the history").as_array();
}

std::string Pipeline::query(const std::string& sql) const {
  Process process("/usr/bin/sqlite3", {(folder_ / "realty.db").string(), sql}, folder_ / (new_id() + ".log"));
  process.wait();
  std::string output = process.output();
  if (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

std::filesystem::path binary(const std::string& name) {
  return std::filesystem::path(VELETA_BINARY_FOLDER) / "bin" / name;
}

std::vector<std::string> with_bad_plugins(std::vector<std::string> arguments) {
  const std::filesystem::path build = VELETA_BINARY_FOLDER;
  arguments.insert(arguments.begin(), {"--plugins", (build / "lib/veleta/plugins").string(), "--plugins",
                                       (build / "bad_plugins").string()});
  return arguments;
}

}  // namespace veleta::test
