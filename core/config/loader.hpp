#pragma once

#include "document.hpp"
#include "sections.hpp"
#include "values.hpp"

namespace veleta {

/// Reads a pipeline's file section by section. Complains into the document; what it returns counts only if that is
/// sound. What concerns several keys together is left to check_rules.
class Loader {
 public:
  Loader(Document& document, PluginHost& plugins) : document_(document), plugins_(plugins) {}
  void load(PipelineConfig& config);

 private:
  void refuse_wrong_shapes();
  /// The table of a section; null where the file has none, or something else in its place.
  const toml::table* table_of(const std::string& section_name);
  Values values_of(const std::string& section_name);
  /// Those of each table of a section of many; as many as the file has, whatever is wrong with them.
  std::vector<Values> all_values_of(const std::string& section_name);

  void load_parameters(PipelineConfig& config);
  void load_pipeline(PipelineConfig& config);
  void load_columns(PipelineConfig& config);
  void load_validate(PipelineConfig& config);
  void load_retrain(PipelineConfig& config);
  void load_segments(PipelineConfig& config);
  void load_train(PipelineConfig& config);
  void load_features(PipelineConfig& config);
  void load_promote(PipelineConfig& config);
  void load_uris(PipelineConfig& config);
  void load_serve(PipelineConfig& config);
  void load_runner(PipelineConfig& config);
  void load_schedule(PipelineConfig& config);

  Document& document_;
  PluginHost& plugins_;
};

}  // namespace veleta
