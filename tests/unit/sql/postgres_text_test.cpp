#include "postgres_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "veleta/error.hpp"

namespace veleta::sql {
namespace {

const std::string kMark = "\xEF\xB7\x90";

TEST(PostgresText, LeavesUtf8AsItIs) {
  for (const std::string text : {"", "plain", "100 %", "Ñ 🧭 \n", "\\x00"}) {
    std::string buffer;
    EXPECT_EQ(to_kept_text(text, buffer), text);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(from_kept_text(text, buffer), text);
  }
}

TEST(PostgresText, EscapesWhatPostgresRefuses) {
  std::string buffer;
  EXPECT_EQ(to_kept_text(std::string("a\0b", 3), buffer), kMark + "a%00b");
  EXPECT_EQ(to_kept_text("50% \xff", buffer), kMark + "50%25 %FF");
}

TEST(PostgresText, GivesEveryTextBack) {
  for (const std::string& text : {std::string("\0", 1), std::string("\xc3\x28"), kMark, kMark + "a%00b",
                                  std::string("\xed\xa0\x80"), std::string("%\xfe%41")}) {
    std::string kept_buffer, buffer;
    const std::string_view kept = to_kept_text(text, kept_buffer);
    EXPECT_TRUE(kept.starts_with(kMark));
    EXPECT_EQ(from_kept_text(kept, buffer), text);
  }
}

TEST(PostgresText, RefusesAnEscapeThatItDidNotMake) {
  for (const char* kept : {"%", "%4", "%4x", "a%"}) {
    std::string buffer;
    EXPECT_THROW(from_kept_text(kMark + kept, buffer), Error) << kept;
  }
}

}  // namespace
}  // namespace veleta::sql
