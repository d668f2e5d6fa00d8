#include <gtest/gtest.h>

#include "http/client.hpp"

namespace veleta::http {
namespace {

TEST(PercentEncoding, KeepsWhatRfc3986CallsUnreservedAndWhatItIsTold) {
  EXPECT_EQ(percent_encoded("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(percent_encoded(" !*'();:@&=+$,/?#[]%"), "%20%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%2F%3F%23%5B%5D%25");
  EXPECT_EQ(percent_encoded("a/b c", "/"), "a/b%20c");
  EXPECT_EQ(percent_encoded("ñ\x01\xff"), "%C3%B1%01%FF");
}

TEST(ToldUrl, HasNeitherUserNorQueryNorFragment) {
  EXPECT_EQ(told_url("http://127.0.0.1:5000/a/b"), "http://127.0.0.1:5000/a/b");
  EXPECT_EQ(told_url("https://user:pass@host:1/p?q=1#f"), "https://host:1/p");
  EXPECT_EQ(told_url("https://user:p@ss@host/p@th"), "https://host/p@th");
  EXPECT_EQ(told_url("https://host?q=/a@b"), "https://host");
  EXPECT_EQ(told_url("user:pass@host/p"), "host/p");
  EXPECT_EQ(told_url("http://[::1]:80/p"), "http://[::1]:80/p");
  EXPECT_EQ(told_url(""), "");
}

TEST(ToldUrl, TellsNothingOfAPasswordThatBreaksTheUrl) {
  for (const char* url : {"https://user:sec/ret@host/p", "https://user:sec?ret@host/p", "https://user:sec#ret@host"})
    EXPECT_EQ(std::string(told_url(url)).find("sec"), std::string::npos) << told_url(url);
}

}  // namespace
}  // namespace veleta::http
