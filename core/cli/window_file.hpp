#pragma once

#include <functional>
#include <memory>
#include <string>

#include "data/reader.hpp"

namespace veleta {

/// The plain bytes of a file, gzip or not, that has a window of data in one of several forms; its first bytes show
/// which. Throws kNotFound where there is no such file.
class WindowFile final : public ByteReader {
 public:
  /// `told` hears how many of the file's bytes, as they lie on the disk, come with each read. What it throws ends the
  /// reading.
  WindowFile(const std::string& path, std::function<void(size_t count)> told);

  bool is_profile() const;
  /// Rows as JSON. What is neither this nor a profile is CSV.
  bool is_json() const;
  size_t read(char* buffer, size_t capacity) override;

 private:
  std::unique_ptr<ByteReader> bytes_;
  std::string head_;  ///< of the plain bytes
  size_t given_ = 0;  ///< of the head
};

/// On the disk; 0 where that is not known, as of a pipe.
double file_bytes(const std::string& path);

}  // namespace veleta
