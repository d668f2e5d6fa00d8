#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "plugins/handles.hpp"
#include "plugins/params.hpp"
#include "veleta/abi.h"
#include "veleta/error.hpp"

namespace veleta {

/// A call into a plugin, on this thread: what the plugin and the host's own functions had to say meanwhile. Calls nest,
/// where an explainer asks the host for margins and the host asks a learner.
class PluginCall {
 public:
  PluginCall();
  ~PluginCall();
  PluginCall(const PluginCall&) = delete;
  PluginCall& operator=(const PluginCall&) = delete;

  /// Throws what the host's side failed with, or the plugin's own words.
  void require_success(veleta_status status, const std::string& label) const;

  /// The current call's, where there is one.
  static void set_error(const char* message);
  static bool has_host_failure();
  /// To be called inside catch (...) by functions that the plugin calls: what was thrown must not unwind through the
  /// plugin, so the current call throws it when the plugin has returned.
  static void keep_host_failure() noexcept;

 private:
  std::string plugin_error_;
  std::exception_ptr host_failure_;
  PluginCall* outer_;
};

/// What the host does for one instance. A plugin may call from threads of its own; the host's side is spared that.
struct Services {
  PluginServices functions;
  std::mutex one_at_a_time;  ///< held while any of the functions but is_cancelled runs
};

/// An instance of a plugin: its table, the host functions it was given, its name in errors. Destroys it when it goes.
class PluginInstance {
 public:
  /// Creates the instance, one at a time in this process. Throws as call() does, and kInvalidArgument for values that
  /// do not fit `params`.
  PluginInstance(const veleta_plugin& plugin, const std::vector<ParamDescription>& params, std::string label,
                 const ParamValues& values, PluginServices services);
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  const std::string& name() const { return name_; }
  uint32_t flags() const { return plugin_.flags; }
  void* get() const { return instance_; }
  template <typename Verbs>
  const Verbs& verbs() const {
    return *static_cast<const Verbs*>(plugin_.verbs);
  }

  /// Calls a function that the ABI allows concurrently. Throws Error if it fails: what the host's own side threw during
  /// the call, else the plugin's status and words, else kPlugin.
  template <typename Function, typename... Arguments>
  void call(Function function, Arguments&&... arguments) const {
    PluginCall current;
    veleta_status status = VELETA_INTERNAL;
    try {
      status = function(std::forward<Arguments>(arguments)...);
    } catch (const std::exception& error) {
      broke_contract(std::string("an exception crossed the plugin boundary: ") + error.what());
    } catch (...) {
      broke_contract("an exception crossed the plugin boundary");
    }
    current.require_success(status, label_);
  }

  /// Calls a function that the ABI does not allow concurrently on one instance.
  template <typename Function, typename... Arguments>
  void call_alone(Function function, Arguments&&... arguments) const {
    const auto lock = alone();
    call(function, std::forward<Arguments>(arguments)...);
  }

  /// Gives a model or a prepared explanation back. Nothing can be done about a failure.
  void give_back(void (*destroy)(void* instance, void* thing), void* thing) const noexcept;

  /// Throws kPlugin: the plugin returned what its contract forbids.
  [[noreturn]] void broke_contract(const std::string& how) const;

 private:
  std::unique_lock<std::mutex> alone() const;

  const veleta_plugin& plugin_;
  std::string name_;
  std::string label_;  ///< "detector 'ks'"
  Services services_;
  veleta_host host_{};
  void* instance_ = nullptr;
  mutable std::mutex calls_;  ///< held by calls that must not be concurrent
};

/// A function of a table that may be older than this header; null where the table ends before it or leaves it out.
template <typename Table, typename Function>
Function optional_function(const Table& table, Function Table::*member) {
  const auto* begin = reinterpret_cast<const char*>(&table);
  const auto* end = reinterpret_cast<const char*>(&(table.*member)) + sizeof(Function);
  return static_cast<size_t>(end - begin) <= table.size ? table.*member : nullptr;
}

/// Appends what a plugin writes to `text`, which must outlive the writer.
veleta_writer writer_to(std::string& text);

}  // namespace veleta
