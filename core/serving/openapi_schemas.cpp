#include "openapi.hpp"

namespace veleta {

namespace {

constexpr const char* kSchemas = R"({
  "Problem": {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
      "type": {"type": "string"},
      "title": {"type": "string"},
      "status": {"type": "integer"},
      "detail": {"type": "string", "description": "for people"},
      "code": {"type": "string", "description": "for programs; the reason phrase of the reply, too"},
      "request_id": {"type": "string"},
      "errors": {"type": "array", "items": {"type": "object"}, "description": "places in the body that are wrong"}
    }
  },
  "Rows": {
    "description": "one row as an object, {\"rows\": [...]} or {\"columns\": [...], \"data\": [[...], ...]}",
    "type": "object"
  }
})";

}  // namespace

const json::object& openapi_schemas() {
  static const json::value schemas = parse_json(kSchemas, "the schemas of /openapi.json");
  return schemas.get_object();
}

}  // namespace veleta
