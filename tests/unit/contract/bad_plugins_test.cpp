#include "contract_under_test.hpp"
#include "plugin_folder.hpp"

namespace veleta::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<CheckResult> check_fixture(const std::string& library, PluginKind kind, const std::string& name,
                                       const CheckOptions& options = {}) {
  PluginFolder folder;
  folder.add(library, to_string(kind), name);
  return check_in(folder.path(), kind, name, options);
}

std::vector<CheckResult> check_bad_learner(const std::string& name, const CheckOptions& options = {}) {
  return check_in(std::filesystem::path(VELETA_BINARY_FOLDER) / "bad_plugins", PluginKind::kLearner, name, options);
}

TEST(Contract, IsKeptByADetectorInC) {
  EXPECT_THAT(failures(check_fixture("range_in_c", PluginKind::kDetector, "range_in_c")), IsEmpty());
}

TEST(Contract, FindsADetectorThatDividesByZero) {
  EXPECT_THAT(failures(check_fixture("mean_shift", PluginKind::kDetector, "mean_shift")),
              Contains(StartsWith("judges_constant_windows: numbers, one constant: ")));
}

class BadDescription : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Fixtures, BadDescription,
                         ::testing::Values("no_doc", "param_twice", "nested", "reserved", "bad_name", "bad_default",
                                           "no_verbs", "short_verbs", "no_create"));

TEST_P(BadDescription, IsFoundAndTheRestNotRun) {
  const auto results = check_fixture("broken_tables", PluginKind::kDetector, GetParam());
  EXPECT_THAT(failures(results), ElementsAre(StartsWith("describes_itself: ")));
  EXPECT_THAT(with_outcome(results, CheckOutcome::kSkipped),
              Contains("compares_usual_windows: not run, as describes_itself failed"));
  EXPECT_THAT(with_outcome(results, CheckOutcome::kPassed), IsEmpty());
}

TEST(Contract, FindsALibraryThatCannotBeLoaded) {
  EXPECT_THAT(failures(check_fixture("undefined_symbol", PluginKind::kDetector, "undefined_symbol")),
              Contains(StartsWith("describes_itself: detector 'undefined_symbol'")));
}

TEST(Contract, FindsSymbolsThatOthersCouldSee) {
  const auto results = check_fixture("rubbish", PluginKind::kDetector, "rubbish");
  EXPECT_THAT(failures(results), Contains(StartsWith("exports_its_entry_alone: expected veleta_library_entry alone")));
}

TEST(Contract, FindsAnExceptionThatCrossesTheBoundary) {
  EXPECT_THAT(failures(check_fixture("broken_tables", PluginKind::kDetector, "throws_through")),
              Contains(StartsWith("compares_usual_windows: numbers, equal windows: detector 'throws_through'")));
}

TEST(Contract, SkipsWhatNeedsAParameterWithoutDefault) {
  EXPECT_THAT(with_outcome(check_fixture("rubbish", PluginKind::kDetector, "rubbish"), CheckOutcome::kSkipped),
              Contains("compares_usual_windows: parameter 'mistake' has no default: give it with --set mistake=VALUE"));
}

class Rubbish : public ::testing::TestWithParam<std::tuple<PluginKind, std::string, std::string>> {};
INSTANTIATE_TEST_SUITE_P(Fixtures, Rubbish,
                         ::testing::Values(std::tuple(PluginKind::kDetector, "statistic", "compares_usual_windows: "),
                                           std::tuple(PluginKind::kDetector, "p_value", "compares_usual_windows: "),
                                           std::tuple(PluginKind::kDetector, "effect", "compares_usual_windows: "),
                                           std::tuple(PluginKind::kDetector, "min_effect", "compares_usual_windows: "),
                                           std::tuple(PluginKind::kDetector, "direction", "compares_usual_windows: "),
                                           std::tuple(PluginKind::kDetector, "throw", "compares_usual_windows: "),
                                           std::tuple(PluginKind::kDetector, "none", "equal_windows_do_not_drift: "),
                                           std::tuple(PluginKind::kLearner, "null", "trains_and_predicts: "),
                                           std::tuple(PluginKind::kLearner, "prediction", "trains_and_predicts: "),
                                           std::tuple(PluginKind::kLearner, "cycle", "views_say_what_it_predicts: "),
                                           std::tuple(PluginKind::kLearner, "coefficients",
                                                      "views_say_what_it_predicts: "),
                                           std::tuple(PluginKind::kExplainer, "no_view", "reads_or_refuses_models: "),
                                           std::tuple(PluginKind::kExplainer, "attribution", "attributions_add_up: "),
                                           std::tuple(PluginKind::kExplainer, "base", "attributions_add_up: ")),
                         [](const auto& instance) {
                           return std::string(to_string(std::get<0>(instance.param))) + "_" +
                                  std::get<1>(instance.param);
                         });

TEST_P(Rubbish, IsFoundByItsCheck) {
  const auto& [kind, mistake, finding] = GetParam();
  const auto results = check_fixture("rubbish", kind, "rubbish", {.settings = {{"mistake", mistake}}});
  EXPECT_THAT(failures(results), Contains(StartsWith(finding)));
}

TEST(Contract, FindsACrash) {
  // A sanitizer makes an exit of the signal.
  EXPECT_THAT(failures(check_bad_learner("bad_crash")),
              Contains(AnyOf(StartsWith("trains_and_predicts: crashed (SIGSEGV"),
                             StartsWith("trains_and_predicts: ended the process"))));
}

TEST(Contract, FindsAHangAndRunsNothingAfterIt) {
  const auto results = check_bad_learner("bad_hang", {.time_limit = std::chrono::milliseconds(300)});
  EXPECT_THAT(failures(results), ElementsAre("trains_and_predicts: did not end within 0.3 s"));
  EXPECT_THAT(with_outcome(results, CheckOutcome::kSkipped),
              Contains("takes_missing_values: not run after the time-out of trains_and_predicts"));
}

TEST(Contract, FindsWhatIsThrownInTraining) {
  EXPECT_THAT(failures(check_bad_learner("bad_throw")),
              Contains(StartsWith("trains_and_predicts: regression: learner 'bad_throw': the plugin threw something")));
}

TEST(Contract, FindsPredictionsThatAreNoNumbers) {
  EXPECT_THAT(failures(check_bad_learner("bad_nan")), Contains(StartsWith("trains_and_predicts: ")));
}

TEST(Contract, RefusesAPluginThatIsNotThere) {
  PluginFolder folder;
  EXPECT_EQ(error_of([&] { check_in(folder.path(), PluginKind::kDetector, "absent"); }).code(), ErrorCode::kNotFound);
}

TEST(Contract, RefusesSettingsThatDoNotFit) {
  const Error wrong = error_of([] {
    check_fixture("rubbish", PluginKind::kDetector, "rubbish", {.settings = {{"mistak", "none"}}});
  });
  EXPECT_EQ(wrong.code(), ErrorCode::kInvalidArgument);
  EXPECT_STREQ(wrong.what(), "there is no parameter 'mistak'. Did you mean 'mistake'?");
}

}  // namespace
}  // namespace veleta::testing
