#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugins/handles.hpp"
#include "plugins/params.hpp"
#include "veleta/abi.h"
#include "veleta/error.hpp"

namespace veleta {

/// A plugin's instance: its table, the host functions it was given, and its name in errors. Destroys it when it goes.
/// Thread-safe as far as the plugin is; errors are kept per thread.
class PluginInstance {
 public:
  /// Creates the instance. Throws what the plugin says, as check() does.
  PluginInstance(const veleta_plugin& plugin, std::string label, const ParamValues& values, PluginServices services);
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  const std::string& name() const { return name_; }
  /// "detector 'ks'".
  const std::string& label() const { return label_; }
  uint32_t flags() const { return plugin_.flags; }
  void* get() const { return instance_; }
  template <typename Verbs>
  const Verbs& verbs() const {
    return *static_cast<const Verbs*>(plugin_.verbs);
  }

  /// Calls a verb and throws Error if it fails: with the plugin's own words, and kPlugin where it broke.
  template <typename Function, typename... Arguments>
  void call(Function function, Arguments&&... arguments) const {
    begin_call();
    veleta_status status = VELETA_INTERNAL;
    try {
      status = function(std::forward<Arguments>(arguments)...);
    } catch (...) {
      throw Error(ErrorCode::kPlugin, label_ + " let an exception cross the plugin boundary");
    }
    check(status);
  }

  /// Throws kPlugin: the plugin returned what its contract forbids.
  [[noreturn]] void broke_contract(const std::string& how) const;

 private:
  static void begin_call();
  void check(veleta_status status) const;

  const veleta_plugin& plugin_;
  std::string name_;
  std::string label_;
  PluginServices services_;
  veleta_host host_{};
  void* instance_ = nullptr;
};

/// Whether a table that may be older than this header has a member: its size reaches past it, and it is set.
#define VELETA_HAS(table, member)                                                                         \
  ((table).size >= offsetof(std::remove_cvref_t<decltype(table)>, member) + sizeof((table).member) && \
   (table).member != nullptr)

}  // namespace veleta
