#include "base/files.hpp"

#include <gtest/gtest.h>
#include <optional>

#include "base/ids.hpp"

namespace veleta {
namespace {

std::optional<ErrorCode> refusal(const std::filesystem::path& path, size_t max_bytes) {
  try {
    read_file(path, max_bytes);
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

TEST(ReadFile, ReadsAllOfItUpToTheLimit) {
  const auto path = std::filesystem::temp_directory_path() / ("veleta-" + new_id());
  std::string content(200000, 'x');
  content[70000] = '\0';
  write_file_atomically(path, content);
  EXPECT_EQ(read_file(path), content);
  EXPECT_EQ(read_file(path, content.size()), content);
  EXPECT_EQ(refusal(path, content.size() - 1), ErrorCode::kBadData);
  write_file_atomically(path, "");
  EXPECT_EQ(read_file(path), "");
  std::filesystem::remove(path);
  EXPECT_EQ(refusal(path, 1), ErrorCode::kNotFound);
}

TEST(ReadFile, EndsWhereAFileDoesNot) { EXPECT_EQ(refusal("/dev/zero", 1000), ErrorCode::kBadData); }

}  // namespace
}  // namespace veleta
