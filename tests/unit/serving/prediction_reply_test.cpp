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

class ExplanationReply : public ::testing::Test {
 protected:
  json::object body(bool single) {
    return explanation_body(explanations, {{{"city", "Ponce"}, {"bed", 3}}}, {"bed", "bath", "city"}, binary(), single);
  }

  ExplanationSet explanations{"tree_shap", "target", "on price", {{100, 130, {10, -25, 45}, std::nullopt}}};
};

TEST_F(ExplanationReply, ListsTheStrongestAttributionFirstWithTheRawValue) {
  EXPECT_EQ(body(true), json::parse(R"({"prediction": 130.0, "base_value": 100.0, "attributions": [
      {"column": "city", "value": "Ponce", "attribution": 45.0}, {"column": "bath", "value": null, "attribution": -25.0},
      {"column": "bed", "value": 3, "attribution": 10.0}],
      "space": "target", "method": "on price", "explainer": "tree_shap"})"));
}

TEST_F(ExplanationReply, ListsRowsWhereTheRequestDid) {
  const json::object list = body(false);
  EXPECT_EQ(list.at("explanations").as_array().size(), 1U);
  EXPECT_EQ(list.at("explainer"), "tree_shap");
  EXPECT_FALSE(list.contains("prediction"));
}

TEST_F(ExplanationReply, AddsTheClassOfAClassification) {
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
