#include <gmock/gmock.h>

#include "base/files.hpp"
#include "quickstart.hpp"

namespace veleta::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What `veleta explain` prints of a model that one learner made of two classes.
std::string explanation_by(const std::string& learner) {
  const Quickstart pipeline({{"task = \"regression\"", "task = \"classification\"\npositive = \"yes\""},
                             {"target = \"rent\"", "target = \"balcony\""},
                             {"transform = \"log\"", "# "},
                             {", \"balcony\"", ""},
                             {"plugin = \"xgboost\"", "plugin = \"" + learner + "\""},
                             {"[[learner]]\nplugin = \"ridge\"", ""},
                             {"metric = \"mae\"\ngates = ", "metric = \"log_loss\"\n# "}});
  const Outcome run = pipeline.run("run");
  EXPECT_EQ(run.status, 0) << run.output;
  return pipeline.run("explain", {"--row", R"({"size_m2": 62.5, "rooms": 2})"}).output;
}

TEST(Explain, SaysWhatItsNumbersCount) {
  EXPECT_THAT(explanation_by("ridge"), AllOf(HasSubstr("in log odds\n"), HasSubstr("probability of yes")));
  EXPECT_THAT(explanation_by("random_forest"),
              AllOf(HasSubstr("in probability\n"), Not(HasSubstr("log odds")), HasSubstr("probability of yes")));
}

}  // namespace
}  // namespace veleta::test
