#include "instance.hpp"

#include <fmt/format.h>

namespace veleta {

namespace {

/// What the plugin said of the current call of this thread.
thread_local std::string last_error;

void set_error(void*, const char* message) { last_error = message ? message : ""; }

const PluginServices& services_of(void* context) { return *static_cast<const PluginServices*>(context); }

// A service that throws must not unwind through the plugin's frames.
template <typename Body>
void shielded(Body&& body) noexcept {
  try {
    body();
  } catch (...) {
  }
}

void log_for(void* context, int32_t level, const char* message) {
  if (services_of(context).log) shielded([&] { services_of(context).log(level, message ? message : ""); });
}

void progress_for(void* context, double fraction, const char* what) {
  if (services_of(context).progress) shielded([&] { services_of(context).progress(fraction, what ? what : ""); });
}

int32_t is_cancelled_for(void* context) {
  bool cancelled = false;
  if (services_of(context).is_cancelled) shielded([&] { cancelled = services_of(context).is_cancelled(); });
  return cancelled;
}

void metric_for(void* context, const char* name, double value, int64_t step) {
  if (services_of(context).metric) shielded([&] { services_of(context).metric(name ? name : "", value, step); });
}

/// The values as the ABI has them, pointing into the host's.
class AbiValues {
 public:
  AbiValues(const veleta_plugin& plugin, const std::string& label, const ParamValues& values) {
    items_.reserve(values.size());
    for (size_t i = 0; i < plugin.param_count; ++i) add(*plugin.params[i], label, values);
  }
  const veleta_value* data() const { return values_.data(); }
  size_t size() const { return values_.size(); }

 private:
  void add(const veleta_param& param, const std::string& label, const ParamValues& values) {
    for (const auto& value : values) {
      if (value.name != param.name) continue;
      if (value.type != param.type)
        throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: parameter '{}' has a value of another type", label, param.name));
      auto& items = items_.emplace_back();
      for (const auto& item : value.items) items.push_back(item.c_str());
      values_.push_back({sizeof(veleta_value), param.name, value.type, value.number, value.integer, value.text.c_str(),
                         items.data(), items.size()});
      return;
    }
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} needs parameter '{}'", label, param.name));
  }

  std::vector<std::vector<const char*>> items_;
  std::vector<veleta_value> values_;
};

}  // namespace

PluginInstance::PluginInstance(const veleta_plugin& plugin, std::string label, const ParamValues& values,
                               PluginServices services)
    : plugin_(plugin), name_(plugin.name), label_(std::move(label)), services_(std::move(services)) {
  host_ = {sizeof host_, &services_, set_error, log_for, progress_for, is_cancelled_for, metric_for};
  const AbiValues abi_values(plugin, label_, values);
  void* created = nullptr;
  call(plugin.create, &host_, abi_values.data(), abi_values.size(), &created);
  instance_ = created;
}

PluginInstance::~PluginInstance() {
  if (instance_) shielded([&] { plugin_.destroy(instance_); });
}

void PluginInstance::begin_call() { last_error.clear(); }

void PluginInstance::check(veleta_status status) const {
  if (status == VELETA_OK) return;
  const std::string message = fmt::format("{}: {}", label_, last_error.empty() ? "failed and did not say why" : last_error);
  if (status < VELETA_OK || status >= VELETA_INTERNAL) throw Error(ErrorCode::kPlugin, message);
  throw Error(static_cast<ErrorCode>(status), message);
}

void PluginInstance::broke_contract(const std::string& how) const {
  throw Error(ErrorCode::kPlugin, fmt::format("{} broke its contract: {}", label_, how));
}

}  // namespace veleta
