#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace veleta {

/// How a child process ended.
struct ChildExit {
  int status = 0;          ///< its exit status, where it ended by itself
  int signal = 0;          ///< the signal that ended it; 0: none
  bool timed_out = false;  ///< it was stopped for taking too long
  bool cancelled = false;  ///< it was stopped because is_cancelled said so
  std::string last_words;  ///< the end of what it wrote to standard error
  double peak_bytes = 0;   ///< of resident memory
};

/// Runs a program to its end, handing each line of its standard output, of up to 1 MiB, to `on_line`. Stops it
/// (SIGKILL) after `timeout_s`, or within 0.2 s of is_cancelled becoming true. Throws kInternal where the program
/// cannot be started.
ChildExit run_child(const std::filesystem::path& program, const std::vector<std::string>& arguments, double timeout_s,
                    const std::function<bool()>& is_cancelled, const std::function<void(const std::string&)>& on_line);

}  // namespace veleta
