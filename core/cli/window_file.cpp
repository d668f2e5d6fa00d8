#include "window_file.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace veleta {

namespace {

constexpr std::string_view kProfileMagic = "VLPROF";
constexpr size_t kHeadBytes = 4096;

class ToldReader final : public ByteReader {
 public:
  ToldReader(std::unique_ptr<ByteReader> bytes, std::function<void(size_t)> told)
      : bytes_(std::move(bytes)), told_(std::move(told)) {}

  size_t read(char* buffer, size_t capacity) override {
    const size_t count = bytes_->read(buffer, capacity);
    told_(count);
    return count;
  }

 private:
  std::unique_ptr<ByteReader> bytes_;
  std::function<void(size_t)> told_;
};

}  // namespace

WindowFile::WindowFile(const std::string& path, std::function<void(size_t)> told)
    : bytes_(gunzip_if_needed(std::make_unique<ToldReader>(open_file(path), std::move(told)))),
      head_(kHeadBytes, '\0') {
  size_t filled = 0;
  while (filled < head_.size()) {
    const size_t count = bytes_->read(&head_[filled], head_.size() - filled);
    if (count == 0) break;
    filled += count;
  }
  head_.resize(filled);
}

bool WindowFile::is_profile() const { return head_.starts_with(kProfileMagic); }

bool WindowFile::is_json() const {
  const size_t first = head_.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (head_[first] == '[' || head_[first] == '{');
}

size_t WindowFile::read(char* buffer, size_t capacity) {
  if (given_ == head_.size()) return bytes_->read(buffer, capacity);
  const size_t count = head_.copy(buffer, capacity, given_);
  given_ += count;
  return count;
}

double file_bytes(const std::string& path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return 0;
  const auto size = std::filesystem::file_size(path, none);
  return none ? 0 : static_cast<double>(size);
}

}  // namespace veleta
