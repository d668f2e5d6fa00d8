#include "servers/servers.hpp"

#include <fmt/format.h>
#include <filesystem>

#include "base/files.hpp"
#include "veleta/error.hpp"

namespace veleta::testing {

std::string server_url(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(VELETA_BINARY_FOLDER) / "servers" / name;
  if (!std::filesystem::exists(folder / "url"))
    throw Error(ErrorCode::kUnavailable,
                fmt::format("{} does not run: ctest starts it; by hand: tools/servers/server start {} {}", name, name,
                            folder.string()));
  std::string url = read_file(folder / "url");
  while (url.ends_with('\n')) url.pop_back();
  return url;
}

}  // namespace veleta::testing
