#pragma once

#include <memory>
#include <string>

#include "data/reader.hpp"

namespace veleta {

/// The bytes of another reader, uncompressed if they begin as gzip does. `bytes` must outlive it.
class PlainBytes final : public ByteReader {
 public:
  explicit PlainBytes(ByteReader& bytes);
  ~PlainBytes() override;
  size_t read(char* buffer, size_t capacity) override;

 private:
  struct Inflater;
  void sniff();
  size_t read_plain(char* buffer, size_t capacity);

  ByteReader& bytes_;
  std::string head_;  ///< the first bytes, read to tell what they are, and not yet given on
  bool sniffed_ = false;
  std::unique_ptr<Inflater> inflater_;  ///< only where the bytes are gzip
};

/// Reads until the buffer is full or the bytes end, so that the size of a source's pieces does not matter.
size_t read_full(ByteReader& bytes, char* buffer, size_t capacity);

}  // namespace veleta
