#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "veleta/abi.h"
#include "veleta/error.hpp"
#include "veleta/params.hpp"

namespace veleta {

/// What the host offers a plugin. Copyable, thread-safe, valid as long as the plugin's instance.
/// A plugin class that wants it takes it as second constructor argument: `MySource(const Params&, const Host&)`.
class Host {
 public:
  explicit Host(const veleta_host* host) : host_(host) {}

  void debug(const std::string& message) const { host_->log(host_->context, VELETA_LOG_DEBUG, message.c_str()); }
  void info(const std::string& message) const { host_->log(host_->context, VELETA_LOG_INFO, message.c_str()); }
  void warn(const std::string& message) const { host_->log(host_->context, VELETA_LOG_WARNING, message.c_str()); }

  /// Reports how far the current call is: 0 to 1, or negative where the end is unknown.
  void progress(double fraction, const std::string& what) const {
    host_->progress(host_->context, fraction, what.c_str());
  }
  /// True once the run was cancelled: throw Error(kCancelled) soon.
  bool is_cancelled() const { return host_->is_cancelled(host_->context) != 0; }
  /// Records a number of the run, such as the loss after a boosting round.
  void metric(const std::string& name, double value, int64_t step) const {
    host_->metric(host_->context, name.c_str(), value, step);
  }

 private:
  const veleta_host* host_;
};

/// Everything below is what the VELETA_… macros expand to; plugin code does not call it. Hidden, so that each library
/// has functions and statics of its own: the linker would otherwise make one of those of all libraries in a process.
#pragma GCC visibility push(hidden)
namespace detail {

/// Runs `body`; turns what it throws into a status and a message for the host.
template <typename Body>
veleta_status guarded(const veleta_host* host, Body&& body) noexcept {
  try {
    body();
    return VELETA_OK;
  } catch (const Error& error) {
    host->set_error(host->context, error.what());
    const int code = static_cast<int>(error.code());
    return code <= VELETA_PEER_FAILED ? code : VELETA_INTERNAL;
  } catch (const std::exception& error) {
    host->set_error(host->context, error.what());
  } catch (...) {
    host->set_error(host->context, "the plugin threw something that is not a std::exception");
  }
  return VELETA_INTERNAL;
}

/// Instance as the host holds it: the author's object and the host's table.
template <typename Class>
struct Instance {
  const veleta_host* host;
  std::unique_ptr<Class> object;
};

template <typename Class>
std::unique_ptr<Class> construct(const Params& params, const veleta_host* host) {
  if constexpr (std::is_constructible_v<Class, const Params&, const Host&>)
    return std::make_unique<Class>(params, Host(host));
  else if constexpr (std::is_constructible_v<Class, const Params&>)
    return std::make_unique<Class>(params);
  else
    return std::make_unique<Class>();
}

template <typename Class>
veleta_status create(const veleta_host* host, const veleta_value* const* values, size_t count,
                     void** instance) noexcept {
  return guarded(host, [&] {
    auto object = construct<Class>(Params(values, count), host);
    *instance = new Instance<Class>{host, std::move(object)};
  });
}

template <typename Class>
void destroy(void* instance) noexcept {
  delete static_cast<Instance<Class>*>(instance);
}

/// Runs `body` on the author's object behind an instance.
template <typename Class, typename Body>
veleta_status call(void* instance, Body&& body) noexcept {
  auto& self = *static_cast<Instance<Class>*>(instance);
  return guarded(self.host, [&] { body(*self.object); });
}

/// Fills the host's struct as far as it reaches, which is less than `from` where the host is older than this header.
template <typename Struct>
void fill(Struct* out, Struct from) {
  from.size = std::min(out->size, sizeof from);
  std::memcpy(static_cast<void*>(out), &from, from.size);
}

/// One plugin's description, in a form that the ABI's pointers may point into.
class Registration {
 public:
  Registration(int32_t kind, uint32_t flags, const char* name, const char* version, std::vector<ParamSpec> params,
               decltype(veleta_plugin::create) create, decltype(veleta_plugin::destroy) destroy, const void* verbs)
      : specs_(std::move(params)) {
    for (const auto& spec : specs_) params_.push_back(spec.abi());
    for (const auto& param : params_) param_pointers_.push_back(&param);
    plugin_ = {sizeof(veleta_plugin),  kind,   flags,   name, version, param_pointers_.data(),
               param_pointers_.size(), create, destroy, verbs};
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  const veleta_plugin* plugin() const { return &plugin_; }

 private:
  std::vector<ParamSpec> specs_;
  std::vector<veleta_param> params_;
  std::vector<const veleta_param*> param_pointers_;
  veleta_plugin plugin_{};
};

/// The plugins of this library (of this program, where libraries are linked statically).
inline std::vector<const veleta_plugin*>& registered_plugins() {
  static auto& plugins = *new std::vector<const veleta_plugin*>;
  return plugins;
}

inline int register_plugin(Registration* registration) {
  registered_plugins().push_back(registration->plugin());
  return 0;
}

inline const veleta_library& this_library() {
  static const auto& plugins = registered_plugins();
  static const veleta_library library{sizeof(veleta_library), VELETA_ABI_VERSION, plugins.data(), plugins.size()};
  return library;
}

}  // namespace detail
#pragma GCC visibility pop
}  // namespace veleta

/// The library's entry function: emitted once, however many plugins and files the library has.
extern "C" VELETA_EXPORT __attribute__((used)) inline const veleta_library* VELETA_LIBRARY_ENTRY(uint32_t abi_version) {
  return abi_version == VELETA_ABI_VERSION ? &veleta::detail::this_library() : nullptr;
}

#define VELETA_DETAIL_JOIN2(a, b) a##b
#define VELETA_DETAIL_JOIN(a, b) VELETA_DETAIL_JOIN2(a, b)
#define VELETA_DETAIL_PLUGIN(kind, flags, verbs, Class, name, version, ...)                                           \
  static const int VELETA_DETAIL_JOIN(veleta_registered_, __COUNTER__) = ::veleta::detail::register_plugin(           \
      new ::veleta::detail::Registration(kind, flags, name, version, {__VA_ARGS__}, &::veleta::detail::create<Class>, \
                                         &::veleta::detail::destroy<Class>, verbs));
