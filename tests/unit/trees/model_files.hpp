#pragma once

#include <gtest/gtest.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// Model files of the libraries as others install them today; tests/conformance/models has them, with what the libraries
// predict from them, and the script that made them.

namespace veleta::testing {

inline const std::filesystem::path kModelFolder =
    std::filesystem::path(VELETA_SOURCE_FOLDER) / "tests/conformance/models";

inline std::string contents(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

inline std::vector<std::string> model_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kModelFolder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".rows.json") && !name.ends_with(".py")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// For the names of tests.
inline std::string name_of_model_file(const ::testing::TestParamInfo<std::string>& file) {
  return file.param.substr(0, file.param.find('.'));
}

}  // namespace veleta::testing
