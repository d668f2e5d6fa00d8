#include <fmt/format.h>

#include "instance.hpp"

namespace veleta {

namespace {

veleta_status write_payload(void* context, const void* bytes, size_t byte_count) {
  try {
    const auto& sink = *static_cast<const std::function<void(std::string_view)>*>(context);
    sink({static_cast<const char*>(bytes), byte_count});
    return VELETA_OK;
  } catch (...) {
    PluginCall::keep_host_failure();
    return VELETA_INTERNAL;
  }
}

std::string text_or_nothing(const char* text) { return text ? text : ""; }

std::optional<std::string> optional_text(const char* text) {
  return text ? std::optional<std::string>(text) : std::nullopt;
}

void check_batch(const PluginInstance& plugin, const veleta_batch& raw) {
  if (raw.outcome < VELETA_BATCH || raw.outcome > VELETA_NOTHING_NEW)
    plugin.broke_contract(fmt::format("next's outcome {} is none of the known", raw.outcome));
  if (raw.outcome != VELETA_BATCH) return;
  if (raw.format < VELETA_ARROW_ROWS || raw.format > VELETA_CSV_ROWS)
    plugin.broke_contract(fmt::format("the batch's format {} is none of the known", raw.format));
  if (raw.format == VELETA_ARROW_ROWS && !raw.rows.release) plugin.broke_contract("the batch has no Arrow stream");
}

Batch copy_batch(const veleta_batch& raw) {
  Batch batch;
  batch.outcome = static_cast<Batch::Outcome>(raw.outcome);
  batch.may_have_skipped = raw.may_have_skipped != 0;
  if (batch.outcome != Batch::Outcome::kBatch) return batch;
  batch.format = static_cast<Batch::Format>(raw.format);
  batch.id = optional_text(raw.id);
  batch.cursor = optional_text(raw.cursor);
  batch.origin = text_or_nothing(raw.origin);
  batch.rows_pointer = text_or_nothing(raw.rows_pointer);
  batch.id_pointer = text_or_nothing(raw.id_pointer);
  return batch;
}

/// Releases the stream unless it is handed on.
struct RowsGuard {
  ArrowArrayStream& rows;
  ~RowsGuard() {
    if (rows.release) rows.release(&rows);
  }
};

}  // namespace

SourceHandle::SourceHandle(std::unique_ptr<PluginInstance> instance) : instance_(std::move(instance)) {}
SourceHandle::~SourceHandle() = default;

Batch SourceHandle::next(const std::optional<std::string>& cursor,
                         const std::function<void(std::string_view bytes)>& payload) {
  const veleta_writer writer{sizeof writer, const_cast<void*>(static_cast<const void*>(&payload)), write_payload};
  veleta_batch raw{};
  raw.size = sizeof raw;
  raw.outcome = raw.format = -1;
  const RowsGuard guard{raw.rows};
  instance_->call_alone(instance_->verbs<veleta_source>().next, instance_->get(), cursor ? cursor->c_str() : nullptr,
                        &writer, &raw);
  check_batch(*instance_, raw);
  Batch batch = copy_batch(raw);
  if (batch.format == Batch::Format::kArrow) batch.rows = std::exchange(raw.rows, ArrowArrayStream{});
  return batch;
}

bool SourceHandle::rewind() {
  const auto function = optional_function(instance_->verbs<veleta_source>(), &veleta_source::rewind);
  if (!function) return false;
  try {
    instance_->call_alone(function, instance_->get());
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnsupported) return false;
    throw;
  }
}

}  // namespace veleta
