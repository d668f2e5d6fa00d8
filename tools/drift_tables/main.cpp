// drift_tables COMMAND [DETECTOR...]: measures detectors on made data and prints the tables as Markdown.
#include <fmt/format.h>
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "null_rates.hpp"
#include "streams.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const std::string command = arguments.empty() ? "" : arguments.front();
  const bool is_streams = command == "streams";
  if (!is_streams && !(command == "null-rates" && arguments.size() == 1)) {
    fmt::print(stderr, "usage: drift_tables null-rates\n       drift_tables streams [DETECTOR...]\n");
    return 2;
  }
  try {
    veleta::PluginHost plugins({VELETA_PLUGIN_FOLDER});
    if (is_streams)
      veleta::drift_tables::print_streams(plugins, {arguments.begin() + 1, arguments.end()});
    else
      veleta::drift_tables::print_null_rates(plugins);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "drift_tables: {}\n", error.what());
    return 1;
  }
}
