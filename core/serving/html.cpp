#include "html.hpp"

#include <fmt/format.h>
#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>

#include "base/digest.hpp"

namespace veleta {

namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dde2e8;--ground:#fff;--panel:#f5f7f9;--link:#0b5cad;
--good:#176b3a;--bad:#b3261e;--busy:#0b5cad;--idle:#5b6675}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#9aa5b4;--line:#333c48;--ground:#14181e;--panel:#1c222a;
--link:#7db7f5;--good:#6fcf97;--bad:#ff8a80;--busy:#7db7f5;--idle:#9aa5b4}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:66rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
nav,footer{color:var(--soft);font-size:.9rem}
footer{margin-top:2rem;padding-top:.75rem;border-top:1px solid var(--line)}
footer a{margin-right:1rem}
a{color:var(--link);text-decoration:none}
a:hover,a:focus-visible{text-decoration:underline}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 .75rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:1.75rem 0 .5rem}
p{margin:.5rem 0;overflow-wrap:anywhere}
.state{display:inline-block;font-size:.85rem;font-weight:600;line-height:1;padding:.3rem .55rem;border:1px solid;
border-radius:1rem;vertical-align:middle;white-space:nowrap;color:var(--idle)}
td .state{font-size:.8rem;padding:.2rem .45rem}
.succeeded,.finished,.alive{color:var(--good)}.failed,.drifted{color:var(--bad)}.running{color:var(--busy)}
.error{border-left:4px solid var(--bad);background:var(--panel);padding:.6rem .9rem;margin:1rem 0}
.error p{margin:0;white-space:pre-wrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.25rem;margin:1rem 0}
dt,.soft{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
progress{width:100%;height:.6rem;accent-color:var(--busy)}
ol.steps{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:.4rem}
ol.steps li{display:grid;grid-template-columns:1.5rem 7rem 6rem 1fr;gap:.5rem;padding:.3rem .75rem;
border-top:1px solid var(--line)}
ol.steps li:first-child{border-top:0}
ol.steps li.waiting,ol.steps li.left{color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:500;white-space:nowrap}
td:not(:first-child):not(:last-child){white-space:nowrap}
td:last-child{min-width:14rem;overflow-wrap:anywhere}
time{white-space:nowrap}
pre{background:var(--panel);border-radius:.4rem;padding:.75rem;overflow-x:auto;font:13px/1.45 ui-monospace,monospace;
margin:0}
)css";

std::string base64(const std::string& bytes) {
  using namespace boost::archive::iterators;
  using Encoded = base64_from_binary<transform_width<std::string::const_iterator, 6, 8>>;
  std::string text(Encoded(bytes.begin()), Encoded(bytes.end()));
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string bytes_of(const std::string& hexadecimal) {
  std::string bytes;
  for (size_t i = 0; i < hexadecimal.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
  return bytes;
}

/// https://www.w3.org/TR/CSP3: nothing is loaded, run, sent or framed; the page's own style is known by its digest.
const std::string& content_policy() {
  static const std::string policy =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-" +
      base64(bytes_of(sha256(kStyle))) + "'";
  return policy;
}

const char* entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return nullptr;
  }
}

/// HTML knows none of these but tab and line breaks.
bool is_shown(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= ' ' && byte != 0x7f) || c == '\t' || c == '\n';
}

}  // namespace

Html::Html(std::string_view text) {
  text_.reserve(text.size());
  for (const char c : text) {
    if (const char* name = entity(c))
      text_ += name;
    else if (is_shown(c))
      text_ += c;
    else
      text_ += "\xEF\xBF\xBD";
  }
}

Html Html::element(const char* name, const Html& inside, const Attributes& attributes) {
  Html made;
  made.text_.append("<").append(name);
  for (const auto& [attribute, value] : attributes)
    made.text_.append(" ").append(attribute).append("=\"").append(Html(value).text_).append("\"");
  made.text_.append(">").append(inside.text_).append("</").append(name).append(">");
  return made;
}

Html Html::link(const std::string& path, const Html& inside) { return element("a", inside, {{"href", path}}); }

Html html_table(const std::vector<std::string>& headings, const std::vector<std::vector<Html>>& rows) {
  if (rows.empty()) return {};
  Html heads, lines;
  for (const std::string& heading : headings) heads += Html::element("th", heading, {{"scope", "col"}});
  for (const auto& row : rows) {
    Html cells;
    for (const Html& cell : row) cells += Html::element("td", cell);
    lines += Html::element("tr", cells);
  }
  const Html table = Html::element("thead", Html::element("tr", heads)) + Html::element("tbody", lines);
  return Html::element("div", Html::element("table", table), {{"class", "scroll"}});
}

Html html_facts(const std::vector<std::pair<std::string, Html>>& facts) {
  Html items;
  for (const auto& [name, what] : facts)
    if (!what.empty()) items += Html::element("dt", name) + Html::element("dd", what);
  return Html::element("dl", items);
}

HttpReply html_reply(const HtmlPage& page) {
  const std::string refresh =
      page.refresh_s > 0 ? fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">", page.refresh_s) : "";
  HttpReply reply{200, "text/html; charset=utf-8", {}, ""};
  reply.body = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{}<title>{}</title>"
      "<style>{}</style></head>\n<body><main>{}</main></body></html>\n",
      refresh, Html(page.title).markup(), kStyle, page.body.markup());
  reply.headers = {{"Cache-Control", "no-store"},
                   {"Content-Security-Policy", content_policy()},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Referrer-Policy", "no-referrer"}};
  return reply;
}

}  // namespace veleta
