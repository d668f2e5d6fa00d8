#pragma once

#include <map>
#include <string>
#include <vector>

namespace veleta {

/// A text with its environment variables put in.
struct Expansion {
  std::string text;
  std::vector<std::string> problems;  ///< what could not be put in; names variables, never their values
};

/// "${NAME}" stands for one of `parameters`, else for the variable, which must be set; "${NAME:-fallback}" for the
/// fallback where it is unset or empty; "$${" for "${".
Expansion expand_environment(const std::string& text, const std::map<std::string, std::string>& parameters = {});

}  // namespace veleta
