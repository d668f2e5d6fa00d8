#include "data_api_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <stdexcept>

namespace veleta::testing {

namespace {

constexpr const char* kProgram = VELETA_BINARY_FOLDER "/bin/veleta-data-api";
constexpr std::string_view kAnnouncement = "data api on ";

std::string first_line(int descriptor) {
  std::string line;
  for (char c = 0; ::read(descriptor, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

pid_t spawn(std::vector<std::string> words, int standard_output) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, standard_output, STDOUT_FILENO);
  pid_t process = 0;
  const int problem = ::posix_spawn(&process, kProgram, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::runtime_error(std::string("cannot start ") + kProgram);
  return process;
}

}  // namespace

DataApiProcess::DataApiProcess(std::vector<std::string> options) {
  options.insert(options.begin(), {kProgram, "--port", "0", "--scale", "0.01"});
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = spawn(std::move(options), ends[1]);
  ::close(ends[1]);
  const std::string line = first_line(ends[0]);
  ::close(ends[0]);
  if (!line.starts_with(kAnnouncement)) throw std::runtime_error("the data API did not start: " + line);
  url_ = line.substr(kAnnouncement.size());
}

DataApiProcess::~DataApiProcess() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

std::string url_without_service() {
  // A port that the system gives out and that is closed again.
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace veleta::testing
