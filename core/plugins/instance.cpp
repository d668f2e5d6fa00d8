#include "instance.hpp"

#include <fmt/format.h>

#include "abi_values.hpp"

namespace veleta {

namespace {

thread_local PluginCall* current_call = nullptr;

Services& services_of(void* context) { return *static_cast<Services*>(context); }

template <typename Body>
void shielded(Body&& body) noexcept {
  try {
    body();
  } catch (...) {
    PluginCall::keep_host_failure();
  }
}

const char* text_of(const char* text) { return text ? text : ""; }

void set_error_for(void*, const char* message) {
  shielded([&] { PluginCall::set_error(text_of(message)); });
}

/// Calls one of the host's functions, if it is there, and keeps what it throws.
template <typename Function, typename... Arguments>
void call_host(void* context, Function PluginServices::*function, const Arguments&... arguments) noexcept {
  Services& services = services_of(context);
  if (!(services.functions.*function)) return;
  shielded([&] {
    const std::lock_guard lock(services.one_at_a_time);
    (services.functions.*function)(arguments...);
  });
}

void log_for(void* context, int32_t level, const char* message) {
  call_host(context, &PluginServices::log, level, text_of(message));
}

void progress_for(void* context, double fraction, const char* what) {
  call_host(context, &PluginServices::progress, fraction, text_of(what));
}

int32_t is_cancelled_for(void* context) {
  bool cancelled = false;
  const auto& is_cancelled = services_of(context).functions.is_cancelled;
  if (is_cancelled) shielded([&] { cancelled = is_cancelled(); });
  return cancelled || PluginCall::has_host_failure();
}

void metric_for(void* context, const char* name, double value, int64_t step) {
  call_host(context, &PluginServices::metric, text_of(name), value, step);
}

/// The ABI: instances are created and destroyed one at a time.
std::mutex& lifecycle() {
  static auto& mutex = *new std::mutex;  // instances may outlive static objects
  return mutex;
}

}  // namespace

PluginCall::PluginCall() : outer_(std::exchange(current_call, this)) {}
PluginCall::~PluginCall() { current_call = outer_; }

void PluginCall::set_error(const char* message) {
  if (current_call) current_call->plugin_error_ = message;
}

bool PluginCall::has_host_failure() { return current_call && current_call->host_failure_; }

void PluginCall::keep_host_failure() noexcept {
  if (current_call) current_call->host_failure_ = std::current_exception();
}

void PluginCall::require_success(veleta_status status, const std::string& label) const {
  // The plugin knows only that the host failed; the host knows why.
  if (host_failure_) std::rethrow_exception(host_failure_);
  if (status == VELETA_OK) return;
  const bool is_known = status > VELETA_OK && status <= VELETA_PEER_FAILED && status != VELETA_INTERNAL;
  const std::string words =
      plugin_error_.empty() ? fmt::format("failed with status {} and did not say why", status) : plugin_error_;
  throw Error(is_known ? static_cast<ErrorCode>(status) : ErrorCode::kPlugin, label + ": " + words);
}

PluginInstance::PluginInstance(const veleta_plugin& plugin, const std::vector<ParamDescription>& params,
                               std::string label, const ParamValues& values, PluginServices services)
    : plugin_(plugin), name_(plugin.name), label_(std::move(label)), services_{std::move(services), {}} {
  host_ = {sizeof host_, &services_, set_error_for, log_for, progress_for, is_cancelled_for, metric_for};
  const AbiValues abi_values(label_, params, values);
  const std::lock_guard lock(lifecycle());
  call(plugin.create, &host_, abi_values.data(), abi_values.size(), &instance_);
}

PluginInstance::~PluginInstance() {
  const std::lock_guard lock(lifecycle());
  shielded([&] { plugin_.destroy(instance_); });
}

std::unique_lock<std::mutex> PluginInstance::alone() const {
  const bool concurrent = (plugin_.flags & VELETA_CONCURRENT) != 0;
  return concurrent ? std::unique_lock<std::mutex>() : std::unique_lock(calls_);
}

void PluginInstance::give_back(void (*destroy)(void*, void*), void* thing) const noexcept {
  const auto lock = alone();
  shielded([&] { destroy(instance_, thing); });
}

void PluginInstance::broke_contract(const std::string& how) const {
  throw Error(ErrorCode::kPlugin, fmt::format("{} broke its contract: {}", label_, how));
}

veleta_writer writer_to(std::string& text) {
  const auto append = [](void* context, const void* bytes, size_t byte_count) -> veleta_status {
    try {
      static_cast<std::string*>(context)->append(static_cast<const char*>(bytes), byte_count);
      return VELETA_OK;
    } catch (...) {
      PluginCall::keep_host_failure();
      return VELETA_INTERNAL;
    }
  };
  return {sizeof(veleta_writer), &text, append};
}

}  // namespace veleta
