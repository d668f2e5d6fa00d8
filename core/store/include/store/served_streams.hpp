#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/kept_watch.hpp"
#include "store/run_queue.hpp"

namespace veleta {

/// The labels of a request that was served, one a row in the request's order, each as JSON: a number, a text, true or
/// false; "null": not known yet.
struct RequestLabels {
  std::string request_id;
  std::vector<std::string> labels;
};

enum class Labelled {
  kStored,          ///< some were new
  kRepeated,        ///< all were there
  kUnknownRequest,  ///< no answered request of that id is in the inference log
  kWrongCount,      ///< the request had another number of rows
  kConflict,        ///< a row has another label already
};

/// What became of a request's labels. Of kUnknownRequest, kWrongCount and kConflict nothing was stored.
struct LabelOutcome {
  Labelled how = Labelled::kStored;
  size_t rows = 0;         ///< that the request had
  size_t stored = 0;       ///< labels that were new
  size_t row_at_odds = 0;  ///< of kConflict: the first, from 0
};

/// A row that was served and labelled.
struct LabelledRow {
  int64_t number = 0;  ///< counts the labels of a store, in the order in which they became visible: a cursor
  std::string request_id;
  std::string model_version;
  double prediction = 0;
  std::string label;  ///< as RequestLabels has it
  std::string input;  ///< as InferenceRecord has it
  int64_t served_ms = 0;
  int64_t labelled_ms = 0;
  bool was_watched = false;  ///< by streams of the store that it was restored from
};

/// A label as an archive has it, told apart by what was served.
struct KeptLabel {
  std::string request_id;
  int64_t served_ms = 0;  ///< of the request
  int64_t row = 0;        ///< of the request's answered rows, from 0
  std::string label;      ///< as RequestLabels has it
  int64_t labelled_ms = 0;
  bool was_watched = false;  ///< streams took it
};

/// What a watcher of streams has come to. Kept in one transaction, so that what it took of the labels, what it knows
/// and what it told are always of one moment.
struct StreamsSave {
  std::string pipeline;
  std::string watcher;
  int64_t label_number = 0;  ///< LabelledRow::number of the last label taken
  std::vector<KeptWatch> watches;
  bool are_all = false;  ///< others that are kept of the pipeline are gone
  std::vector<Event> events;
};

/// Labels of served rows, and how the streams stand that are watched over them. Each call is one transaction, durable
/// when it returns. Thread-safe. Throws as Store does.
class ServedStreams {
 public:
  virtual ~ServedStreams() = default;

  /// Each request's labels are stored whole or not at all, whatever becomes of the others. Of requests that share an
  /// id, the one that was served last is meant. Repeated, nothing changes.
  virtual std::vector<LabelOutcome> add_labels(const std::string& pipeline,
                                               const std::vector<RequestLabels>& requests) = 0;
  /// Oldest first, of numbers above `after`. A reader that goes on after the last number it saw misses none.
  virtual std::vector<LabelledRow> labelled_rows(const std::string& pipeline, int64_t after, int limit) = 0;
  /// Calls `visit` once for each of the pipeline's labels, oldest first, as Store::each_inference does.
  virtual void each_label(const std::string& pipeline, const std::function<void(const KeptLabel&)>& visit) = 0;
  /// Labels of another store, whose rows are in the inference log here; what rows here have already stays. Returns how
  /// many were new. Throws kNotFound, and stores none, where a row is not in the log.
  virtual size_t restore_labels(const std::string& pipeline, const std::vector<KeptLabel>& labels) = 0;

  /// Makes `watcher` the one that watches the pipeline's streams, unless another one does that has saved in the last
  /// `stale_ms`. False: another one does.
  virtual bool claim_streams(const std::string& pipeline, const std::string& watcher, int64_t stale_ms) = 0;
  /// Nobody watches any more, if `watcher` did.
  virtual void release_streams(const std::string& pipeline, const std::string& watcher) = 0;
  /// StreamsSave::label_number as it was saved last; 0: never.
  virtual int64_t label_position(const std::string& pipeline) = 0;
  /// By stream and series.
  virtual std::vector<KeptWatch> watches(const std::string& pipeline) = 0;
  /// Throws kConflict, and changes nothing, where another one watches now.
  virtual void save_streams(const StreamsSave& save) = 0;
};

}  // namespace veleta
