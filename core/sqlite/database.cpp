#include <fmt/format.h>

#include "base/clock.hpp"
#include "sqlite/sqlite.hpp"
#include "veleta/error.hpp"

namespace veleta::sqlite {

namespace {

/// More readers than so many at once are opened and closed again.
constexpr size_t kIdleReaderCount = 8;

std::filesystem::path with_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error)
    throw Error(ErrorCode::kUnavailable,
                fmt::format("cannot make the folder of {}: {}", path.string(), error.message()));
  return path;
}

size_t version_of(Connection& connection, const std::string& component) {
  auto table = connection.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_versions'");
  if (!table.step()) return 0;
  auto newest = connection.query("SELECT max(version) FROM schema_versions WHERE component = ?", component);
  newest.step();
  return static_cast<size_t>(newest.integer(0));
}

void apply(Connection& connection, const std::string& component, std::span<const char* const> migrations) {
  connection.run_script(
      "CREATE TABLE IF NOT EXISTS schema_versions (component TEXT NOT NULL, version INTEGER NOT NULL,"
      " applied TEXT NOT NULL, PRIMARY KEY (component, version))");
  for (size_t version = version_of(connection, component); version < migrations.size(); ++version) {
    connection.run_script(migrations[version]);
    connection.run("INSERT INTO schema_versions VALUES (?, ?, ?)", component, static_cast<int64_t>(version + 1),
                   format_time(now_ms()));
  }
}

}  // namespace

Database::Database(const std::filesystem::path& path, const std::string& component,
                   std::span<const char* const> migrations)
    : path_(with_folder(std::filesystem::absolute(path))), writer_(path_, Connection::Access::kReadWrite) {
  migrate(component, migrations);
}

void Database::migrate(const std::string& component, std::span<const char* const> migrations) {
  const std::string purpose = fmt::format("bring the tables of the {} up to date", component);
  const size_t found = read(purpose, [&](Connection& connection) { return version_of(connection, component); });
  if (found > migrations.size())
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{} has version {} of the {}'s tables; this program knows up to version {}: use a newer one",
                    path_.string(), found, component, migrations.size()));
  if (found == migrations.size()) return;
  write(purpose, [&](Connection& connection) { apply(connection, component, migrations); });
}

Database::Reader Database::borrow_reader() {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      Reader reader(idle_readers_.back().release(), {this});
      idle_readers_.pop_back();
      return reader;
    }
  }
  return Reader(new Connection(path_, Connection::Access::kReadOnly), {this});
}

void Database::return_reader(Connection* connection) {
  std::unique_ptr<Connection> owned(connection);
  const std::lock_guard lock(readers_mutex_);
  if (idle_readers_.size() < kIdleReaderCount) idle_readers_.push_back(std::move(owned));
}

bool has_component(const std::filesystem::path& path, const std::string& component) {
  if (!std::filesystem::exists(path)) return false;
  Connection connection(path, Connection::Access::kLook);
  return version_of(connection, component) > 0;
}

std::filesystem::path path_of_uri(const std::string& uri) {
  constexpr std::string_view kPrefix = "sqlite:///";
  if (!uri.starts_with(kPrefix) || uri.size() == kPrefix.size() || uri.back() == '/')
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot open '{}': expected sqlite:///relative/path.db or sqlite:////absolute/path.db", uri));
  return std::filesystem::absolute(uri.substr(kPrefix.size())).lexically_normal();
}

std::string quoted(std::string_view name) {
  std::string result = "\"";
  for (const char character : name) {
    if (character == '"') result += '"';
    result += character;
  }
  return result + '"';
}

}  // namespace veleta::sqlite
