#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace veleta {

/// Without the blanks, tabs and line ends around it.
std::string_view trim(std::string_view text);

/// Whether a trimmed cell says that there is no value: "", "NA", "N/A", "NaN", "null", "NULL", "None".
bool is_missing_text(std::string_view text);

/// The label of a trimmed cell: a whole number written plainly in at most 15 digits has one spelling ("00601" and
/// "601.0" are "601"); with fold_case, ASCII letters are lower case. May point into `scratch`.
std::string_view canonical_label(std::string_view text, bool fold_case, std::string& scratch);

/// Whether the label of a number's text is sure to be what format_number makes of the number.
bool is_plain_spelling(std::string_view text, double number);

bool is_utf8(std::string_view text);

}  // namespace veleta
