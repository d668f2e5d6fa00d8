#include "http_target.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "http_problem.hpp"

namespace veleta {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string form_decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto decoded = percent_decoded(spaced);
  if (!decoded)
    throw HttpProblem(400, "The query has a '%' that two hexadecimal digits do not follow.").with_code("bad-escape");
  return std::move(*decoded);
}

std::pair<std::string, std::string> parse_field(std::string_view field) {
  const size_t equals = field.find('=');
  if (equals == std::string_view::npos) return {form_decoded(field), ""};
  return {form_decoded(field.substr(0, equals)), form_decoded(field.substr(equals + 1))};
}

}  // namespace

const std::string& HttpRequest::path_parameter(const std::string& name) const {
  const auto found =
      std::ranges::find_if(path_parameters, [&](const auto& parameter) { return parameter.first == name; });
  if (found == path_parameters.end())
    throw Error(ErrorCode::kInternal, fmt::format("the path {} has no part {}", path, name));
  return found->second;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string percent_encoded(std::string_view segment) {
  constexpr std::string_view kPlain = "-._~:+@!$&'()*,;=";
  std::string encoded;
  for (const char c : segment) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 128 && (std::isalnum(byte) || kPlain.find(c) != std::string_view::npos))
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", byte);
  }
  return encoded;
}

std::vector<std::string_view> path_segments(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.starts_with('/')) return segments;
  for (size_t at = 1; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    segments.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return segments;
}

HttpFields parse_query(std::string_view query) {
  HttpFields fields;
  for (size_t at = 0; at < query.size();) {
    const size_t end = std::min(query.find('&', at), query.size());
    if (end > at) fields.push_back(parse_field(query.substr(at, end - at)));
    at = end + 1;
  }
  return fields;
}

void refuse_unknown_fields(const HttpFields& fields, const std::vector<std::string>& known) {
  for (const auto& [name, value] : fields) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string takes = known.empty() ? "none" : join(known, ", ");
    throw HttpProblem(422, fmt::format("The query has a parameter that this route does not take. It takes: {}.{}",
                                       takes, did_you_mean(name, known)))
        .with_code("unknown-parameter:" + name);
  }
}

std::optional<std::string> find_field(const HttpFields& fields, std::string_view name) {
  for (auto field = fields.rbegin(); field != fields.rend(); ++field)
    if (field->first == name) return field->second;
  return std::nullopt;
}

}  // namespace veleta
