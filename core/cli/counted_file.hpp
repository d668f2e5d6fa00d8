#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "data/reader.hpp"

namespace veleta {

/// A file's bytes, as they lie on the disk; tells how many come with each read. What `told` throws ends the reading.
class CountedFile final : public ByteReader {
 public:
  CountedFile(const std::string& path, std::function<void(size_t count)> told)
      : bytes_(open_file(path)), told_(std::move(told)) {}

  size_t read(char* buffer, size_t capacity) override {
    const size_t count = bytes_->read(buffer, capacity);
    told_(count);
    return count;
  }

 private:
  std::unique_ptr<ByteReader> bytes_;
  std::function<void(size_t count)> told_;
};

}  // namespace veleta
