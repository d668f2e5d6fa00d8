// drift_tables COMMAND [DETECTOR...]: measures detectors on made data and prints the tables as Markdown.
#include <fmt/format.h>
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "null_rates.hpp"
#include "streams.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const bool is_null_rates = !words.empty() && words[0] == "null-rates",
             is_streams = !words.empty() && words[0] == "streams";
  if (!is_null_rates && !is_streams) {
    fmt::print(stderr, "usage: drift_tables null-rates|streams [DETECTOR...]\n");
    return 2;
  }
  try {
    veleta::PluginHost plugins({VELETA_PLUGIN_FOLDER});
    const std::vector<std::string> detectors(words.begin() + 1, words.end());
    if (is_streams)
      veleta::drift_tables::print_streams(plugins, detectors);
    else
      veleta::drift_tables::print_null_rates(plugins, detectors);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "drift_tables: {}\n", error.what());
    return 1;
  }
}
