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
  std::vector<std::string> arguments = bad.run_arguments(false);
  arguments.insert(arguments.begin(), {"--plugins", std::string(VELETA_BINARY_FOLDER) + "/lib/veleta/plugins",
                                       "--plugins", std::string(VELETA_BINARY_FOLDER) + "/bad_plugins"});
  const Outcome outcome = bad.veleta(arguments);
  EXPECT_EQ(outcome.status, kExitPlugin) << outcome.output;
  EXPECT_THAT(text_or_empty(outcome.last(), "sentence"), AllOf(HasSubstr(name), HasSubstr(reason)));
  EXPECT_EQ(bad.query("select model, alias, version from aliases"), production);
  EXPECT_EQ(bad.query("select count(*) from batches"), "2");
}

INSTANTIATE_TEST_SUITE_P(Kinds, BadLearner,
                         testing::Values(std::tuple("bad_crash", "crashed while training"),
                                         std::tuple("bad_hang", "did not finish within 2 s"),
                                         std::tuple("bad_throw", "threw something"),
                                         std::tuple("bad_nan", "prediction")),
                         [](const auto& instance) { return std::get<0>(instance.param); });

}  // namespace
}  // namespace veleta::test
