#include "rules.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

constexpr size_t kMaxKeyBytes = 250;
constexpr size_t kMaxExperimentBytes = 500;
constexpr size_t kMaxModelBytes = 200;
constexpr size_t kMaxAliasBytes = 255;
constexpr size_t kMaxPathBytes = 200;
constexpr size_t kMaxDatasetNameBytes = 500;
constexpr size_t kMaxDatasetDigestBytes = 36;
constexpr size_t kMaxDatasetTextBytes = 65535;

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::kInvalidArgument, message); }

/// ASCII letters and digits, and the characters in `others`.
bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return (c < 0x80 && std::isalnum(c)) || others.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

/// Whether each part between slashes names something: none is empty, "." or "..".
bool has_named_parts(std::string_view path) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

/// As messages tell a text.
std::string start_of(const std::string& text) { return clipped(text, 100); }

void check_size(const std::string& what, const std::string& text, size_t max_bytes) {
  if (text.size() > max_bytes)
    refuse(fmt::format("{} is too long: expected at most {} bytes, found {}", what, max_bytes, text.size()));
}

void check_key(const char* kind, const std::string& key) {
  if (!consists_of(key, "_.- :/") || !has_named_parts(key) || key.starts_with(".."))
    refuse(
        fmt::format("'{}' is no key of a {}: expected letters, digits, '_', '-', '.', ':', ' ' and '/' between parts",
                    start_of(key), kind));
  check_size(fmt::format("the key of a {}, '{}',", kind, start_of(key)), key, kMaxKeyBytes);
}

void check_texts(const char* kind, const std::map<std::string, std::string>& texts, size_t max_bytes) {
  for (const auto& [key, value] : texts) {
    check_key(kind, key);
    check_size(fmt::format("{} '{}'", kind, key), value, max_bytes);
  }
}

void require_text(const char* what, const std::string& text, size_t max_bytes) {
  if (text.empty()) refuse(fmt::format("{} is empty", what));
  check_size(what, text, max_bytes);
}

}  // namespace

std::string nearest_key(std::string_view name) {
  std::string key(name.substr(0, kMaxKeyBytes));
  for (char& character : key)
    if (!consists_of({&character, 1}, "_.- :")) character = '_';
  if (key.empty() || key == "." || key.starts_with("..")) key.insert(0, "_");
  return key.substr(0, kMaxKeyBytes);
}

void check_experiment(const std::string& name) { require_text("the experiment's name", name, kMaxExperimentBytes); }

void check_run_names(const std::string& key, const std::string& name) {
  require_text("the run's key", key, kMaxTagBytes);
  require_text("the run's name", name, kMaxKeyBytes);
}

void check_params(const std::map<std::string, std::string>& params) {
  check_texts("parameter", params, kMaxParamBytes);
}

void check_tags(const std::map<std::string, std::string>& tags) { check_texts("tag", tags, kMaxTagBytes); }

void check_metrics(const std::vector<MetricPoint>& points) {
  for (const auto& point : points) {
    check_key("metric", point.key);
    if (!std::isfinite(point.value))
      refuse(fmt::format("metric '{}' at step {}: expected a finite number, found {}", point.key, point.step,
                         point.value));
    if (point.time_ms < 0)
      refuse(fmt::format("metric '{}' at step {}: expected a time from 1970 on, found {} ms", point.key, point.step,
                         point.time_ms));
  }
}

void check_inputs(const std::vector<DatasetInput>& inputs) {
  for (const auto& input : inputs) {
    require_text("the name of a dataset", input.name, kMaxDatasetNameBytes);
    const std::string place = fmt::format("the dataset '{}'", start_of(input.name));
    require_text(("the digest of " + place).c_str(), input.digest, kMaxDatasetDigestBytes);
    require_text(("the context of " + place).c_str(), input.context, kMaxKeyBytes);
    check_size("the source of " + place, input.source, kMaxDatasetTextBytes);
    check_size("the schema of " + place, input.schema, kMaxDatasetTextBytes);
    if (input.row_count < 0) refuse(fmt::format("{}: expected a count of rows, found {}", place, input.row_count));
  }
}

void check_final_status(const std::string& status) {
  if (status != "FINISHED" && status != "FAILED" && status != "KILLED")
    refuse(fmt::format("'{}' is no final status of a run: expected FINISHED, FAILED or KILLED", start_of(status)));
}

void check_model(const std::string& name) {
  require_text("the model's name", name, kMaxModelBytes);
  const bool plain = std::none_of(name.begin(), name.end(), [](unsigned char c) {
    return c < 0x20 || c == 0x7f || std::string_view("/\\:.%\"'").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (!plain)
    refuse(
        fmt::format("'{}' is no name of a model: expected one without / \\ : . % \" ' and control characters", name));
}

void check_description(const std::string& description) {
  check_size("the version's description", description, kMaxDescriptionBytes);
}

void check_alias(const std::string& alias) {
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const auto lower = [](unsigned char c) { return static_cast<char>(std::tolower(c)); };
  std::string lower_case = alias;
  std::transform(alias.begin(), alias.end(), lower_case.begin(), lower);
  const bool reads_as_version =
      lower_case.size() > 1 && lower_case[0] == 'v' && std::all_of(alias.begin() + 1, alias.end(), is_digit);
  if (alias.empty() || !consists_of(alias, "_-") || reads_as_version || lower_case == "latest")
    refuse(fmt::format("'{}' is no alias: expected letters, digits, '_' and '-', but not 'latest' or a version as 'v1'",
                       start_of(alias)));
  check_size(fmt::format("the alias '{}'", start_of(alias)), alias, kMaxAliasBytes);
}

void check_artifact_path(const std::string& path) {
  if (!consists_of(path, "._-/") || !has_named_parts(path) || path.ends_with(".part"))
    refuse(
        fmt::format("'{}' is no artifact path: expected parts of letters, digits, '.', '_' and '-' with '/' between, "
                    "none '.' or '..', and no '.part' at its end",
                    start_of(path)));
  check_size(fmt::format("the artifact path '{}'", start_of(path)), path, kMaxPathBytes);
}

std::string other_model_folder(const std::string& model) {
  return fmt::format("{}-{}", kModelFolder, sha256(model).substr(0, 8));
}

void check_version_files(const std::map<std::string, std::string>& files) {
  if (files.empty()) refuse("a version has no files: expected one at least");
  for (const auto& [path, bytes] : files) {
    check_artifact_path(path);
    if (path == kManifestName) refuse(fmt::format("'{}' is no file of a version: the registry writes it", path));
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
      if (files.count(path.substr(0, slash)))
        refuse(fmt::format("'{}' is below '{}', which is a file too", path, path.substr(0, slash)));
  }
}

}  // namespace veleta
