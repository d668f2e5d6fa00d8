// drift_tables COMMAND: measures detectors on made data and prints the tables as Markdown.
#include <fmt/format.h>
#include <exception>
#include <functional>
#include <map>
#include <string>

#include "null_rates.hpp"
#include "streams.hpp"

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(veleta::PluginHost&)>> commands{
      {"null-rates", veleta::drift_tables::print_null_rates},
      {"streams", veleta::drift_tables::print_streams},
  };
  const auto command = commands.find(argc == 2 ? argv[1] : "");
  if (command == commands.end()) {
    fmt::print(stderr, "usage: drift_tables COMMAND\n\n");
    for (const auto& [name, run] : commands) fmt::print(stderr, "  {}\n", name);
    return 2;
  }
  try {
    veleta::PluginHost plugins({VELETA_PLUGIN_FOLDER});
    command->second(plugins);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "drift_tables: {}\n", error.what());
    return 1;
  }
}
