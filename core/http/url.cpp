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

std::string told_url(std::string_view url) {
  std::string told(url.substr(0, url.find_first_of("?#")));
  const size_t scheme_end = told.find("://");
  const size_t host = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  const size_t host_end = told.find('/', host);
  const size_t user_end = told.substr(0, host_end).rfind('@');
  if (user_end != std::string::npos && user_end >= host) told.erase(host, user_end + 1 - host);
  return told;
}

}  // namespace veleta::http
