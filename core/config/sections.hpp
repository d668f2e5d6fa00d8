#pragma once

#include <string>
#include <vector>

#include "plugins/params.hpp"

namespace veleta {

/// A section of a pipeline's file: its keys, described as plugins describe theirs. One table gives validation, defaults
/// and the reference.
struct Section {
  std::string name;
  std::string doc;
  std::vector<ParamDescription> keys;
  bool is_array = false;                    ///< [[name]], any number of times
  const char* plugin_kind = nullptr;        ///< takes a plugin of this kind; its parameters stand beside the keys
  std::vector<std::string> special_keys{};  ///< handled by hand: values no description covers
};

/// All sections, in the order of the reference.
const std::vector<Section>& sections();
const Section& section(const std::string& name);

}  // namespace veleta
