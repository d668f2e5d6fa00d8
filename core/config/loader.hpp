#pragma once

#include "document.hpp"
#include "sections.hpp"

namespace veleta {

/// Reads a pipeline's file section by section. Complains into the document; what it returns counts only if that is
/// sound.
class Loader {
 public:
  Loader(Document& document, PluginHost& plugins) : document_(document), plugins_(plugins) {}
  void load(PipelineConfig& config);

 private:
  /// The values of a plain section, by name.
  class Values;
  Values values_of(const std::string& section_name);
  const toml::table* table_of(const std::string& section_name);
  void refuse_unknown_sections();

  void load_pipeline(PipelineConfig& config);
  void load_columns(PipelineConfig& config);
  void load_validate(PipelineConfig& config);
  void load_retrain(PipelineConfig& config);
  void load_train(PipelineConfig& config);
  void load_features(PipelineConfig& config);
  void load_promote(PipelineConfig& config);
  void load_gate(const toml::node& node, const std::string& path, PipelineConfig& config);
  void load_uris(PipelineConfig& config);
  void load_serve(PipelineConfig& config);

  std::optional<PluginUse> load_plugin(const toml::table& table, const std::string& path, const Section& section,
                                       PluginKind kind);
  std::optional<PluginUse> load_one(const std::string& section_name, PluginKind kind);
  std::vector<PluginUse> load_all(const std::string& section_name, PluginKind kind);
  void refuse_twice(const std::vector<PluginUse>& learners);
  void add_default_detectors(PipelineConfig& config);
  PluginUse with_defaults(PluginKind kind, const std::string& name);
  std::optional<double> optional_number(const toml::table& table, const std::string& path, const char* key);
  void check_metric(const toml::node* at, const std::string& key, const std::string& metric, const std::string& task);

  Document& document_;
  PluginHost& plugins_;
};

}  // namespace veleta
