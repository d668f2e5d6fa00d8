#pragma once

#include <toml++/toml.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/pipeline_config.hpp"
#include "plugins/params.hpp"

namespace veleta {

/// A pipeline's file while it is checked: gathers all that is wrong, each with its place.
///
/// Keys in messages are paths from the root: "drift[0].min_effect". What was found is told as the file has it, so that
/// no message holds the value of an environment variable.
class Document {
 public:
  /// Parses the text; a syntax error is the one diagnostic then.
  Document(std::filesystem::path file, const std::string& text);

  const toml::table& root() const { return root_; }
  /// Throws ConfigError if anything was wrong.
  void require_sound() const;

  /// Forgets what is wrong in a section, or in all sections of that name.
  void pass_over(const std::string& section);

  /// Whether something at or below the key has been complained of.
  bool is_wrong(const std::string& key) const;

  /// The place is that of the value at `key`; where there is none, of the nearest table around it.
  void complain(const std::string& key, const std::string& message);
  /// "expected {what}, found {the value at `key`}", and the nearest of the valid texts.
  void expected(const std::string& key, const std::string& what, const std::vector<std::string>& valid = {});

  /// The values of a table's described keys, defaults filled in. Complains of wrong types, ranges and choices, and of
  /// required keys that are missing. Sub-tables answer to dotted names. `path` is the table's key.
  ParamValues read(const toml::table& table, const std::string& path, const std::vector<ParamDescription>& keys);
  /// The texts, numbers and flags of a table, as texts; "${NAME}" in texts that are read from here on stands for them.
  std::map<std::string, std::string> read_parameters(const toml::table& table, const std::string& path);
  /// Complains of every key of the table that is not among `names`; dotted names let sub-tables be.
  void refuse_unknown(const toml::table& table, const std::string& path, const std::vector<std::string>& names);

 private:
  void complain(const toml::source_region& at, const std::string& key, const std::string& message);
  void expected(const toml::node& node, const std::string& key, const std::string& what,
                const std::vector<std::string>& valid = {});
  void read_value(const toml::node& node, const std::string& key, const ParamDescription& description,
                  ParamValue& value);
  std::optional<std::string> read_text(const toml::node& node, const std::string& key,
                                       const ParamDescription& description);
  void read_list(const toml::node& node, const std::string& key, const ParamDescription& description,
                 ParamValue& value);
  void read_table(const toml::node& node, const std::string& key, ParamValue& value);
  std::optional<std::string> expand(const toml::node& node, const std::string& key);

  std::filesystem::path file_;
  toml::table root_;
  std::map<std::string, std::string> parameters_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace veleta
