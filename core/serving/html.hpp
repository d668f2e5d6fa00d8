#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_message.hpp"

// Pages for people. What stands in one comes from clients, sources and models, so a text becomes markup only by being
// escaped, and a page may load and run nothing.

namespace veleta {

/// Markup that is well formed, whatever it was made from.
class Html {
 public:
  using Attributes = std::vector<std::pair<const char*, std::string>>;

  Html() = default;
  /// A text, as the reader is to see it; control characters are shown as U+FFFD.
  Html(std::string_view text);  // NOLINT(google-explicit-constructor): a text is safe
  Html(const std::string& text) : Html(std::string_view(text)) {}
  Html(const char* text) : Html(std::string_view(text)) {}

  /// `name` and the attributes' names are the program's own.
  static Html element(const char* name, const Html& inside, const Attributes& attributes = {});
  /// `path` begins with a slash: it leads to this server.
  static Html link(const std::string& path, const Html& inside);

  Html& operator+=(const Html& more) {
    text_ += more.text_;
    return *this;
  }
  friend Html operator+(Html one, const Html& other) { return one += other; }
  const std::string& markup() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

/// A table; nothing where it has no rows.
Html html_table(const std::vector<std::string>& headings, const std::vector<std::vector<Html>>& rows);
/// Names with what they stand for; pairs without that are left out.
Html html_facts(const std::vector<std::pair<std::string, Html>>& facts);

struct HtmlPage {
  std::string title;
  Html body;
  int refresh_s = 0;  ///< it is loaded again after so long; 0: it is not
};

/// A whole document with its own style, for light and dark screens, that asks no server for anything, and is told to
/// be kept from doing so.
HttpReply html_reply(const HtmlPage& page);

}  // namespace veleta
