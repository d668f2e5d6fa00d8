#pragma once

#include <string>
#include <vector>

#include "plugins/params.hpp"

namespace veleta {

/// A section of a pipeline's file: its keys, described as plugins describe theirs. One table gives validation, defaults
/// and the reference.
struct Section {
  std::string name;  ///< "promote"; "promote.gates" lies within it
  std::string doc;
  std::vector<ParamDescription> keys;
  bool is_array = false;  ///< [[name]], any number of times
};

/// All sections, in the order of the reference.
const std::vector<Section>& sections();
const Section& section(const std::string& name);

/// "[train]", "[[drift]]".
std::string heading(const Section& section);

/// What a table of this path may hold, sections within it included: "min_rows", "gates"; of "": the sections' names.
std::vector<std::string> names_within(const std::string& path);

}  // namespace veleta
