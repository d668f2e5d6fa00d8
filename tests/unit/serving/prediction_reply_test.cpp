#include "prediction_reply.hpp"

#include <gmock/gmock.h>

namespace veleta {
namespace {

using ::testing::HasSubstr;

TargetSpec binary() {
  TargetSpec target;
  target.task = Task::kBinary;
  target.positive = "sold";
  target.negative = "for_sale";
  return target;
}

/// What is written between the braces of an object.
template <typename Write>
std::string text_of(Write write) {
  JsonWriter json;
  json.begin_object();
  write(json);
  return json.end_object().take();
}

std::string predictions_text(std::span<const double> predictions, const TargetSpec& target, bool single) {
  return text_of([&](JsonWriter& json) { write_predictions(json, predictions, target, single); });
}

TEST(PredictionReply, GivesOneRowOrAList) {
  const std::vector<double> one{12.5}, two{1, 2};
  EXPECT_EQ(predictions_text(one, {}, true), R"({"prediction":12.5})");
  EXPECT_EQ(predictions_text(one, {}, false), R"({"predictions":[12.5]})");
  EXPECT_EQ(predictions_text(two, {}, false), R"({"predictions":[1,2]})");
}

TEST(PredictionReply, NamesTheLikelierClassOfAProbability) {
  const std::vector<double> probabilities{0.75, 0.25};
  EXPECT_EQ(predictions_text(std::span(probabilities).first(1), binary(), true),
            R"({"prediction":0.75,"class":"sold","probability":0.75})");
  EXPECT_EQ(predictions_text(probabilities, binary(), false),
            R"({"predictions":[0.75,0.25],"classes":["sold","for_sale"],"probabilities":[0.75,0.75]})");
}

class ExplanationReplyTest : public ::testing::Test {
 protected:
  ExplanationReplyTest() {
    explanations.rows = {{100, 130, {10, -25, 45}, std::nullopt, {}}};
    explanations.encoded = {{3, 0, 1, 7}, 1, 4, {}, {}};
  }

  ExplanationReply reply() const { return {explanations, nullptr, rows, features, target, columns, kAllColumns}; }
  std::string text(bool single) const {
    return text_of([&](JsonWriter& json) { write_explanation(json, reply(), single); });
  }
  json::object body(bool single) const { return parse_json(text(single), "the reply").as_object(); }

  const FeatureEncoder features = FeatureEncoder::from_json(json::parse(R"({"format": 2, "columns": [
      {"column": "bed", "kind": "number", "fill": null}, {"column": "bath", "kind": "number", "fill": null},
      {"column": "city", "kind": "target_mean", "levels": ["Ponce"], "missing": false, "means": [1, 1], "log_counts": [7, 0],
       "has_number": false, "fill": null}], "constant_columns": [], "lowest": [], "highest": []})"));
  const json::array rows{{{"city", "Ponce"}, {"bed", 3}}};
  const TargetSpec target = binary();
  size_t columns = kAllColumns;
  ExplanationSet explanations{"tree_shap", "target", "on price", {}, "", {}};
};

TEST_F(ExplanationReplyTest, ListsTheStrongestAttributionFirstWithRawAndEncodedValues) {
  EXPECT_EQ(text(true),
            R"_({"prediction":130,"base_value":100,"attributions":[)_"
            R"_({"column":"city","value":"Ponce","encoded":{"city (mean)":1,"city (rows)":7},"attribution":45},)_"
            R"_({"column":"bath","value":null,"encoded":0,"attribution":-25},)_"
            R"_({"column":"bed","value":3,"encoded":3,"attribution":10}],)_"
            R"_("space":"target","method":"on price","explainer":"tree_shap"})_");
}

TEST_F(ExplanationReplyTest, FoldsTheWeakerColumns) {
  columns = 1;
  const json::object told = body(true);
  EXPECT_EQ(told.at("attributions").as_array().size(), 1U);
  EXPECT_EQ(told.at("rest"), (json::object{{"columns", 2}, {"attribution", -15}}));
}

TEST_F(ExplanationReplyTest, SaysWhichKernelServedAndHowSureItIs) {
  explanations.kernel = "64 permutations";
  explanations.rows[0].standard_errors = {1, 2, 3};
  EXPECT_EQ(body(true).at("kernel"), "64 permutations");
  EXPECT_EQ(body(true).at("attributions").at(0).at("standard_error"), 3);
}

TEST_F(ExplanationReplyTest, StandsBesidePredictions) {
  const auto beside = [&](bool single) {
    return text_of([&](JsonWriter& json) {
      json.member("predicted", true);
      write_explanation_beside(json, reply(), single);
    });
  };
  const std::string explainer = R"(,"space":"target","method":"on price","explainer":"tree_shap"})", whole = text(true),
                    row = whole.substr(0, whole.size() - explainer.size()) + "}";
  EXPECT_EQ(beside(true), R"({"predicted":true,"explanation":)" + row + explainer);
  EXPECT_EQ(beside(false), R"({"predicted":true,"explanations":[)" + row + "]" + explainer);
}

TEST_F(ExplanationReplyTest, TellsInteractionsWhereAskedFor) {
  const InteractionSet interactions{{{1, 2, 3, 2, 4, 5, 3, 5, 6}}};
  EXPECT_FALSE(body(true).contains("interactions"));
  const ExplanationReply with{explanations, &interactions, rows, features, target, kAllColumns, 1};
  EXPECT_THAT(text_of([&](JsonWriter& json) { write_explanation(json, with, true); }),
              HasSubstr(R"("interactions":{"pairs":[{"columns":["bath","city"],"interaction":10}],)"
                        R"("rest":{"pairs":2,"interaction":10}})"));
}

TEST_F(ExplanationReplyTest, ListsRowsWhereTheRequestDid) {
  const json::object list = body(false);
  EXPECT_EQ(list.at("explanations").as_array().size(), 1U);
  EXPECT_EQ(list.at("explainer"), "tree_shap");
  EXPECT_FALSE(list.contains("prediction"));
}

TEST_F(ExplanationReplyTest, AddsTheClassOfAClassification) {
  EXPECT_FALSE(body(true).contains("class"));
  explanations.space = "log_odds";
  explanations.rows[0].probability = 0.25;
  const json::object told = body(true);
  EXPECT_EQ(told.at("class"), "for_sale");
  EXPECT_EQ(told.at("probability"), 0.75);
  EXPECT_EQ(told.at("prediction"), 130) << "in the space of the attributions";
}

}  // namespace
}  // namespace veleta
