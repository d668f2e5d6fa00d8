#include "quickstart.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/files.hpp"
#include "base/ids.hpp"

namespace veleta::test {

std::string changed(std::string text, const std::vector<std::pair<std::string, std::string>>& changes) {
  for (const auto& [from, to] : changes) {
    size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("there is no '" + from + "' to change");
    for (; at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  }
  return text;
}

Quickstart::Quickstart(const std::vector<std::pair<std::string, std::string>>& changes)
    : config_(folder_ / "pipeline.toml") {
  const std::filesystem::path source(VELETA_SOURCE_FOLDER);
  const std::string text = changed(read_file(source / "configs/csv_quickstart.toml"),
                                   {std::pair("\"configs/data", "\"" + (source / "configs/data").string())});
  const std::string uri = "uri = \"sqlite:///" + store().string() + "\"\n";
  write_file_atomically(config_, changed(text, changes) + "\n[store]\n" + uri + "[registry]\n" + uri);
}

Outcome Quickstart::run(const std::string& command, std::vector<std::string> more,
                        std::vector<std::string> environment) const {
  more.insert(more.begin(), {command, config_.string()});
  Process process(binary("veleta"), more, outputs_ / new_id(), std::move(environment));
  Outcome outcome;
  outcome.status = process.wait();
  outcome.output = process.output();
  return outcome;
}

std::vector<std::string> Quickstart::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

uint16_t announced_port(const std::string& output) {
  const size_t at = output.find(" on http://");
  if (at == std::string::npos) return 0;
  const size_t end = output.find('\n', at);
  if (end == std::string::npos) return 0;
  return static_cast<uint16_t>(std::stoul(output.substr(output.rfind(':', end) + 1, end)));
}

uint16_t await_port(Process& server) {
  for (int tries = 0; tries < 2400 && server.is_running(); ++tries) {
    if (const uint16_t port = announced_port(server.output())) return port;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  throw std::runtime_error("the server did not start: " + server.output());
}

ServeProcess::ServeProcess(const Folder& folder, const std::filesystem::path& config)
    : process_(binary("veleta"), {"serve", config.string(), "--port", "0"}, folder / "serve.log"),
      port_(await_port(process_)) {}

}  // namespace veleta::test
