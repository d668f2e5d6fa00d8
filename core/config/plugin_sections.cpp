#include "plugin_sections.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.hpp"
#include "sections.hpp"
#include "values.hpp"

namespace veleta {

namespace {

const std::vector<std::string> kDefaultDetectors{"ks", "chi_square", "missing_share"};

std::vector<std::string> names_of(const std::vector<ParamDescription>& keys, std::vector<std::string> names) {
  for (const auto& key : keys) names.push_back(key.name);
  return names;
}

/// The sections of one kind of plugin.
class PluginSections {
 public:
  PluginSections(Document& document, PluginHost& plugins, std::string section_name, PluginKind kind)
      : document_(document), plugins_(plugins), name_(std::move(section_name)), kind_(kind) {}

  /// The plugin of a section that may stand once; none where the file has none.
  std::optional<PluginUse> one() {
    const toml::table* table = document_.root()[name_].as_table();
    return table ? std::optional(use_of(*table, name_)) : std::nullopt;
  }

  /// Those of a section that may stand often; as many as the file has, whatever is wrong with them.
  std::vector<PluginUse> all() {
    std::vector<PluginUse> uses;
    const toml::array* tables = document_.root()[name_].as_array();
    for (size_t i = 0; tables && i < tables->size(); ++i) {
      const std::string path = fmt::format("{}[{}]", name_, i);
      if (const toml::table* table = (*tables)[i].as_table())
        uses.push_back(use_of(*table, path));
      else
        document_.expected(path, "a table");
      refuse_twice(uses, path);
    }
    return uses;
  }

  void require() {
    if (!document_.root().contains(name_))
      document_.complain(name_, fmt::format("{} is required. {}", heading(section(name_)), installed()));
  }

 private:
  std::string installed() const {
    const auto names = plugins_.names(kind_);
    return "Installed: " + (names.empty() ? "none" : join(names, ", "));
  }

  PluginUse use_of(const toml::table& table, const std::string& path) {
    const std::string key = path + ".plugin";
    if (!table.contains("plugin")) {
      document_.complain(key, "is required. " + installed());
      return {};
    }
    const auto& own_keys = section(name_).keys;
    const Values own(document_.read(table, path, own_keys));
    PluginUse use{own.text("plugin"), {}, own.list("columns"), own.text("of")};
    if (const auto* description = describe(use.name, table, key)) {
      document_.refuse_unknown(table, path, names_of(description->params, names_within(name_)));
      use.params = document_.read(table, path, description->params);
    }
    return use;
  }

  const PluginDescription* describe(const std::string& name, const toml::table& table, const std::string& key) {
    if (name.empty()) return nullptr;  // complained of
    try {
      return &plugins_.describe(kind_, name);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kNotFound)
        refuse_absent(table["plugin"].value_or(""), key);
      else
        document_.complain(key, error.what());
    }
    return nullptr;
  }

  /// `written` is the name as the file has it: the host's own message would tell what an environment variable holds.
  void refuse_absent(const std::string& written, const std::string& key) {
    std::vector<std::string> searched;
    for (const auto& folder : plugins_.folders()) searched.push_back(folder.string());
    document_.complain(key, fmt::format("there is no {} '{}'.{} {}. Searched: {}", to_string(kind_), written,
                                        did_you_mean(written, plugins_.names(kind_)), installed(),
                                        searched.empty() ? "no folder" : join(searched, ", ")));
  }

  /// Of the last use against those before it.
  void refuse_twice(const std::vector<PluginUse>& uses, const std::string& path) {
    if (uses.empty() || uses.back().name.empty()) return;
    const auto same = [&](const PluginUse& use) {
      return use.name == uses.back().name && use.columns == uses.back().columns && use.of == uses.back().of;
    };
    const auto first = std::find_if(uses.begin(), uses.end(), same);
    if (&*first != &uses.back())
      document_.complain(path + ".plugin", fmt::format("is {}[{}]'s already", name_, first - uses.begin()));
  }

  Document& document_;
  PluginHost& plugins_;
  std::string name_;
  PluginKind kind_;
};

std::vector<PluginUse> default_detectors(Document& document, PluginHost& plugins) {
  std::vector<PluginUse> uses;
  const auto installed = plugins.names(PluginKind::kDetector);
  for (const auto& name : kDefaultDetectors) {
    if (std::find(installed.begin(), installed.end(), name) == installed.end()) continue;
    try {
      uses.push_back({name, default_values(plugins.describe(PluginKind::kDetector, name).params), {}, ""});
    } catch (const Error& error) {
      document.complain("drift", fmt::format("is not there, and a detector used then cannot be: {}", error.what()));
    }
  }
  return uses;
}

/// What only watching can tell: a detector's parameters may be sound one by one, and it may compare windows alone.
void check_stream(Document& document, PluginHost& plugins, const PluginUse& use, const std::string& path) {
  if (!use.columns.empty() && use.of != "columns")
    document.complain(
        path + ".columns",
        fmt::format("has no meaning with of = \"{}\": columns are watched with of = \"columns\"", use.of));
  try {
    if (!plugins.create_detector(use.name, use.params, {})->watches())
      document.complain(
          path + ".plugin",
          fmt::format("the detector '{}' compares windows and watches no series: it belongs into [[drift]]", use.name));
  } catch (const Error& error) {
    document.complain(path + ".plugin", error.what());
  }
}

std::vector<PluginUse> load_streams(Document& document, PluginHost& plugins) {
  std::vector<PluginUse> uses = PluginSections(document, plugins, "stream", PluginKind::kDetector).all();
  for (size_t i = 0; i < uses.size(); ++i) {
    const std::string path = fmt::format("stream[{}]", i);
    if (!document.is_wrong(path)) check_stream(document, plugins, uses[i], path);
  }
  return uses;
}

}  // namespace

void load_plugins(Document& document, PluginHost& plugins, PipelineConfig& config) {
  PluginSections source(document, plugins, "source", PluginKind::kSource);
  source.require();
  config.source = source.one().value_or(PluginUse{});
  config.drift = document.root().contains("drift")
                     ? PluginSections(document, plugins, "drift", PluginKind::kDetector).all()
                     : default_detectors(document, plugins);
  config.streams = load_streams(document, plugins);
  PluginSections learner(document, plugins, "learner", PluginKind::kLearner);
  learner.require();
  config.learners = learner.all();
  config.explain = PluginSections(document, plugins, "explain", PluginKind::kExplainer).one();
}

}  // namespace veleta
