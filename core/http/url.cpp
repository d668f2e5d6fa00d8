#include <fmt/format.h>

#include "http/client.hpp"

namespace veleta::http {

std::string percent_encoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  std::string encoded;
  for (const char character : text) {
    if (kUnreserved.find(character) != std::string_view::npos || kept.find(character) != std::string_view::npos)
      encoded += character;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(character));
  }
  return encoded;
}

namespace {

/// "host", "host:80" or "[::1]:80". A password with a '/' or '?' in it makes something else of a URL's beginning.
bool is_host(std::string_view text) {
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return colon == std::string_view::npos || text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

}  // namespace

std::string told_url(std::string_view url) {
  const size_t scheme_end = url.find("://");
  const std::string_view scheme = scheme_end == std::string_view::npos ? "" : url.substr(0, scheme_end + 3);
  std::string_view rest = url.substr(scheme.size());
  rest = rest.substr(0, rest.find_first_of("?#"));
  std::string_view host = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(host.size());
  if (const size_t user_end = host.rfind('@'); user_end != std::string_view::npos) host.remove_prefix(user_end + 1);
  return is_host(host) ? fmt::format("{}{}{}", scheme, host, path)
                       : fmt::format("{}(no host that can be read)", scheme);
}

}  // namespace veleta::http
