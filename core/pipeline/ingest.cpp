#include <fmt/format.h>
#include <algorithm>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "batch_identity.hpp"
#include "steps.hpp"

namespace veleta {

namespace {

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

/// Whether a fetch that failed so cannot have moved the source: it was not reached, or said no.
bool left_untouched(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kRefused || code == ErrorCode::kInvalidArgument ||
         code == ErrorCode::kUnsupported;
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
    if (byte_count == 0 && left_untouched(error.code()))
      context.store.set_source_unsure(context.config.pipeline.name, false);
    throw;
  }
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

/// The number that a batch's id is, if it is one.
std::optional<int64_t> number_of(const std::string& id) {
  const bool is_number = !id.empty() && id.size() < 16 && id.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::optional<int64_t>(std::stoll(id)) : std::nullopt;
}

std::string short_id(const BlobInfo& payload) { return payload.digest.substr(0, 16); }

constexpr int kMaxRewinds = 3;

/// Fetches until a batch comes that the pipeline does not have. A source that may have lost a batch on its way, or
/// whose numbered batches show a gap, is made to start over.
class BatchTaker {
 public:
  explicit BatchTaker(RunContext& context)
      : context_(context),
        pipeline_(context.config.pipeline.name),
        source_(context.plugins.create_source(context.config.source.name, context.config.source.params,
                                              context.services("ingest"))) {
    for (auto& batch : context.store.list_batches(pipeline_)) {
      if (!batch.cursor.empty()) cursor_ = batch.cursor;
      last_number_ = std::max(last_number_, number_of(batch.id).value_or(-1));
      ++known_count_;
    }
  }

  json::object take() {
    context_.check_cancelled();
    if (context_.store.is_source_unsure(pipeline_)) start_over("the last fetch was cut off");
    context_.store.set_source_unsure(pipeline_, true);
    for (size_t tries = 0; tries <= (kMaxRewinds + 2) * (known_count_ + 1); ++tries) {
      context_.check_cancelled();
      const Fetched fetched = fetch(context_, *source_, cursor_);
      const auto output = fetched.batch.outcome == Batch::Outcome::kBatch ? keep(fetched) : end(fetched.batch);
      if (!output) continue;
      context_.store.set_source_unsure(pipeline_, false);
      return *output;
    }
    throw Error(ErrorCode::kBadData, "the source brings no batch but those that the pipeline has");
  }

 private:
  /// False where the source cannot.
  bool start_over(const std::string& why) {
    if (++rewinds_ > kMaxRewinds)
      throw Error(ErrorCode::kPeerFailed,
                  fmt::format("{}: the source was made to start over {} times already", why, kMaxRewinds));
    const bool can = source_->rewind();
    if (can)
      log(LogLevel::kWarning, why + ": the source starts over, and batches already taken are passed over");
    else if (!cursor_)
      log(LogLevel::kWarning, why + ": the source cannot start over, so a batch may be missing");
    return can;
  }

  /// The step's output, unless a batch may have been lost before the end.
  std::optional<json::object> end(const Batch& batch) {
    if (batch.may_have_skipped && start_over("a failed try may have lost a batch")) return std::nullopt;
    return json::object{{"outcome", batch.outcome == Batch::Outcome::kEndOfData ? "end_of_data" : "nothing_new"}};
  }

  /// The step's output, if the batch is new and none is missing before it; it is in the store then.
  std::optional<json::object> keep(const Fetched& fetched) {
    BatchRecord record = describe(context_, fetched);
    std::optional<ReadResult> rows = read_rows(record, fetched.batch.id_pointer);
    if (!rows || pass_over(record)) return std::nullopt;
    if (is_one_missing_before(record.id, fetched.batch.may_have_skipped) &&
        start_over(fmt::format("a batch may be missing before batch {}", record.id)))
      return std::nullopt;
    json::object output{{"outcome", "batch"},
                        {"batch_id", record.id},
                        {"origin", record.origin},
                        {"rows", rows->table.row_count()},
                        {"bytes", record.payload.byte_count},
                        {"digest", record.payload.digest},
                        {"passed_over", to_json_array(passed_over_)}};
    context_.store.add_batch(record);
    context_.keep_batch_rows(std::move(*rows));
    return output;
  }

  /// After a failed try only the number that follows is proof; a gap that stays when the source has started over is its
  /// own. Batches that are not numbered leave no gaps.
  bool is_one_missing_before(const std::string& id, bool may_have_skipped) const {
    const auto number = number_of(id);
    if (may_have_skipped) return number != last_number_ + 1;
    return rewinds_ == 0 && number && last_number_ >= 0 && *number > last_number_ + 1;
  }

  /// Reads the payload and names the batch; nothing where it cannot be read, as it could not before.
  std::optional<ReadResult> read_rows(BatchRecord& record, const std::string& id_pointer) {
    context_.report("ingest", -1,
                    fmt::format("reading {}", human_bytes(static_cast<double>(record.payload.byte_count))));
    try {
      ReadResult rows = read_payload(context_.store, record, context_.config, context_.store.schema(pipeline_));
      if (record.id.empty() && !id_pointer.empty()) record.id = batch_identity(rows.envelope, id_pointer);
      if (record.id.empty()) record.id = short_id(record.payload);
      return rows;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kBadData) throw;
      keep_unreadable(record, error.what());
      return std::nullopt;
    }
  }

  /// An unreadable payload ends the run: the source may have sent it broken this once. Where it sends the same again it
  /// is passed over, so that it does not block the pipeline for ever.
  void keep_unreadable(BatchRecord record, const std::string& why) {
    const std::string told = fmt::format("{}: {}", record.origin, why);
    if (!record.cursor.empty()) cursor_ = record.cursor;
    record.id = short_id(record.payload);
    if (context_.store.find_batch(pipeline_, record.id)) {
      log(LogLevel::kWarning, told + " (as before; passed over)");
      passed_over_.push_back(record.id);
      return;
    }
    reject(record, told);
    throw Error(ErrorCode::kBadData,
                fmt::format("{} (kept as batch {}; the source is asked for it once more)", told, record.id));
  }

  /// Keeps the payload as a rejected batch with a run of its own, as this run has yet to take a batch.
  void reject(BatchRecord record, const std::string& why) {
    Store& store = context_.store;
    record.cursor.clear();  // the source is to bring it again
    record.run_id = new_id();
    store.start_run(pipeline_, record.run_id);
    store.add_batch(record);
    store.reject_batch(pipeline_, record.id);
    const DecisionRecord decision{record.run_id, pipeline_, record.id, "skip", "failed", why, "", {}, now_ms()};
    store.finish_run(record.run_id, RunState::kFailed, "failed", why, &decision);
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
  int64_t last_number_ = -1;  ///< the highest of the batches' numbers
  size_t known_count_ = 0;
  int rewinds_ = 0;
  std::vector<std::string> passed_over_;
};

/// What the step says of a batch that the run has already: after a crash, or because it is judged again.
json::object output_for(const BatchRecord& batch) {
  return {{"outcome", "batch"},
          {"batch_id", batch.id},
          {"origin", batch.origin},
          {"bytes", batch.payload.byte_count},
          {"digest", batch.payload.digest},
          {"passed_over", json::array()}};
}

}  // namespace

json::object ingest(RunContext& context) {
  if (!context.run.batch_id.empty())
    if (const auto batch = context.store.find_batch(context.config.pipeline.name, context.run.batch_id))
      return output_for(*batch);
  return BatchTaker(context).take();
}

}  // namespace veleta
