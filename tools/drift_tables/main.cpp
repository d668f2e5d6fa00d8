// drift_tables null-rates [DETECTOR...] | streams: measures detectors on made data and prints the tables as Markdown.
#include <fmt/format.h>
#include <exception>
#include <string>
#include <vector>

#include "null_rates.hpp"
#include "streams.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool is_null_rates = !words.empty() && words[0] == "null-rates",
             is_streams = words == std::vector<std::string>{"streams"};
  if (!is_null_rates && !is_streams) {
    fmt::print(stderr, "usage: drift_tables null-rates [DETECTOR...]\n       drift_tables streams\n");
    return 2;
  }
  try {
    veleta::PluginHost plugins({VELETA_PLUGIN_FOLDER});
    if (is_streams)
      veleta::drift_tables::print_streams(plugins);
    else
      veleta::drift_tables::print_null_rates(plugins, {words.begin() + 1, words.end()});
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "drift_tables: {}\n", error.what());
    return 1;
  }
}
