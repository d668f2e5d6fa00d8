#include "data/schema.hpp"

#include <algorithm>

namespace veleta {

const Field* Schema::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field.name);
  return names;
}

json::value to_json(const Schema& schema) {
  json::array fields;
  for (const auto& field : schema.fields) fields.push_back({{"name", field.name}, {"type", to_string(field.type)}});
  return {{"fields", std::move(fields)}};
}

namespace {

Field field_from_json(const json::value& value) {
  const auto* object = value.if_object();
  Field field{object ? text_or_empty(*object, "name") : "", ColumnType::kNumber};
  const auto type = object ? parse_column_type(text_or_empty(*object, "type")) : std::nullopt;
  if (field.name.empty() || !type)
    throw Error(ErrorCode::kBadData,
                "a field of a schema must have a name, and number, category or time as its type; "
                "found " +
                    json::serialize(value));
  field.type = *type;
  return field;
}

}  // namespace

Schema schema_from_json(const json::value& value) {
  const auto* object = value.if_object();
  const auto* fields = object ? object->if_contains("fields") : nullptr;
  if (!fields || !fields->is_array())
    throw Error(ErrorCode::kBadData, "a schema must be an object with a list 'fields'");
  Schema schema;
  for (const auto& item : fields->get_array()) {
    Field field = field_from_json(item);
    if (schema.find(field.name))
      throw Error(ErrorCode::kBadData, "the schema has two fields named '" + field.name + "'");
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

Schema schema_of(const Table& table) {
  Schema schema;
  for (const auto& column : table.columns) schema.fields.push_back({column.name, column.type});
  return schema;
}

}  // namespace veleta
