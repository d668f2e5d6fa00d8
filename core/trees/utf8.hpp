#pragma once

#include <string>
#include <string_view>

namespace veleta {

/// Where the first byte stands that is no UTF-8 (RFC 3629: no surrogates, nothing overlong); the text's size: nowhere.
size_t first_invalid_utf8(std::string_view text);

/// A JSON string's content with its escapes resolved (RFC 8259, section 7). The escapes must be well formed; half a
/// surrogate pair becomes what UTF-8 does not allow.
std::string unescape_json(std::string_view content);

}  // namespace veleta
