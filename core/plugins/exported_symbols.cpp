#include <elf.h>
#include <fmt/format.h>
#include <cstring>

#include "base/files.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta {

namespace {

/// A 64-bit ELF file's bytes, read with care: they may be anybody's.
class ElfFile {
 public:
  explicit ElfFile(const std::filesystem::path& file) : bytes_(read_file(file)), header_(at<Elf64_Ehdr>(0)) {
    if (std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0 || header_.e_ident[EI_CLASS] != ELFCLASS64)
      throw Error(ErrorCode::kPlugin, "it is no 64-bit ELF file");
  }

  size_t section_count() const { return header_.e_shnum; }
  Elf64_Shdr section(size_t index) const { return at<Elf64_Shdr>(header_.e_shoff + index * header_.e_shentsize); }

  template <typename Struct>
  Struct at(uint64_t offset) const {
    require(offset <= bytes_.size() && bytes_.size() - offset >= sizeof(Struct));
    Struct made;
    std::memcpy(&made, bytes_.data() + offset, sizeof made);
    return made;
  }
  std::string text(uint64_t offset) const {
    require(offset < bytes_.size());
    return bytes_.substr(offset, bytes_.find('\0', offset) - offset);
  }

 private:
  static void require(bool is_there) {
    if (!is_there) throw Error(ErrorCode::kPlugin, "it is cut off");
  }

  std::string bytes_;
  Elf64_Ehdr header_;
};

bool is_exported(const Elf64_Sym& symbol) {
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

std::vector<std::string> exported_symbols(const ElfFile& file) {
  std::vector<std::string> names;
  for (size_t i = 0; i < file.section_count(); ++i) {
    const Elf64_Shdr symbols = file.section(i);
    if (symbols.sh_type != SHT_DYNSYM) continue;
    const Elf64_Shdr texts = file.section(symbols.sh_link);
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.sh_size; at += sizeof(Elf64_Sym)) {
      const auto symbol = file.at<Elf64_Sym>(symbols.sh_offset + at);
      if (is_exported(symbol)) names.push_back(file.text(texts.sh_offset + symbol.st_name));
    }
  }
  return names;
}

}  // namespace

std::vector<std::string> exported_symbols(const std::filesystem::path& library) {
  try {
    return exported_symbols(ElfFile(library));
  } catch (const Error& error) {
    throw Error(ErrorCode::kPlugin,
                fmt::format("the symbols of {} cannot be read: {}", library.string(), error.what()));
  }
}

}  // namespace veleta
