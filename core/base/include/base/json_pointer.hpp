#pragma once

#include <string>
#include <string_view>

namespace veleta {

/// A name as a token of a JSON pointer (RFC 6901, section 3): "a/b" is "a~1b".
std::string pointer_token(std::string_view name);

}  // namespace veleta
