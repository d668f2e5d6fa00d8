#include <fmt/format.h>

#include "base/digest.hpp"
#include "column_encoder.hpp"
#include "model/bundle.hpp"

namespace veleta {

namespace {

constexpr int kFormat = 1;
const std::string kFolder = std::string(kBundleFolder) + "/";
const std::string kCard = kFolder + "bundle.json";
const std::string kLearner = kFolder + "learner.bin";
const std::string kFeatures = kFolder + "features.json";
const std::string kGolden = kFolder + "golden.bin";
const std::string kGoldenPredictions = kFolder + "golden_predictions.bin";
const std::string kBackground = kFolder + "background.bin";
const std::string kProfile = kFolder + "profile.bin";
const std::string kReferenceFeatures = kFolder + "reference_features.bin";
const std::string kReferencePredictions = kFolder + "reference_predictions.bin";
const std::string kReferenceTargets = kFolder + "reference_targets.bin";
const std::string kReferenceAttributions = kFolder + "reference_attributions.bin";
const std::string kSegments = kFolder + "segments.bin";  // only where there are any

json::value rules_to_json(const ColumnRules& rules) {
  return {{"numeric", json::value_from(rules.numeric)}, {"categorical", json::value_from(rules.categorical)},
          {"date", json::value_from(rules.date)},       {"ignore", json::value_from(rules.ignore)},
          {"names", json::value_from(rules.names)},     {"fold_case", rules.fold_case}};
}

ColumnRules rules_from_json(const json::value& value) {
  const auto texts = [&](const char* key) { return json::value_to<std::vector<std::string>>(value.at(key)); };
  return {texts("numeric"), texts("categorical"), texts("date"),
          texts("ignore"),  texts("names"),       value.at("fold_case").as_bool()};
}

json::object importance_to_json(const std::map<std::string, double>& importance) {
  json::object object;
  for (const auto& [column, mean] : importance) object[column] = to_json(static_cast<float>(mean));
  return object;
}

std::map<std::string, double> importance_from_json(const json::value& value) {
  std::map<std::string, double> importance;
  for (const auto& [column, mean] : value.as_object()) importance[column] = float_from_json(mean);
  return importance;
}

json::object digests_of(const BundleFiles& files) {
  json::object digests;
  for (const auto& [name, content] : files) digests[name] = sha256(content);
  return digests;
}

json::object card_of(const BundleParts& parts, const BundleFiles& files) {
  return {{"format", kFormat},
          {"pipeline", parts.pipeline},
          {"learner", parts.learner},
          {"learner_version", parts.learner_version},
          {"learner_params", to_json(parts.learner_params)},
          {"target", to_json(parts.target)},
          {"input_schema", to_json(parts.input_schema)},
          {"rules", rules_to_json(parts.rules)},
          {"importance", importance_to_json(parts.importance)},
          {"explainer", parts.explainer},
          {"explainer_params", to_json(parts.explainer_params)},
          {"notes", parts.notes},
          {"sha256", digests_of(files)}};
}

void read_card(const json::value& card, BundleParts& parts) {
  if (card.at("format").as_int64() != kFormat)
    throw Error(ErrorCode::kBadData, fmt::format("it is of format {}; this program reads format {}",
                                                 json::serialize(card.at("format")), kFormat));
  const auto text = [&](const char* key) { return std::string(card.at(key).as_string()); };
  parts.pipeline = text("pipeline");
  parts.learner = text("learner");
  parts.learner_version = text("learner_version");
  parts.learner_params = params_from_json(card.at("learner_params"));
  parts.target = target_from_json(card.at("target"));
  parts.input_schema = schema_from_json(card.at("input_schema"));
  parts.rules = rules_from_json(card.at("rules"));
  parts.importance = importance_from_json(card.at("importance"));
  parts.explainer = text("explainer");
  parts.explainer_params = params_from_json(card.at("explainer_params"));
  parts.notes = card.at("notes").as_object();
}

/// A bundle's files, each refused by name if there is something wrong with it.
class CheckedFiles {
 public:
  explicit CheckedFiles(const BundleFiles& files) : files_(files) {}

  /// Gives the file's content to `read`; what that throws is told of the file.
  template <typename Read>
  void read(const std::string& name, Read&& read) const {
    const auto found = files_.find(name);
    if (found == files_.end()) throw Error(ErrorCode::kBadData, fmt::format("the model lacks its file {}", name));
    try {
      check_digest(name, found->second);
      read(found->second);
    } catch (const std::exception& error) {
      throw Error(ErrorCode::kBadData, fmt::format("the model's file {} cannot be used: {}", name, error.what()));
    }
  }

  void set_digests(const json::object& digests) { digests_ = &digests; }
  /// Whether the card tells of the file.
  bool is_recorded(const std::string& name) const { return digests_ && digests_->contains(name); }

 private:
  void check_digest(const std::string& name, const std::string& content) const {
    if (!digests_) return;
    const std::string expected = text_or_empty(*digests_, name), found = sha256(content);
    if (found != expected)
      throw Error(ErrorCode::kBadData,
                  fmt::format("its SHA-256 should be {} and is {}; it was altered or cut short", expected, found));
  }

  const BundleFiles& files_;
  const json::object* digests_ = nullptr;
};

void add_reference(const ReferenceRows& reference, BundleFiles& files) {
  files[kReferenceFeatures] = serialize(reference.scored.features);
  files[kReferencePredictions] = serialize(std::span(reference.scored.predictions));
  files[kReferenceTargets] = serialize(std::span(reference.scored.targets));
  files[kReferenceAttributions] = serialize(reference.attributions);
}

std::vector<double> parse_row_numbers(const std::string& bytes, size_t rows) {
  std::vector<double> numbers = parse_numbers(bytes);
  if (numbers.size() != rows)
    throw Error(ErrorCode::kBadData,
                fmt::format("it has {} numbers for the {} rows of {}", numbers.size(), rows, kReferenceFeatures));
  return numbers;
}

ReferenceRows read_reference(const CheckedFiles& checked, const FeatureEncoder& encoder) {
  ReferenceRows reference;
  Matrix& features = reference.scored.features;
  checked.read(kReferenceFeatures, [&](const std::string& bytes) {
    features = parse_matrix(bytes);
    if (features.columns != encoder.feature_names().size())
      throw Error(ErrorCode::kBadData, fmt::format("its rows have {} features; the model's encoding makes {}",
                                                   features.columns, encoder.feature_names().size()));
  });
  checked.read(kReferencePredictions, [&](const std::string& bytes) {
    reference.scored.predictions = parse_row_numbers(bytes, features.rows);
  });
  checked.read(kReferenceTargets,
               [&](const std::string& bytes) { reference.scored.targets = parse_row_numbers(bytes, features.rows); });
  checked.read(kReferenceAttributions,
               [&](const std::string& bytes) { reference.attributions = parse_profile(bytes); });
  return reference;
}

}  // namespace

BundleFiles to_files(const BundleParts& parts) {
  BundleFiles files{{kLearner, parts.learner_bytes},
                    {kFeatures, json::serialize(parts.features.to_json())},
                    {kGolden, serialize(parts.golden)},
                    {kGoldenPredictions, serialize(std::span(parts.golden_predictions))},
                    {kBackground, serialize(parts.background)},
                    {kProfile, serialize(parts.profile)}};
  if (parts.reference) add_reference(*parts.reference, files);
  if (!parts.segments.empty()) files[kSegments] = serialize(parts.segments);
  files[kCard] = pretty_json(card_of(parts, files));
  return files;
}

BundleParts parts_from_files(const BundleFiles& files) {
  BundleParts parts;
  CheckedFiles checked(files);
  json::value card;
  checked.read(kCard, [&](const std::string& text) {
    card = parse_json(text, "the card");
    read_card(card, parts);
    checked.set_digests(card.at("sha256").as_object());
  });
  checked.read(kLearner, [&](const std::string& bytes) { parts.learner_bytes = bytes; });
  checked.read(kFeatures, [&](const std::string& text) {
    parts.features = FeatureEncoder::from_json(parse_json(text, "the encoding"));
  });
  checked.read(kGolden, [&](const std::string& bytes) { parts.golden = parse_matrix(bytes); });
  checked.read(kGoldenPredictions, [&](const std::string& bytes) { parts.golden_predictions = parse_numbers(bytes); });
  checked.read(kBackground, [&](const std::string& bytes) { parts.background = parse_matrix(bytes); });
  checked.read(kProfile, [&](const std::string& bytes) { parts.profile = parse_profile(bytes); });
  if (checked.is_recorded(kReferenceFeatures)) parts.reference = read_reference(checked, parts.features);
  if (checked.is_recorded(kSegments))
    checked.read(kSegments, [&](const std::string& bytes) { parts.segments = parse_segments(bytes); });
  return parts;
}

std::string bundle_digest(const BundleFiles& files) {
  BundleFiles own = files;
  std::erase_if(own, [](const auto& file) { return !file.first.starts_with(kFolder); });
  return sha256(json::serialize(digests_of(own)));
}

}  // namespace veleta
