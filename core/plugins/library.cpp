#include "library.hpp"

#include <fmt/format.h>
#include <boost/dll/shared_library.hpp>
#include <map>
#include <mutex>

#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr const char* kEntry = "veleta_library_entry";

struct MappedLibrary {
  boost::dll::shared_library library;
  const veleta_library* table;
};

boost::dll::shared_library open_library(const std::filesystem::path& file) {
  namespace mode = boost::dll::load_mode;
  try {
    // The throwing form alone brings the dynamic linker's own words.
    return boost::dll::shared_library(file.string(), mode::rtld_now | mode::rtld_local);
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kPlugin, fmt::format("it cannot be loaded: {}", error.what()));
  }
}

MappedLibrary open_and_check(const std::filesystem::path& file) {
  boost::dll::shared_library library = open_library(file);
  if (!library.has(kEntry))
    throw Error(ErrorCode::kPlugin, fmt::format("it is no Veleta plugin: it does not export {}", kEntry));
  const veleta_library& table = checked_library(library.get<const veleta_library*(uint32_t)>(kEntry));
  return {std::move(library), &table};
}

const veleta_library* ask(veleta_library_entry_function entry) {
  try {
    return entry(VELETA_ABI_VERSION);
  } catch (...) {
    throw Error(ErrorCode::kPlugin, "its entry function threw an exception");
  }
}

}  // namespace

const veleta_library& checked_library(veleta_library_entry_function entry) {
  const veleta_library* table = ask(entry);
  if (!table)
    throw Error(
        ErrorCode::kPlugin,
        fmt::format("it does not speak plugin ABI {}: rebuild it against this version's SDK", VELETA_ABI_VERSION));
  if (table->size < sizeof(veleta_library))
    throw Error(ErrorCode::kPlugin, fmt::format("its library table has {} bytes; ABI {} has {}", table->size,
                                                VELETA_ABI_VERSION, sizeof(veleta_library)));
  if (table->abi_version != VELETA_ABI_VERSION)
    throw Error(ErrorCode::kPlugin,
                fmt::format("it answers with plugin ABI {}; this host speaks {}: rebuild it against "
                            "this version's SDK",
                            table->abi_version, VELETA_ABI_VERSION));
  return *table;
}

const veleta_library& map_library(const std::filesystem::path& file) {
  static auto& mapped = *new std::map<std::string, MappedLibrary>;  // never destroyed: that would unmap
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::string path = std::filesystem::canonical(file).string();
  auto found = mapped.find(path);
  if (found == mapped.end()) found = mapped.emplace(path, open_and_check(path)).first;
  return *found->second.table;
}

}  // namespace veleta
