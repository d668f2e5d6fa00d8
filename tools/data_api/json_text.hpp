#pragma once

#include <string>
#include <string_view>

namespace veleta::data_api {

/// What stands between the quotes of a JSON string: all but printable ASCII is escaped. Takes UTF-8.
std::string json_escaped(std::string_view text);

/// `text` as a JSON string, quotes included.
std::string json_text(std::string_view text);

}  // namespace veleta::data_api
