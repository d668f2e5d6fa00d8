#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http_message.hpp"

// Request targets (RFC 3986): paths and queries, and what is encoded in them.

namespace veleta {

/// "a+b%2Fc" is "a+b/c"; nothing where a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

/// "a b:c" is "a%20b:c": as a segment of a path, where ':' and '+' may stand.
std::string percent_encoded(std::string_view segment);

/// What stands between the slashes of "/a/b", as it came: "a", "b".
std::vector<std::string_view> path_segments(std::string_view path);

/// "a=1&b=x+y" as a form has it, where '+' is a space. Throws HttpProblem 400 for a bad escape.
HttpFields parse_query(std::string_view query);

/// What a route does not take, a client has misspelt: throws HttpProblem 422 for a field that is not among the `known`.
void refuse_unknown_fields(const HttpFields& fields, const std::vector<std::string>& known);

/// The last value of that name; nothing where there is none.
std::optional<std::string> find_field(const HttpFields& fields, std::string_view name);

}  // namespace veleta
