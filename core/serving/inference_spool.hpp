#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace veleta {

/// Chunks of the inference log that wait for their store, in files of one folder, in the order they came; those of
/// processes that have died before those of this one. Each chunk is on the disk when append returns. Files of living
/// processes are left to them. Not thread-safe.
///
/// A file "WRITER-NUMBER.spool" holds records one after the other, each a header (RecordHeader) and a payload that the
/// header's XXH3 is of, in the machine's byte order. A record that a crash cut short, and what follows it, is passed
/// over: nobody was told that it was kept.
class InferenceSpool {
 public:
  static constexpr uint64_t kCapacityBytes = uint64_t{256} << 20;
  static constexpr uint64_t kFileBytes = uint64_t{8} << 20;

  struct Chunk {
    InferenceChunk key;
    std::vector<InferenceRecord> records;
  };

  /// Finds what is in the folder, or makes it when it is needed. Throws kUnavailable where it cannot be read.
  InferenceSpool(std::filesystem::path folder, std::string writer, uint64_t capacity_bytes = kCapacityBytes,
                 uint64_t file_bytes = kFileBytes);
  ~InferenceSpool();
  InferenceSpool(const InferenceSpool&) = delete;
  InferenceSpool& operator=(const InferenceSpool&) = delete;

  /// False: there is no room for the chunk. Throws kUnavailable where it cannot be written.
  bool append(const InferenceChunk& key, const std::vector<InferenceRecord>& records);
  bool empty() const { return files_.empty(); }
  /// Takes over the files of processes that have died since the last time. Call it when this one is empty.
  void take_over();
  /// The oldest chunk, which stays until pop; nothing where none is left.
  std::optional<Chunk> front();
  void pop();
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }

 private:
  struct File {
    std::filesystem::path path;
    std::string writer;
    uint64_t bytes = 0;  ///< whole records
    uint64_t read_bytes = 0;
    uint64_t rows = 0;  ///< of the records not read
  };

  void lock_writer(const std::string& writer);
  void open_next_file();
  void close_file();
  void remove_front_file();

  const std::filesystem::path folder_;
  const std::string writer_;
  const uint64_t capacity_bytes_, file_bytes_;
  std::deque<File> files_;            // oldest first
  std::map<std::string, int> locks_;  // descriptors by writer
  uint64_t rows_ = 0, bytes_ = 0;
  int descriptor_ = -1;  // of the last file, where this process writes it
  int file_count_ = 0;
  uint64_t front_bytes_ = 0, front_rows_ = 0;  // of the record that front() gave
};

}  // namespace veleta
