#include <gmock/gmock.h>

#include <cmath>

#include "base/text.hpp"
#include "test_bundles.hpp"

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const BundleFiles& files) {
  try {
    parts_from_files(files);
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    return error.what();
  }
}

/// The files with one text of the card replaced.
BundleFiles with_card(const std::string& from, const std::string& to) {
  BundleFiles files = to_files(line_parts());
  std::string& card = files.at("model/bundle.json");
  const size_t at = card.find(from);
  EXPECT_NE(at, std::string::npos) << card;
  card.replace(at, from.size(), to);
  return files;
}

TEST(BundleFiles, ComeBackAsTheSameFiles) {
  const BundleFiles files = to_files(line_parts());
  EXPECT_EQ(to_files(parts_from_files(files)), files);
  for (const auto& [name, content] : files) EXPECT_THAT(name, StartsWith("model/"));
}

TEST(BundleFiles, KeepWhatTheCardTells) {
  const BundleParts parts = parts_from_files(to_files(line_parts()));
  EXPECT_EQ(parts.pipeline, "lines");
  EXPECT_EQ(parts.learner_bytes, "2");
  EXPECT_EQ(parts.target.column, "y");
  EXPECT_EQ(parts.input_schema, line_parts().input_schema);
  EXPECT_EQ(parts.rules.ignore, std::vector<std::string>{"id"});
  EXPECT_EQ(parts.golden_predictions, line_parts().golden_predictions);
  EXPECT_EQ(parts.importance, line_parts().importance);
  EXPECT_EQ(parts.explainer_params, line_parts().explainer_params);
  EXPECT_EQ(parts.notes.at("rows"), 4);
  EXPECT_EQ(parts.profile.row_count, 4);
}

TEST(BundleFiles, KeepSegmentsWhereThereAreAny) {
  BundleParts parts = line_parts();
  EXPECT_FALSE(to_files(parts).contains("model/segments.bin"));
  parts.segments = {{"city", "Utah", parts.profile}};
  BundleFiles files = to_files(parts);
  const BundleParts read = parts_from_files(files);
  ASSERT_EQ(read.segments.size(), 1u);
  EXPECT_EQ(read.segments[0].name(), "city is Utah");
  EXPECT_EQ(to_files(read), files);
  files.erase("model/segments.bin");
  EXPECT_THAT(refusal(files), HasSubstr("lacks its file model/segments.bin"));
}

TEST(BundleFiles, HaveADigestThatChangesWithEachOfThem) {
  const BundleFiles files = to_files(line_parts());
  EXPECT_EQ(bundle_digest(files), bundle_digest(to_files(line_parts())));
  for (const auto& [name, content] : files) {
    BundleFiles other = files;
    other[name] += " ";
    EXPECT_NE(bundle_digest(other), bundle_digest(files)) << name;
  }
}

TEST(BundleFiles, OfOtherNamesArePassedOver) {
  BundleFiles files = to_files(line_parts());
  files["MLmodel"] = "flavors: {}";
  EXPECT_EQ(refusal(files), "accepted");
}

TEST(BundleFiles, AreRefusedByNameWhereOneIsMissing) {
  for (const auto& [name, content] : to_files(line_parts())) {
    BundleFiles files = to_files(line_parts());
    files.erase(name);
    EXPECT_THAT(refusal(files), HasSubstr("lacks its file " + name));
  }
}

TEST(BundleFiles, AreRefusedByNameWhereOneWasAltered) {
  for (const auto& [name, content] : to_files(line_parts())) {
    if (name == "model/bundle.json") continue;
    BundleFiles files = to_files(line_parts());
    files[name].back() ^= 1;
    EXPECT_THAT(refusal(files), HasSubstr(name));
    EXPECT_THAT(refusal(files), HasSubstr("altered or cut short"));
    files[name].clear();
    EXPECT_THAT(refusal(files), HasSubstr(name));
  }
}

BundleParts parts_with_reference() {
  BundleParts parts = line_parts();
  parts.reference = {{parts.golden, {2, 4, 6, 8}, {2, 4, 7, kNaN}}, make_profile({{numbers("x", {-3, -1, 1, 3})}})};
  return parts;
}

TEST(BundleFiles, KeepTheRowsThatLaterWindowsAreComparedWith) {
  const BundleFiles files = to_files(parts_with_reference());
  const BundleParts parts = parts_from_files(files);
  ASSERT_TRUE(parts.reference);
  EXPECT_EQ(parts.reference->scored.features.values, parts.golden.values);
  EXPECT_EQ(parts.reference->scored.predictions, (std::vector<double>{2, 4, 6, 8}));
  EXPECT_EQ(parts.reference->scored.targets[2], 7);
  EXPECT_TRUE(std::isnan(parts.reference->scored.targets[3]));
  EXPECT_EQ(parts.reference->attributions.columns.at(0).name, "x");
  EXPECT_EQ(to_files(parts), files);
}

TEST(BundleFiles, MayLackThoseRowsAsOlderVersionsDo) {
  EXPECT_FALSE(parts_from_files(to_files(line_parts())).reference);
}

TEST(BundleFiles, AreRefusedWhereThoseRowsAreBrokenOrOfAnotherModel) {
  for (const auto& [name, content] : to_files(parts_with_reference())) {
    if (name == "model/bundle.json") continue;
    BundleFiles files = to_files(parts_with_reference());
    files[name].back() ^= 1;
    EXPECT_THAT(refusal(files), HasSubstr(name));
    files.erase(name);
    EXPECT_THAT(refusal(files), HasSubstr("lacks its file " + name));
  }
  BundleParts short_of_numbers = parts_with_reference();
  short_of_numbers.reference->scored.targets.pop_back();
  EXPECT_THAT(refusal(to_files(short_of_numbers)), HasSubstr("3 numbers for the 4 rows"));
  BundleParts of_another = parts_with_reference();
  of_another.reference->scored.features.columns = 2;
  of_another.reference->scored.features.rows = 2;
  of_another.reference->scored.features.names = {"x", "y"};
  EXPECT_THAT(refusal(to_files(of_another)), HasSubstr("have 2 features; the model's encoding makes 1"));
}

TEST(BundleFiles, OfALaterFormatAreRefused) {
  EXPECT_THAT(refusal(with_card("\"format\": 1", "\"format\": 2")),
              HasSubstr("of format 2; this program reads format 1"));
}

TEST(BundleFiles, WithABrokenCardAreRefused) {
  EXPECT_THAT(refusal({{"model/bundle.json", "{"}}), HasSubstr("model/bundle.json"));
  EXPECT_THAT(refusal({{"model/bundle.json", "[]"}}), HasSubstr("model/bundle.json"));
  EXPECT_THAT(refusal(with_card("\"regression\"", "\"ranking\"")), HasSubstr("'ranking'"));
  EXPECT_THAT(refusal(with_card("\"learner\"", "\"teacher\"")), HasSubstr("model/bundle.json"));
  EXPECT_THAT(refusal(with_card("\"sha256\"", "\"md5\"")), HasSubstr("model/bundle.json"));
}

}  // namespace
}  // namespace veleta::testing
