#include "html.hpp"

#include <gmock/gmock.h>

namespace veleta {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string header(const HttpReply& reply, const std::string& name) {
  for (const auto& [known, value] : reply.headers)
    if (known == name) return value;
  return "";
}

TEST(Html, EscapesTextInElementsAndAttributes) {
  EXPECT_EQ(Html("a<b>&\"c'").markup(), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(Html::link("/\"onclick=x", "<i>").markup(), "<a href=\"/&quot;onclick=x\">&lt;i&gt;</a>");
  EXPECT_EQ(Html(std::string_view("a\0b\x1b\tc\n", 7)).markup(),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\tc\n");
}

TEST(Html, LeavesOutWhatThereIsNot) {
  EXPECT_TRUE(html_table({"A"}, {}).empty());
  EXPECT_EQ(html_facts({{"A", ""}, {"B", "b"}}).markup(), "<dl><dt>B</dt><dd>b</dd></dl>");
}

TEST(Html, LetsAPageDoNothingButShowItself) {
  const HttpReply reply = html_reply({"<t>", Html("body"), 0});
  EXPECT_EQ(reply.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr("<title>&lt;t&gt;</title>"));
  EXPECT_THAT(reply.body, Not(HasSubstr("http-equiv")));
  EXPECT_THAT(reply.body, Not(HasSubstr("<script")));
  const std::string policy = header(reply, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(header(reply, "X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(html_reply({"t", {}, 2}).body, HasSubstr("<meta http-equiv=\"refresh\" content=\"2\">"));
}

}  // namespace
}  // namespace veleta
