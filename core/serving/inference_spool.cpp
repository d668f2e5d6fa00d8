#include "inference_spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "spooled_records.hpp"

namespace veleta {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSuffix = ".spool";
constexpr uint32_t kMark = 0x4C505356;  // "VSPL"

struct RecordHeader {
  uint32_t mark = kMark;
  uint32_t row_count = 0;
  uint64_t payload_bytes = 0;
  uint64_t payload_hash = 0;
};

[[noreturn]] void fail(const char* verb, const fs::path& path) {
  throw Error(ErrorCode::kUnavailable, fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(errno)));
}

/// The header at `offset` whose record is whole within `file_bytes`; nothing where there is none.
std::optional<RecordHeader> header_at(std::ifstream& in, uint64_t offset, uint64_t file_bytes) {
  RecordHeader header;
  in.clear();
  in.seekg(static_cast<std::streamoff>(offset));
  if (!in.read(reinterpret_cast<char*>(&header), sizeof header) || header.mark != kMark) return std::nullopt;
  if (header.payload_bytes > file_bytes - offset - sizeof header) return std::nullopt;
  return header;
}

std::string writer_of(const fs::path& path) {
  const std::string name = path.stem().string();
  return name.substr(0, name.rfind('-'));
}

}  // namespace

InferenceSpool::InferenceSpool(fs::path folder, std::string writer, uint64_t capacity_bytes, uint64_t file_bytes)
    : folder_(std::move(folder)), writer_(std::move(writer)), capacity_bytes_(capacity_bytes), file_bytes_(file_bytes) {
  take_over();
}

InferenceSpool::~InferenceSpool() {
  close_file();
  std::error_code error;
  if (std::none_of(files_.begin(), files_.end(), [&](const File& file) { return file.writer == writer_; }))
    fs::remove(folder_ / (writer_ + ".lock"), error);
  for (const auto& [writer, descriptor] : locks_) ::close(descriptor);
}

void InferenceSpool::lock_writer(const std::string& writer) {
  const fs::path path = folder_ / (writer + ".lock");
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) fail("lock", path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    locks_[writer] = descriptor;
  else
    ::close(descriptor);
}

void InferenceSpool::take_over() {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == kSuffix) paths.push_back(entry->path());
  if (error && error != std::errc::no_such_file_or_directory)
    throw Error(ErrorCode::kUnavailable, fmt::format("cannot read {}: {}", folder_.string(), error.message()));
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    File file{path, writer_of(path), 0, 0, 0};
    if (!fs::is_regular_file(path, error)) continue;
    if (!locks_.contains(file.writer)) lock_writer(file.writer);
    if (!locks_.contains(file.writer)) continue;  // it lives
    const uint64_t file_bytes = fs::file_size(path, error);
    if (error) continue;  // its writer, or another server, has brought it to the store meanwhile
    std::ifstream in(path, std::ios::binary);
    while (const auto header = header_at(in, file.bytes, file_bytes)) {
      file.bytes += sizeof *header + header->payload_bytes;
      file.rows += header->row_count;
    }
    if (file.bytes < file_bytes)
      log(LogLevel::kWarning, fmt::format("{}: the last {} bytes are no whole record and are passed over",
                                          path.string(), file_bytes - file.bytes));
    rows_ += file.rows;
    bytes_ += file.bytes;
    files_.push_back(std::move(file));
  }
  while (!files_.empty() && files_.front().bytes == 0) remove_front_file();
}

void InferenceSpool::open_next_file() {
  close_file();
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!locks_.contains(writer_)) lock_writer(writer_);
  const fs::path path = folder_ / fmt::format("{}-{:06}{}", writer_, ++file_count_, kSuffix);
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("make", path);
  sync_file(path);
  files_.push_back({path, writer_, 0, 0, 0});
}

void InferenceSpool::close_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool InferenceSpool::append(const InferenceChunk& key, const std::vector<InferenceRecord>& records) {
  const std::string payload = encode_chunk(key, records);
  const RecordHeader header{kMark, static_cast<uint32_t>(records.size()), payload.size(), hash64(payload)};
  const uint64_t record_bytes = sizeof header + payload.size();
  if (bytes_ + record_bytes > capacity_bytes_) return false;
  if (descriptor_ < 0 || files_.back().bytes >= file_bytes_) open_next_file();

  File& file = files_.back();
  std::string record(reinterpret_cast<const char*>(&header), sizeof header);
  record += payload;
  const ssize_t written = ::write(descriptor_, record.data(), record.size());
  if (written != static_cast<ssize_t>(record.size()) || ::fdatasync(descriptor_) != 0) {
    const int reason = errno;
    // What was written of it must not stand before the next one.
    if (::ftruncate(descriptor_, static_cast<off_t>(file.bytes)) != 0) close_file();
    errno = written >= 0 && written != static_cast<ssize_t>(record.size()) ? ENOSPC : reason;
    fail("write", file.path);
  }
  file.bytes += record_bytes;
  file.rows += records.size();
  bytes_ += record_bytes;
  rows_ += records.size();
  return true;
}

std::optional<InferenceSpool::Chunk> InferenceSpool::front() {
  while (!files_.empty()) {
    File& file = files_.front();
    std::ifstream in(file.path, std::ios::binary);
    const auto header = file.read_bytes < file.bytes ? header_at(in, file.read_bytes, file.bytes) : std::nullopt;
    if (header) {
      std::string payload(header->payload_bytes, '\0');
      in.read(payload.data(), static_cast<std::streamsize>(payload.size()));
      if (in && hash64(payload) == header->payload_hash) {
        front_bytes_ = sizeof *header + payload.size();
        front_rows_ = header->row_count;
        return decode_chunk(payload);
      }
    }
    if (file.read_bytes < file.bytes)
      log(LogLevel::kError, fmt::format("{} is damaged at byte {}: the {} rows from there on are lost",
                                        file.path.string(), file.read_bytes, file.rows));
    remove_front_file();
  }
  return std::nullopt;
}

void InferenceSpool::pop() {
  File& file = files_.front();
  file.read_bytes += front_bytes_;
  file.rows -= front_rows_;
  rows_ -= front_rows_;
  bytes_ -= front_bytes_;
  if (file.read_bytes >= file.bytes) remove_front_file();
}

void InferenceSpool::remove_front_file() {
  const File file = std::move(files_.front());
  files_.pop_front();
  rows_ -= file.rows;
  bytes_ -= file.bytes - file.read_bytes;
  if (files_.empty() && file.writer == writer_) close_file();
  std::error_code error;
  fs::remove(file.path, error);
  const bool is_last =
      std::none_of(files_.begin(), files_.end(), [&](const File& other) { return other.writer == file.writer; });
  if (!is_last || file.writer == writer_) return;
  fs::remove(folder_ / (file.writer + ".lock"), error);
  ::close(locks_[file.writer]);
  locks_.erase(file.writer);
}

}  // namespace veleta
