#include <gmock/gmock.h>

#include "programs.hpp"

namespace veleta::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kExitPlugin = 7;

/// A pipeline whose learner is one of the bad ones.
class BadLearner : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Folder folder_;
  DataApi api_{folder_};
};

TEST_P(BadLearner, EndsItsRunWithAReasonAndLosesNothing) {
  const auto& [name, reason] = GetParam();
  const Pipeline sound(folder_, api_.url());
  ASSERT_EQ(sound.run().status, 0);
  const std::string production = sound.query("select model, alias, version from aliases");

  const Pipeline bad(folder_, api_.url(), "[[learner]]\nplugin = \"" + name + "\"\n", "[train]\ntimeout_s = 2\n");
  const Outcome outcome = bad.veleta(with_bad_plugins(bad.run_arguments(false)));
  EXPECT_EQ(outcome.status, kExitPlugin) << outcome.output;
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), AllOf(HasSubstr(name), HasSubstr(reason)));
  EXPECT_EQ(bad.query("select model, alias, version from aliases"), production);
  EXPECT_EQ(bad.query("select count(*) from batches"), "2");
}

INSTANTIATE_TEST_SUITE_P(Kinds, BadLearner,
                         testing::Values(std::tuple("bad_crash", "crashed while training"),
                                         std::tuple("bad_hang", "did not finish within 2 s"),
                                         std::tuple("bad_throw", "threw something"),
                                         std::tuple("bad_exit", "ended its process before it had trained"),
                                         std::tuple("bad_nan", "prediction")),
                         [](const auto& instance) { return std::get<0>(instance.param); });

TEST(ChattyLearner, IsNotTakenAtItsWordOnStandardOutput) {
  const Folder folder;
  const DataApi api(folder);
  const Pipeline pipeline(folder, api.url(), "[[learner]]\nplugin = \"bad_chatty\"\n");
  const Outcome outcome = pipeline.veleta(with_bad_plugins(pipeline.run_arguments(false)));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(text_or_empty(outcome.last(), "outcome"), "promoted");
}

/// A pipeline with one bad detector among the good ones.
class BadDetector : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(BadDetector, IsToldAndNotTakenForNoDrift) {
  const auto& [name, reason] = GetParam();
  const Folder folder;
  const DataApi api(folder);
  const std::string ridge = "[[learner]]\nplugin = \"ridge\"\n";
  const Pipeline sound(folder, api.url(), ridge);
  ASSERT_EQ(sound.run().status, 0);
  const Pipeline bad(folder, api.url(), ridge, "[[drift]]\nplugin = \"" + name + "\"\n");
  const Outcome outcome = bad.veleta(with_bad_plugins(bad.run_arguments(false)));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const json::value record = bad.history().at(1).at("record");
  const json::object failed = record.at("decide").at("reasons").as_array().back().as_object();
  EXPECT_EQ(text_or_empty(failed, "code"), "detector_failed");
  EXPECT_THAT(text_or_empty(failed, "sentence"), AllOf(HasSubstr(name), HasSubstr(reason)));
  EXPECT_THAT(text_or_empty(record.at("decide").as_object(), "sentence"),
              HasSubstr("Beware: detector '" + name + "' failed"));
  EXPECT_THAT(json::serialize(record.at("detect").at("drift").at("columns")), HasSubstr("\"ks\":\"drifted\""))
      << "the others go on";
}

INSTANTIATE_TEST_SUITE_P(Kinds, BadDetector,
                         testing::Values(std::tuple("bad_throwing_detector", "no luck today"),
                                         std::tuple("bad_p_of_7", "p-value is 7"),
                                         std::tuple("bad_nan_p", "p-value is nan")),
                         [](const auto& instance) { return std::get<0>(instance.param); });

}  // namespace
}  // namespace veleta::test
