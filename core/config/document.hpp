#pragma once

#include <toml++/toml.h>
#include <string>
#include <vector>

#include "config/pipeline_config.hpp"
#include "plugins/params.hpp"

namespace veleta {

/// A pipeline's file while it is checked: gathers all that is wrong, each with its place.
class Document {
 public:
  /// Parses the text; a syntax error is the one diagnostic then.
  Document(std::filesystem::path file, const std::string& text);

  const toml::table& root() const { return root_; }
  bool has_errors() const { return !diagnostics_.empty(); }
  /// Throws ConfigError if anything was wrong.
  void require_sound() const;

  /// Forgets what is wrong in a section.
  void pass_over(const std::string& section);

  void complain(const toml::node& at, const std::string& key, const std::string& message);
  /// For what is not there: the place is that of the section that lacks it.
  void complain_absent(const toml::node* section, const std::string& key, const std::string& message);

  /// The values of a table's described keys, defaults filled in. Complains of wrong types, ranges and choices, and of
  /// required keys that are missing. Sub-tables answer to dotted names. `path` is the table's name in messages.
  ParamValues read(const toml::table& table, const std::string& path, const std::vector<ParamDescription>& keys);
  /// Complains of every key that is in none of the descriptions and not among `others`.
  void refuse_unknown(const toml::table& table, const std::string& path, const std::vector<ParamDescription>& keys,
                      const std::vector<std::string>& others);
  /// A text with environment variables put in.
  std::string expand(const toml::node& at, const std::string& key, const std::string& text);

 private:
  void read_value(const toml::node& node, const std::string& key, const ParamDescription& description,
                  ParamValue& value);
  void read_text(const toml::node& node, const std::string& key, const ParamDescription& description,
                 ParamValue& value);
  void read_list(const toml::node& node, const std::string& key, ParamValue& value);
  void read_table(const toml::node& node, const std::string& key, ParamValue& value);
  void check_range(const toml::node& node, const std::string& key, const ParamDescription& description, double number);
  void expected(const toml::node& node, const std::string& key, const std::string& what);

  std::filesystem::path file_;
  toml::table root_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace veleta
