#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

/// Marks in the store that a fetch began, and that one ended without having moved the source. Their names end with the
/// attempt of the run, as a step of one name is kept once.
constexpr const char* kFetchBegun = "fetch_begun";
constexpr const char* kFetchUntouched = "fetch_untouched";

void mark(RunContext& context, const char* what) {
  const std::string name = fmt::format("{} {}", what, context.run.attempt);
  context.store.finish_step(context.run.id, {name, {}, now_ms(), now_ms()});
}

/// How the run's last fetch ended; nothing where it made none.
enum class FetchEnd { kArrived, kUntouched, kCutOff };
std::optional<FetchEnd> last_fetch(Store& store, const std::string& run_id) {
  std::optional<FetchEnd> end;
  for (const auto& step : store.steps(run_id)) {
    if (step.name.starts_with(kFetchBegun)) end = FetchEnd::kCutOff;
    if (step.name.starts_with(kFetchUntouched)) end = FetchEnd::kUntouched;
    if (step.name == "ingest") end = FetchEnd::kArrived;
  }
  return end;
}

/// Whether the pipeline's last fetch may have moved the source past a batch that never arrived.
bool last_fetch_was_cut_off(RunContext& context) {
  if (const auto end = last_fetch(context.store, context.run.id)) return end == FetchEnd::kCutOff;
  for (const auto& run : context.store.list_runs(context.config.pipeline.name, 2))
    if (run.id != context.run.id) return last_fetch(context.store, run.id) == FetchEnd::kCutOff;
  return false;
}

/// What one fetch brought: a payload in the blob store, and what the source said of it.
struct Fetched {
  Batch batch;
  BlobInfo payload;
};

/// An Arrow batch's payload is its rows as CSV, so that RAW can be read again.
void write_arrow_rows(Batch& batch, BlobWriter& blob, const PipelineConfig& config) {
  const ReadResult rows = read_arrow(batch.rows, ReadOptions{config.columns, std::nullopt, ""});
  blob.write(to_csv(rows.table));
  batch.format = Batch::Format::kCsv;
}

Fetched fetch(RunContext& context, SourceHandle& source, const std::optional<std::string>& cursor) {
  const auto blob = context.store.blobs().create();
  uint64_t byte_count = 0;
  try {
    Fetched fetched;
    fetched.batch = source.next(cursor, [&](std::string_view bytes) {
      byte_count += bytes.size();
      blob->write(bytes);
    });
    if (fetched.batch.outcome != Batch::Outcome::kBatch) return fetched;
    if (fetched.batch.format == Batch::Format::kArrow) write_arrow_rows(fetched.batch, *blob, context.config);
    fetched.payload = blob->commit();
    return fetched;
  } catch (const Error& error) {
    const bool moved = byte_count > 0 || error.code() == ErrorCode::kTimeout || error.code() == ErrorCode::kCancelled;
    if (!moved) mark(context, kFetchUntouched);
    throw;
  }
}

/// The text or whole number at an RFC 6901 pointer of the envelope.
std::string identity(const json::value& envelope, const std::string& pointer) {
  json::error_code code;
  const json::value* found = envelope.find_pointer(pointer, code);
  if (found && found->is_string()) return std::string(found->get_string());
  if (found && found->is_number()) return format_number(found->to_number<double>());
  throw Error(ErrorCode::kBadData, fmt::format("the payload has no batch id (a text or a number) at '{}'", pointer));
}

BatchRecord describe(RunContext& context, const Fetched& fetched) {
  BatchRecord record;
  record.pipeline = context.config.pipeline.name;
  record.run_id = context.run.id;
  record.format = fetched.batch.format == Batch::Format::kCsv ? "csv" : "json";
  record.rows_pointer = fetched.batch.rows_pointer;
  record.cursor = fetched.batch.cursor.value_or("");
  record.origin = fetched.batch.origin;
  record.payload = fetched.payload;
  record.received_ms = now_ms();
  record.id = fetched.batch.id.value_or("");
  return record;
}

/// Fetches until a batch comes that the pipeline does not have. A source that lost a batch on its way is made to start
/// over first, or when a gap in numbered batches shows.
class BatchTaker {
 public:
  explicit BatchTaker(RunContext& context)
      : context_(context),
        pipeline_(context.config.pipeline.name),
        source_(context.plugins.create_source(context.config.source.name, context.config.source.params,
                                              context.services("ingest"))) {
    for (auto& batch : context.store.list_batches(pipeline_)) {
      if (!batch.cursor.empty()) cursor_ = batch.cursor;
      last_id_ = batch.id;
      ++known_count_;
    }
  }

  json::object take() {
    if (last_fetch_was_cut_off(context_)) start_over("the last fetch was cut off");
    mark(context_, kFetchBegun);
    for (size_t tries = 0; tries <= 2 * known_count_ + 2; ++tries) {
      context_.check_cancelled();
      const Fetched fetched = fetch(context_, *source_, cursor_);
      if (fetched.batch.outcome == Batch::Outcome::kEndOfData) return {{"outcome", "end_of_data"}};
      if (fetched.batch.outcome == Batch::Outcome::kNothingNew) return {{"outcome", "nothing_new"}};
      if (auto output = keep(fetched)) return *output;
    }
    throw Error(ErrorCode::kBadData, "the source brings no batch but those that the pipeline has");
  }

 private:
  void start_over(const std::string& why) {
    rewound_ = true;
    const bool can = source_->rewind();
    log(LogLevel::kWarning, fmt::format("{}: {}", why,
                                        can ? "the source starts over, and batches already taken are passed over"
                                            : "the source cannot start over, so a batch may be missing"));
  }

  /// True for batch 4 after batch 2; batches that are not numbered leave no gaps.
  bool leaves_gap(const std::string& id) const {
    const auto number = [](const std::string& text) {
      const bool digits =
          !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == std::string::npos;
      return digits ? std::stoll(text) : -1LL;
    };
    return number(last_id_) >= 0 && number(id) > number(last_id_) + 1;
  }

  /// The step's output, if the batch is new; it is in the store then.
  std::optional<json::object> keep(const Fetched& fetched) {
    BatchRecord record = describe(context_, fetched);
    ReadResult rows = read_rows(record);
    if (fetched.batch.id_pointer.size() && record.id.empty())
      record.id = identity(rows.envelope, fetched.batch.id_pointer);
    if (record.id.empty()) record.id = record.payload.digest.substr(0, 16);
    if (pass_over(record)) return std::nullopt;
    if (!rewound_ && leaves_gap(record.id)) {
      start_over(fmt::format("batch {} came after batch {}", record.id, last_id_));
      return std::nullopt;
    }
    json::object output{{"outcome", "batch"},
                        {"batch_id", record.id},
                        {"origin", record.origin},
                        {"rows", rows.table.row_count()},
                        {"bytes", record.payload.byte_count},
                        {"digest", record.payload.digest},
                        {"passed_over", to_json_array(passed_over_)}};
    context_.store.add_batch(record);
    context_.keep_batch_rows(std::move(rows));
    return output;
  }

  ReadResult read_rows(const BatchRecord& record) {
    context_.report("ingest", -1,
                    fmt::format("reading {}", human_bytes(static_cast<double>(record.payload.byte_count))));
    try {
      return read_payload(context_.store, record, context_.config, context_.store.schema(pipeline_));
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("{}: {} (the payload is kept as blob {})", record.origin, error.what(),
                                            record.payload.digest));
    }
  }

  /// True for a batch that the pipeline has. Throws kConflict where it has one of this id with another content.
  bool pass_over(const BatchRecord& record) {
    const auto known = context_.store.find_batch(pipeline_, record.id);
    if (!known || (known->run_id == context_.run.id && known->payload.digest == record.payload.digest)) return false;
    if (known->payload.digest != record.payload.digest)
      throw Error(ErrorCode::kConflict, fmt::format("{} brings batch {} with another content than run {} took",
                                                    record.origin, record.id, known->run_id));
    if (!record.cursor.empty()) cursor_ = record.cursor;
    passed_over_.push_back(record.id);
    context_.report("ingest", -1, fmt::format("batch {} was taken before", record.id));
    return true;
  }

  RunContext& context_;
  const std::string pipeline_;
  std::unique_ptr<SourceHandle> source_;
  std::optional<std::string> cursor_;
  std::string last_id_;
  size_t known_count_ = 0;
  bool rewound_ = false;
  std::vector<std::string> passed_over_;
};

}  // namespace

json::object ingest(RunContext& context) {
  // A crash between add_batch and the end of this step: the batch is there, and is not fetched again.
  if (!context.run.batch_id.empty()) {
    if (const auto batch = context.store.find_batch(context.config.pipeline.name, context.run.batch_id))
      return {{"outcome", "batch"},
              {"batch_id", batch->id},
              {"origin", batch->origin},
              {"bytes", batch->payload.byte_count},
              {"digest", batch->payload.digest},
              {"passed_over", json::array()}};
  }
  return BatchTaker(context).take();
}

}  // namespace veleta
