#include "source_under_test.hpp"

namespace veleta::testing {

std::unique_ptr<SourceHandle> make_source(const std::string& name, const Settings& settings, PluginServices services) {
  return linked_plugins().create_source(name, values_for(PluginKind::kSource, name, settings), std::move(services));
}

Taken take(SourceHandle& source, const std::optional<std::string>& cursor) {
  Taken taken;
  try {
    taken.batch = source.next(cursor, [&](std::string_view bytes) { taken.payload += bytes; });
  } catch (const Error& error) {
    taken.error = error.code();
    taken.message = error.what();
  }
  return taken;
}

}  // namespace veleta::testing
