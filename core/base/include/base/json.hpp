#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "veleta/error.hpp"

namespace veleta {

namespace json = boost::json;

/// Parses a whole JSON text. `what` names it in the error, with the byte at which it broke. Throws kBadData.
json::value parse_json(std::string_view text, const std::string& what);

/// Reads and parses a JSON file. Throws kNotFound, kBadData.
json::value read_json_file(const std::filesystem::path& path);

/// JSON with two spaces of indentation and a final newline, for people.
std::string pretty_json(const json::value& value);

/// A number as JSON has it: null where it is NaN or infinite.
json::value number_or_null(double number);

/// The number at `key`; NaN where it is null or absent.
double number_or_nan(const json::object& object, std::string_view key);

/// The text at `key`; empty where it is absent or no text.
std::string text_or_empty(const json::object& object, std::string_view key);

}  // namespace veleta
