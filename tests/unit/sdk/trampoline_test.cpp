#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "test_plugins.hpp"

namespace veleta::testing {
namespace {

veleta_status compare(double row_count, veleta_drift_result* out) {
  const TestInstance moody("moody");
  veleta_numeric_window reference{};
  reference.size = sizeof reference;
  reference.row_count = row_count;
  const veleta_numeric_window current = reference;
  return moody.verbs<veleta_detector>().compare_numeric(moody.get(), &reference, &current, out);
}

TEST(Trampoline, TurnsWhatIsThrownIntoStatusAndText) {
  veleta_drift_result result{};
  EXPECT_EQ(compare(1, &result), VELETA_BAD_DATA);
  EXPECT_EQ(last_error, "the reference is one row");
  EXPECT_EQ(compare(2, &result), VELETA_INTERNAL);
  EXPECT_EQ(last_error, "a library's own words");
  EXPECT_EQ(compare(3, &result), VELETA_INTERNAL);
  EXPECT_EQ(last_error, "the plugin threw something that is not a std::exception");
  EXPECT_EQ(compare(4, &result), VELETA_INTERNAL);
}

TEST(Trampoline, CutsADetailBetweenCharacters) {
  veleta_drift_result result{};
  ASSERT_EQ(compare(9, &result), VELETA_OK);
  EXPECT_EQ(std::string(result.detail), std::string(510, 'x'));  // byte 511 would be half of "ü"
  EXPECT_EQ(result.p_value, VELETA_NO_P_VALUE);
}

TEST(Trampoline, LendsABatchsTextsUntilTheNextCall) {
  const TestInstance source("two_batches");
  std::string payload;
  const veleta_writer writer{sizeof writer, &payload, [](void* context, const void* bytes, size_t count) {
                               static_cast<std::string*>(context)->append(static_cast<const char*>(bytes), count);
                               return veleta_status{VELETA_OK};
                             }};
  veleta_batch batch{};
  batch.size = sizeof batch;
  ASSERT_EQ(source.verbs<veleta_source>().next(source.get(), nullptr, &writer, &batch), VELETA_OK);
  EXPECT_EQ(payload, "a,b\n1,2\n");
  EXPECT_STREQ(batch.id, "0");
  EXPECT_STREQ(batch.cursor, "after 0");
  EXPECT_STREQ(batch.origin, "a text that the batch owns, too long for the stack");
  EXPECT_EQ(batch.id_pointer, nullptr);
  ASSERT_EQ(source.verbs<veleta_source>().next(source.get(), "after 0", &writer, &batch), VELETA_OK);
  EXPECT_EQ(batch.outcome, VELETA_END_OF_DATA);
}

TEST(Trampoline, EndsASourceWhoseHostCannotKeepThePayload) {
  const TestInstance source("two_batches");
  const veleta_writer full{sizeof full, nullptr,
                           [](void*, const void*, size_t) { return veleta_status{VELETA_INTERNAL}; }};
  veleta_batch batch{};
  batch.size = sizeof batch;
  EXPECT_EQ(source.verbs<veleta_source>().next(source.get(), nullptr, &full, &batch), VELETA_INTERNAL);
  EXPECT_EQ(last_error, "the host could not keep the payload");
}

class LearnerTrampoline : public ::testing::Test {
 protected:
  veleta_status train(uint64_t seed) {
    const veleta_matrix none{sizeof none, nullptr, 0, 2, nullptr};
    const veleta_training training{sizeof training, VELETA_REGRESSION, 1, seed, &none, nullptr, &none, nullptr};
    return verbs.train(learner.get(), &training, &model);
  }
  void TearDown() override {
    if (model) verbs.destroy_model(learner.get(), model);
  }

  TestInstance learner{"stump"};
  const veleta_learner& verbs = learner.verbs<veleta_learner>();
  void* model = nullptr;
};

TEST_F(LearnerTrampoline, RefusesANullModel) {
  EXPECT_EQ(train(0), VELETA_INTERNAL);
  EXPECT_EQ(last_error, "the learner returned no model");
  EXPECT_EQ(model, nullptr);
}

TEST_F(LearnerTrampoline, ShowsTreesAsTheModelHasThem) {
  ASSERT_EQ(train(1), VELETA_OK);
  veleta_trees trees{};
  trees.size = sizeof trees;
  ASSERT_EQ(verbs.view_trees(learner.get(), model, &trees), VELETA_OK);
  EXPECT_EQ(trees.node_count, 1u);
  EXPECT_EQ(trees.value[0], 1.5);
  EXPECT_EQ(trees.base_margin, 0.25);
  EXPECT_EQ(trees.link, VELETA_LOGISTIC);
}

TEST_F(LearnerTrampoline, FillsNoMoreThanAnOlderHostHasRoomFor) {
  ASSERT_EQ(train(1), VELETA_OK);
  veleta_trees trees{};
  trees.size = offsetof(veleta_trees, base_margin);
  trees.base_margin = -7;
  ASSERT_EQ(verbs.view_trees(learner.get(), model, &trees), VELETA_OK);
  EXPECT_EQ(trees.size, offsetof(veleta_trees, base_margin));
  EXPECT_EQ(trees.node_count, 1u);
  EXPECT_EQ(trees.base_margin, -7);
}

TEST_F(LearnerTrampoline, RefusesAViewWhoseArraysDiffer) {
  ASSERT_EQ(train(1), VELETA_OK);
  veleta_linear linear{};
  linear.size = sizeof linear;
  EXPECT_EQ(verbs.view_linear(learner.get(), model, &linear), VELETA_INTERNAL);
  EXPECT_EQ(last_error, "the model's view has 1 of means where it needs 2");
}

TEST(Trampoline, RefusesAnExplainerThatPreparesNothing) {
  const TestInstance explainer("nothing");
  const veleta_matrix none{sizeof none, nullptr, 0, 0, nullptr};
  const veleta_explainable model{sizeof model, 0, nullptr, nullptr, nullptr, nullptr, &none, 1, VELETA_IDENTITY};
  void* prepared = nullptr;
  EXPECT_EQ(explainer.verbs<veleta_explainer>().prepare(explainer.get(), &model, &prepared), VELETA_INTERNAL);
  EXPECT_EQ(prepared, nullptr);
}

}  // namespace
}  // namespace veleta::testing
