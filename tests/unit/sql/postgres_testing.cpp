#include "postgres_testing.hpp"

#include <fmt/format.h>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "postgres_connection.hpp"
#include "servers/servers.hpp"

namespace veleta::testing {

namespace fs = std::filesystem;

namespace {

std::string encoded(const std::string& text) {
  std::string result;
  for (const unsigned char c : text)
    if (std::isalnum(c))
      result += static_cast<char>(c);
    else
      result += fmt::format("%{:02X}", c);
  return result;
}

void run_server_tool(const std::string& arguments) {
  const std::string command = VELETA_SOURCE_FOLDER "/tools/servers/server " + arguments + " 2>&1";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

std::string with_parameter(const std::string& uri, const std::string& name, const std::string& value) {
  return fmt::format("{}{}{}={}", uri, uri.find('?') == std::string::npos ? '?' : '&', name, encoded(value));
}

void run_in_postgres(const std::string& uri, const std::string& script) {
  sql::PostgresConnection(sql::postgres_settings(uri), "run a test's script").run_script(script);
}

std::vector<std::string> rows_in_postgres(const std::string& uri, const std::string& query, int column_count) {
  sql::PostgresConnection connection(sql::postgres_settings(uri), "run a test's query");
  std::vector<std::string> rows;
  for (auto row = connection.query(query); row.step();) {
    std::string& text = rows.emplace_back();
    for (int i = 0; i < column_count; ++i) text += (i ? "|" : "") + (row.is_null(i) ? "NULL" : row.string(i));
  }
  return rows;
}

PostgresSchema::PostgresSchema() : PostgresSchema(server_url("postgres")) {}

PostgresSchema::PostgresSchema(std::string server)
    : server_(std::move(server)),
      name_("test_" + new_id()),
      uri_(with_parameter(server_, "options", "-csearch_path=" + name_)) {
  run_in_postgres(server_, "CREATE SCHEMA " + name_);
}

PostgresSchema::~PostgresSchema() {
  try {
    run_in_postgres(server_, "DROP SCHEMA " + name_ + " CASCADE");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

PostgresServer::PostgresServer(std::string arguments)
    : folder_(fs::temp_directory_path() / ("veleta-postgres-" + new_id())), arguments_(std::move(arguments)) {
  start();
}

PostgresServer::~PostgresServer() {
  if (std::system((VELETA_SOURCE_FOLDER "/tools/servers/server stop " + folder_.string()).c_str()) != 0)
    std::fprintf(stderr, "the server in %s was not stopped\n", folder_.c_str());
  fs::remove_all(folder_);
}

void PostgresServer::start() {
  run_server_tool(fmt::format("start postgres {} {}", folder_.string(), arguments_));
  uri_ = read_file(folder_ / "url");
  while (!uri_.empty() && uri_.back() == '\n') uri_.pop_back();
}

void PostgresServer::kill() {
  const int postmaster = std::stoi(read_file(folder_ / "pid"));
  ::kill(postmaster, SIGQUIT);
  // One that nobody has waited for stays, without a command.
  const fs::path command = fmt::format("/proc/{}/cmdline", postmaster);
  while (fs::exists(command) && std::ifstream(command).peek() != std::ifstream::traits_type::eof())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  fs::remove(folder_ / "pid");
}

}  // namespace veleta::testing
