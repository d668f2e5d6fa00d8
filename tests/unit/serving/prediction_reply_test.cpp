#include "prediction_reply.hpp"

#include <gtest/gtest.h>

namespace veleta {
namespace {

TargetSpec binary() {
  TargetSpec target;
  target.task = Task::kBinary;
  target.positive = "sold";
  target.negative = "for_sale";
  return target;
}

TEST(PredictionReply, GivesOneRowOrAList) {
  const std::vector<double> one{12.5}, two{1, 2};
  EXPECT_EQ(prediction_body(one, {}, true), (json::object{{"prediction", 12.5}}));
  EXPECT_EQ(prediction_body(one, {}, false), (json::object{{"predictions", {12.5}}}));
  EXPECT_EQ(prediction_body(two, {}, false), (json::object{{"predictions", {1.0, 2.0}}}));
}

TEST(PredictionReply, NamesTheLikelierClassOfAProbability) {
  const std::vector<double> probabilities{0.75, 0.25};
  EXPECT_EQ(prediction_body(std::span(probabilities).first(1), binary(), true),
            (json::object{{"prediction", 0.75}, {"class", "sold"}, {"probability", 0.75}}));
  EXPECT_EQ(prediction_body(probabilities, binary(), false),
            (json::object{
                {"predictions", {0.75, 0.25}}, {"classes", {"sold", "for_sale"}}, {"probabilities", {0.75, 0.75}}}));
}

class ExplanationReplyTest : public ::testing::Test {
 protected:
  ExplanationReplyTest() {
    explanations.rows = {{100, 130, {10, -25, 45}, std::nullopt, {}}};
    explanations.encoded = {{3, 0, 1, 7}, 1, 4, {}, {}};
  }

  ExplanationReply reply() const { return {explanations, nullptr, rows, features, target, columns, kAllColumns}; }
  json::object body(bool single) const { return explanation_body(reply(), single); }

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
  EXPECT_EQ(body(true), json::parse(R"json({"prediction": 130.0, "base_value": 100.0, "attributions": [
      {"column": "city", "value": "Ponce", "encoded": {"city (mean)": 1.0, "city (rows)": 7.0}, "attribution": 45.0},
      {"column": "bath", "value": null, "encoded": 0.0, "attribution": -25.0},
      {"column": "bed", "value": 3, "encoded": 3.0, "attribution": 10.0}],
      "space": "target", "method": "on price", "explainer": "tree_shap"})json"));
}

TEST_F(ExplanationReplyTest, FoldsTheWeakerColumns) {
  columns = 1;
  const json::object told = body(true);
  EXPECT_EQ(told.at("attributions").as_array().size(), 1U);
  EXPECT_EQ(told.at("rest"), (json::object{{"columns", 2}, {"attribution", -15.0}}));
}

TEST_F(ExplanationReplyTest, SaysWhichKernelServedAndHowSureItIs) {
  explanations.kernel = "64 permutations";
  explanations.rows[0].standard_errors = {1, 2, 3};
  EXPECT_EQ(body(true).at("kernel"), "64 permutations");
  EXPECT_EQ(body(true).at("attributions").at(0).at("standard_error"), 3.0);
}

TEST_F(ExplanationReplyTest, StandsBesidePredictions) {
  json::object one{{"prediction", 130.0}}, many{{"predictions", {130.0}}};
  add_explanations(one, reply(), true);
  EXPECT_EQ(one.at("explanation").at("base_value"), 100.0);
  EXPECT_EQ(one.at("explainer"), "tree_shap");
  add_explanations(many, reply(), false);
  EXPECT_EQ(many.at("explanations").at(0), one.at("explanation"));
}

TEST_F(ExplanationReplyTest, TellsInteractionsWhereAskedFor) {
  const InteractionSet interactions{{{1, 2, 3, 2, 4, 5, 3, 5, 6}}};
  EXPECT_FALSE(body(true).contains("interactions"));
  const ExplanationReply with{explanations, &interactions, rows, features, target, kAllColumns, 1};
  EXPECT_EQ(explanation_body(with, true).at("interactions"),
            json::parse(R"({"pairs": [{"columns": ["bath", "city"], "interaction": 10.0}],
                            "rest": {"pairs": 2, "interaction": 10.0}})"));
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
  EXPECT_EQ(told.at("prediction"), 130.0) << "in the space of the attributions";
}

}  // namespace
}  // namespace veleta
