#include "run_parameters.hpp"

#include <gmock/gmock.h>

#include "pipeline_file.hpp"

namespace veleta {
namespace {

using ::testing::HasSubstr;

constexpr const char* kFile = R"([parameters]
day = "Tuesday"   # of the week
"größe" = 4
share = 0.5
odd = true
)";

std::string with(const std::map<std::string, std::string>& values) { return with_parameters("p.toml", kFile, values); }

std::string problem_of(const std::map<std::string, std::string>& values) {
  try {
    with(values);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  return "none";
}

TEST(RunParameters, StandInTheFileAsItIsRecorded) {
  EXPECT_EQ(with({}), kFile);
  EXPECT_EQ(with({{"day", "a \"b\"\n'c' \\"}, {"größe", "5"}, {"share", "1"}, {"odd", "false"}}),
            "[parameters]\nday = \"a \\\"b\\\"\\n'c' \\\\\"   # of the week\n\"größe\" = 5\nshare = 1\nodd = false\n");
}

TEST(RunParameters, MustBeDeclaredAndOfTheirType) {
  EXPECT_THAT(problem_of({{"dai", "x"}}), HasSubstr("has no parameter 'dai' in its [parameters]. Did you mean 'day'?"));
  EXPECT_THAT(problem_of({{"größe", "x"}}), HasSubstr("parameter 'größe': expected an integer, found 'x'"));
  EXPECT_THAT(problem_of({{"größe", "1\nother = 2"}}), HasSubstr("expected an integer"));
  EXPECT_THAT(problem_of({{"share", "\"a\""}}), HasSubstr("expected a number"));
  EXPECT_THAT(problem_of({{"odd", "1"}}), HasSubstr("expected true or false"));
}

TEST_F(PipelineFile, PutsParametersInBeforeTheEnvironment) {
  ::setenv("place", "of the environment", 1);
  const std::string text = std::string(kSoundFile) + "[parameters]\nplace = \"here\"\nnumber = 4\n" +
                           "[store]\nuri = \"sqlite:///var/${place}-${number}.db\"\n";
  EXPECT_EQ(load(text).store_uri, "sqlite:///var/here-4.db");
  const auto file = folder() / "pipeline.toml";
  const PipelineConfig given = load_config(file, plugins_, ConfigScope::kAll, {{"place", "there"}});
  EXPECT_EQ(given.store_uri, "sqlite:///var/there-4.db");
  EXPECT_THAT(given.text, HasSubstr("place = \"there\""));
  EXPECT_EQ(given.parameters, (std::map<std::string, std::string>{{"place", "there"}, {"number", "4"}}));
}

TEST_F(PipelineFile, TellsAParameterThatIsNone) {
  EXPECT_THAT(lines_of(std::string(kSoundFile) + "[parameters]\nplaces = [1]\n"),
              HasSubstr("parameters.places: expected a text, a number, true or false, found a list"));
}

TEST_F(PipelineFile, TellsAWrongSchedule) {
  EXPECT_THAT(lines_of(std::string(kSoundFile) + "[schedule]\nevery = \"5s\"\ncron = \"* * *\"\n"),
              ::testing::AllOf(HasSubstr("schedule.every: expected a number with s, m, h or d, of 10s at least"),
                               HasSubstr("schedule.cron: expected five fields")));
  const auto config = load(std::string(kSoundFile) + "[schedule]\nevery = \"15m\"\n[runner]\nwhen_busy = \"refuse\"\n");
  EXPECT_EQ(config.schedule.every_s, 900);
  EXPECT_TRUE(config.runner.refuses_when_busy);
  EXPECT_EQ(config.runner.threads, 1);
}

}  // namespace
}  // namespace veleta
