#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http_message.hpp"
#include "http_router.hpp"

namespace veleta {

/// Forms that a resource can be told in.
enum class Form { kJson, kText, kHtml };

/// How much a client wants a media type, 0 to 1, by its Accept header (RFC 9110, section 12.5.1): the most specific
/// range that covers the type counts. 1 where the header is empty; a range that cannot be read covers nothing.
double quality_of(std::string_view accept, std::string_view type);

/// The form that a client wants most, of those that there are; the first where it wants some alike. The query's `as`
/// counts before the Accept header, as people follow links. Throws HttpProblem 422 for a form that there is not.
Form form_of(const HttpRequest& request, const std::vector<Form>& forms);

/// What `/openapi.json` says of `as`, where there are these forms.
QueryParameter form_parameter(const std::vector<Form>& forms);

/// The reply depends on what the client accepts.
HttpReply varied(HttpReply reply);

}  // namespace veleta
