#pragma once

#include "base/json.hpp"
#include "http_router.hpp"

namespace veleta {

/// The routes as OpenAPI 3.1 describes them, made from what was registered with them.
json::object openapi_of(const HttpRouter& router);

/// The schemas that routes name, by name.
const json::object& openapi_schemas();

}  // namespace veleta
