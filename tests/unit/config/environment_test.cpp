#include "environment.hpp"

#include <gmock/gmock.h>
#include <cstdlib>

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Environment : public testing::Test {
 protected:
  Environment() {
    ::setenv("VELETA_TEST_FOLDER", "/data", 1);
    ::setenv("VELETA_TEST_EMPTY", "", 1);
    ::unsetenv("VELETA_TEST_UNSET");
  }
  static std::string expanded(const std::string& text) {
    const Expansion expansion = expand_environment(text);
    EXPECT_THAT(expansion.problems, IsEmpty()) << text;
    return expansion.text;
  }
};

TEST_F(Environment, VariablesArePutIn) {
  EXPECT_EQ(expanded("no variable, $5 and {a}"), "no variable, $5 and {a}");
  EXPECT_EQ(expanded("${VELETA_TEST_FOLDER}/a${VELETA_TEST_FOLDER}"), "/data/a/data");
  EXPECT_EQ(expanded("a${VELETA_TEST_EMPTY}b"), "ab");
}

TEST_F(Environment, AFallbackStandsForAVariableUnsetOrEmpty) {
  EXPECT_EQ(expanded("${VELETA_TEST_FOLDER:-x}"), "/data");
  EXPECT_EQ(expanded("${VELETA_TEST_UNSET:-http://x:80}"), "http://x:80");
  EXPECT_EQ(expanded("${VELETA_TEST_EMPTY:-x}"), "x");
  EXPECT_EQ(expanded("${VELETA_TEST_UNSET:-}"), "");
}

TEST_F(Environment, TwoDollarsStandForTheSignsThemselves) { EXPECT_EQ(expanded("$${HOME} $$"), "${HOME} $$"); }

TEST_F(Environment, WhatIsPutInIsNotLookedThrough) {
  ::setenv("VELETA_TEST_FOLDER", "${VELETA_TEST_UNSET}", 1);
  EXPECT_EQ(expanded("${VELETA_TEST_FOLDER}"), "${VELETA_TEST_UNSET}");
}

TEST_F(Environment, TellsWhatCannotBePutIn) {
  EXPECT_THAT(expand_environment("${VELETA_TEST_UNSET} ${VELETA_TEST_UNSET}").problems,
              ElementsAre(HasSubstr("VELETA_TEST_UNSET"), HasSubstr("VELETA_TEST_UNSET")));
  for (const char* wrong : {"${", "a ${HOME", "${}", "${a b}", "${1}", "${A:-${B}}", "${:-x}"})
    EXPECT_EQ(expand_environment(wrong).problems.size(), 1u) << wrong;
}

}  // namespace
}  // namespace veleta
