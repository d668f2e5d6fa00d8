#pragma once

#include <memory>
#include <optional>
#include <string>

#include "linked_plugins.hpp"
#include "veleta/error.hpp"

// Sources for tests, made by the host from the plugins linked into this program.

namespace veleta::testing {

std::unique_ptr<SourceHandle> make_source(const std::string& name, const Settings& settings,
                                          PluginServices services = {});

/// What one call of next gave: a batch and its payload, or an error.
struct Taken {
  Batch batch;
  std::string payload;
  std::optional<ErrorCode> error;
  std::string message;
};

/// Calls next and keeps what it throws.
Taken take(SourceHandle& source, const std::optional<std::string>& cursor = std::nullopt);

}  // namespace veleta::testing
