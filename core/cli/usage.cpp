#include "usage.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/text.hpp"

namespace veleta {

namespace {

/// The commands as given, from the program to the innermost.
std::vector<const CLI::App*> given_commands(const CLI::App& app) {
  std::vector<const CLI::App*> given{&app};
  while (!given.back()->get_subcommands().empty()) given.push_back(given.back()->get_subcommands().front());
  return given;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> options_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands)
    for (const CLI::Option* option : command->get_options())
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string problem(const std::vector<const CLI::App*>& given, const std::vector<std::string>& unknown,
                    const CLI::ParseError& error) {
  const auto commands = commands_of(*given.back());
  if (unknown.empty() && commands.empty()) return error.what();
  if (unknown.empty()) return "expected a command: " + join(commands, ", ");
  const std::string& word = unknown.front();
  if (word.starts_with('-'))
    return fmt::format("there is no option '{}'.{}", word, did_you_mean(word, options_of(given)));
  if (commands.empty()) return fmt::format("'{}' is one argument too many", word);
  const std::string near = did_you_mean(word, commands);
  return fmt::format("there is no command '{}'.{}", word,
                     near.empty() ? " Expected one of: " + join(commands, ", ") : near);
}

}  // namespace

std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  const auto given = given_commands(app);
  std::string name;
  for (const CLI::App* command : given) name += (name.empty() ? "" : " ") + command->get_name();
  const std::string told = problem(given, app.remaining(true), error);
  return fmt::format("{}: {}{} `{} --help` tells more.", name, told, told.ends_with('?') ? "" : ".", name);
}

}  // namespace veleta
