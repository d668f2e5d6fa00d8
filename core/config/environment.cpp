#include "environment.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace veleta {

namespace {

bool is_variable_name(const std::string& name) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), fits);
}

/// Adds what stands for "${inside}".
void put_in(const std::string& inside, const std::map<std::string, std::string>& parameters, Expansion& expansion) {
  const size_t separator = inside.find(":-");
  const std::string name = inside.substr(0, separator);
  const bool has_fallback = separator != std::string::npos;
  const std::string fallback = has_fallback ? inside.substr(separator + 2) : "";
  if (!is_variable_name(name) || fallback.find("${") != std::string::npos) {
    expansion.problems.push_back(
        fmt::format("expected ${{NAME}} or ${{NAME:-fallback}}, found ${{{}}}; $${{ stands for ${{", inside));
    return;
  }
  const auto parameter = parameters.find(name);
  const char* value = parameter == parameters.end() ? std::getenv(name.c_str()) : parameter->second.c_str();
  if (value && (*value || !has_fallback))
    expansion.text += value;
  else if (has_fallback)
    expansion.text += fallback;
  else
    expansion.problems.push_back(fmt::format("expected the environment variable {}, found it unset", name));
}

}  // namespace

Expansion expand_environment(const std::string& text, const std::map<std::string, std::string>& parameters) {
  Expansion expansion;
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, 3, "$${") == 0) {
      expansion.text += "${";
      i += 3;
    } else if (text.compare(i, 2, "${") == 0) {
      const size_t end = text.find('}', i);
      if (end == std::string::npos) {
        expansion.problems.push_back("expected } after ${, found none; $${ stands for ${");
        return expansion;
      }
      put_in(text.substr(i + 2, end - i - 2), parameters, expansion);
      i = end + 1;
    } else {
      expansion.text += text[i++];
    }
  }
  return expansion;
}

}  // namespace veleta
