#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace veleta {

/// One line: what is wrong with the program's arguments, the nearest valid name, where more is told. `app` is the
/// program's, after it parsed them.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error);

}  // namespace veleta
