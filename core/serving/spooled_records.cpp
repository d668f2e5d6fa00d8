#include "spooled_records.hpp"

#include <cstring>

#include "veleta/error.hpp"

namespace veleta {

namespace {

template <typename Number>
void put(std::string& out, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

void put_text(std::string& out, const std::string& text) {
  put(out, static_cast<uint32_t>(text.size()));
  out += text;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  template <typename Number>
  Number number() {
    Number number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  std::string text() { return std::string(take(number<uint32_t>())); }

 private:
  std::string_view take(size_t count) {
    if (count > left_.size()) throw Error(ErrorCode::kBadData, "a record of the spool ends too early");
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
};

}  // namespace

std::string encode_chunk(const InferenceChunk& key, const std::vector<InferenceRecord>& records) {
  std::string out;
  put_text(out, key.writer);
  put(out, key.number);
  put(out, static_cast<uint32_t>(records.size()));
  for (const auto& record : records) {
    for (const auto* text : {&record.request_id, &record.pipeline, &record.model_version, &record.input, &record.error})
      put_text(out, *text);
    put(out, record.time_ms);
    put(out, record.prediction);
    put(out, int64_t{record.status});
    put(out, record.latency_us);
  }
  return out;
}

InferenceSpool::Chunk decode_chunk(std::string_view payload) {
  Reader reader(payload);
  InferenceSpool::Chunk chunk;
  chunk.key.writer = reader.text();
  chunk.key.number = reader.number<int64_t>();
  for (uint32_t left = reader.number<uint32_t>(); left > 0; --left) {
    InferenceRecord& record = chunk.records.emplace_back();
    for (auto* text : {&record.request_id, &record.pipeline, &record.model_version, &record.input, &record.error})
      *text = reader.text();
    record.time_ms = reader.number<int64_t>();
    record.prediction = reader.number<double>();
    record.status = static_cast<int>(reader.number<int64_t>());
    record.latency_us = reader.number<int64_t>();
  }
  return chunk;
}

}  // namespace veleta
