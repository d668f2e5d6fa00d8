#include "row_reader.hpp"

#include <zlib.h>
#include <stdexcept>

namespace csv_source {

namespace {
constexpr unsigned kBlock_bytes = 256 * 1024;
}

RowReader::RowReader(const std::filesystem::path& file) : file_(::gzopen(file.c_str(), "rb")) {
  if (!file_) throw std::runtime_error("cannot open " + file.string());
  ::gzbuffer(file_, kBlock_bytes);
}

RowReader::~RowReader() { ::gzclose(file_); }

bool RowReader::fill() {
  block_.resize(kBlock_bytes);
  const int count = ::gzread(file_, block_.data(), kBlock_bytes);
  int code = Z_OK;
  const char* words = ::gzerror(file_, &code);
  if (count < 0) throw std::runtime_error(words);
  if (count == 0 && code == Z_BUF_ERROR) throw std::runtime_error("the compressed file is cut short");
  block_.resize(static_cast<size_t>(count));
  position_ = 0;
  return count > 0;
}

bool RowReader::next(std::string& row) {
  row.clear();
  bool quoted = false;
  while (position_ < block_.size() || fill()) {
    while (position_ < block_.size()) {
      const char c = block_[position_++];
      row += c;
      if (c == '"') quoted = !quoted;  // a doubled quote turns it off and on again
      if (c == '\n' && !quoted) return true;
    }
  }
  return !row.empty();
}

}  // namespace csv_source
