#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "veleta/batch.hpp"
#include "veleta/plugin.hpp"

namespace veleta {

/// Takes a batch's bytes, in order, as they come in. The host keeps them as they are and reads the rows from them.
class PayloadWriter {
 public:
  explicit PayloadWriter(const veleta_writer* writer) : writer_(writer) {}

  /// Throws if the host cannot keep them.
  void write(std::string_view bytes) {
    if (writer_->write(writer_->context, bytes.data(), bytes.size()) != VELETA_OK)
      throw Error(ErrorCode::kInternal, "the host could not keep the payload");
  }

 private:
  const veleta_writer* writer_;
};

class Source;

#pragma GCC visibility push(hidden)
namespace detail {
/// Calls next and lends the batch's strings to the host until the source's next call.
inline void lend_next(Source& source, const char* cursor, const veleta_writer* payload, veleta_batch* out);
}  // namespace detail
#pragma GCC visibility pop

/// Brings batches, one after the other. Never called concurrently on one object.
class Source {
 public:
  virtual ~Source() = default;

  /// Brings the batch after `cursor` (absent: the first), writing its payload as it came, gzip included.
  /// Throws Error: kUnavailable (nothing was reached), kPeerFailed, kTimeout (later may do), kRefused (it will not),
  /// kBadData (it came broken), kCancelled. After kPeerFailed, kTimeout, kBadData and kCancelled the host takes a
  /// source that keeps its own place to have moved on, and rewinds it.
  virtual Batch next(const std::optional<std::string>& cursor, PayloadWriter& payload) = 0;

  /// Makes a source that keeps its own place start over; the host passes over batches that it has. False: cannot.
  virtual bool rewind() { return false; }

 private:
  friend void detail::lend_next(Source&, const char*, const veleta_writer*, veleta_batch*);
  Batch lent_;
};

#pragma GCC visibility push(hidden)
namespace detail {

inline const char* pointer_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }
inline const char* pointer_or_null(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

inline void lend_next(Source& source, const char* cursor, const veleta_writer* payload, veleta_batch* out) {
  PayloadWriter writer(payload);
  source.lent_ = source.next(cursor ? std::optional<std::string>(cursor) : std::nullopt, writer);
  const Batch& batch = source.lent_;
  fill(out, veleta_batch{sizeof(veleta_batch), static_cast<int32_t>(batch.outcome), static_cast<int32_t>(batch.format),
                         pointer_or_null(batch.id), pointer_or_null(batch.cursor), batch.origin.c_str(),
                         batch.rows_pointer.c_str(), pointer_or_null(batch.id_pointer),
                         std::exchange(source.lent_.rows, ArrowArrayStream{}), batch.may_have_skipped});
}

template <typename Class>
veleta_status next(void* instance, const char* cursor, const veleta_writer* payload, veleta_batch* out) noexcept {
  return call<Class>(instance, [&](Source& source) { lend_next(source, cursor, payload, out); });
}

template <typename Class>
veleta_status rewind(void* instance) noexcept {
  return call<Class>(instance, [&](Source& source) {
    if (!source.rewind()) throw Error(ErrorCode::kUnsupported, "this source cannot start over");
  });
}

template <typename Class>
inline constexpr veleta_source kSourceVerbs{sizeof(veleta_source), &next<Class>, &rewind<Class>};

}  // namespace detail
#pragma GCC visibility pop
}  // namespace veleta

/// VELETA_SOURCE(Class, "name", "version", parameters…) makes a plugin of Class.
#define VELETA_SOURCE(Class, name, version, ...) \
  VELETA_DETAIL_PLUGIN(VELETA_KIND_SOURCE, 0, &::veleta::detail::kSourceVerbs<Class>, Class, name, version, __VA_ARGS__)
