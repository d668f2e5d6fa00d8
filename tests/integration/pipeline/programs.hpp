#pragma once

#include <sys/types.h>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace veleta::test {

/// A program running beside the test, its output in a file; killed when it goes.
class Process {
 public:
  Process(const std::filesystem::path& program, std::vector<std::string> arguments, std::filesystem::path output,
          std::vector<std::string> environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void kill(int signal) const;
  bool is_running();
  pid_t pid() const { return pid_; }
  /// Waits for the end: the exit status, or 128 + the signal.
  int wait();
  std::string output() const;

 private:
  pid_t pid_ = 0;
  int status_ = 0;
  std::filesystem::path output_;
};

/// A fresh folder, removed when it goes.
class Folder {
 public:
  Folder();
  ~Folder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// The data API's stand-in on a free port.
class DataApi {
 public:
  explicit DataApi(const Folder& folder, const std::vector<std::string>& arguments = {"--scale", "0.02"});
  const std::string& url() const { return url_; }
  /// Makes it misbehave: "500", "truncated", … so many times (0: for ever); "none" ends it.
  void misbehave(const std::string& kind, int times = 0) const;
  /// How many batches it has given out, whether or not they arrived.
  int given_batches() const;
  void stop() { process_.kill(9); }

 private:
  Process process_;
  std::filesystem::path metrics_;
  std::string url_;
};

/// What a command printed and how it ended.
struct Outcome {
  int status = 0;
  std::string output;
  /// The last line that is JSON.
  json::object last() const;
};

/// A pipeline in a folder of its own: its file, its store, and the veleta program to work on it.
class Pipeline {
 public:
  /// `sections` is appended to the realty pipeline's file for small batches.
  Pipeline(const Folder& folder, const std::string& source_url, const std::string& learners = kSmallLearner,
           const std::string& more = "", const std::string& grounds = R"("drift", "performance", "new_categories")");

  static const std::string kSmallLearner;

  std::vector<std::string> run_arguments(bool until_end) const;
  Outcome run(bool until_end = false) const;
  Outcome veleta(std::vector<std::string> arguments) const;
  /// The decisions so far, oldest first.
  json::array history() const;
  /// Rows of a query on the store, cells with '|' between, as sqlite3 prints them.
  std::string query(const std::string& sql) const;
  const std::filesystem::path& config() const { return config_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path config_;
};

std::filesystem::path binary(const std::string& name);

/// veleta's arguments, with the plugins that misbehave beside the others.
std::vector<std::string> with_bad_plugins(std::vector<std::string> arguments);

}  // namespace veleta::test
