#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace veleta {

/// SHA-256 over bytes given piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// 64 lower-case hexadecimal digits. Ends the computation.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);
std::string sha256_of_file(const std::filesystem::path& path);

/// XXH3, 64 bits: fast, stable over machines and versions, not for secrets.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace veleta
