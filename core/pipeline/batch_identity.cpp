#include "batch_identity.hpp"

#include <fmt/format.h>

#include "data/table.hpp"

namespace veleta {

std::string batch_identity(const json::value& envelope, const std::string& pointer) {
  json::error_code code;
  const json::value* found = envelope.find_pointer(pointer, code);
  if (found && found->is_string()) return std::string(found->get_string());
  // As a double, numbers beyond 2^53 would share an identity, and all but one of their batches be passed over.
  if (found && found->is_int64()) return fmt::to_string(found->get_int64());
  if (found && found->is_uint64()) return fmt::to_string(found->get_uint64());
  if (found && found->is_double()) return format_number(found->get_double());
  throw Error(ErrorCode::kBadData, fmt::format("the payload has no batch id (a text or a number) at '{}'", pointer));
}

}  // namespace veleta
