#include "contract_under_test.hpp"
#include "plugin_folder.hpp"

namespace veleta::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// A mistake of a plugin, and the check that must find it.
struct Mistake {
  PluginKind kind;
  std::string name;
  std::string finding;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << to_string(mistake.kind) << " " << mistake.name; }

std::vector<CheckResult> check_careless(PluginKind kind, const std::string& mistake) {
  PluginFolder folder;
  std::filesystem::copy_file(std::filesystem::path(CARELESS_FOLDER) / "careless.so", folder.path() / "careless.so");
  folder.write("careless.toml", manifest("careless", to_string(kind), "careless"));
  return check_in(folder.path(), kind, "careless", {.settings = {{"mistake", mistake}}});
}

class Careless : public ::testing::TestWithParam<PluginKind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, Careless,
                         ::testing::Values(PluginKind::kDetector, PluginKind::kLearner, PluginKind::kExplainer),
                         [](const auto& instance) { return to_string(instance.param); });

TEST_P(Careless, PluginWithoutAMistakeKeepsItsContract) {
  EXPECT_THAT(failures(check_careless(GetParam(), "none")), IsEmpty());
}

class EveryMistake : public ::testing::TestWithParam<Mistake> {};
INSTANTIATE_TEST_SUITE_P(
    Plugins, EveryMistake,
    ::testing::Values(
        Mistake{PluginKind::kDetector, "created_once", "is_created_again_and_again: detector 'careless': only one"},
        Mistake{PluginKind::kDetector, "size", "takes_or_refuses_extreme_values: parameter 'size'"},
        Mistake{PluginKind::kDetector, "usual", "compares_usual_windows: numbers, equal windows: "},
        Mistake{PluginKind::kDetector, "biased",
                "equal_windows_do_not_drift: numbers, equal windows: expected an effect"},
        Mistake{PluginKind::kDetector, "sure",
                "equal_windows_do_not_drift: numbers, equal windows: expected a p-value"},
        Mistake{PluginKind::kDetector, "blind", "sees_some_change: expected an effect"},
        Mistake{PluginKind::kDetector, "empty", "judges_empty_windows: "},
        Mistake{PluginKind::kDetector, "unclear", "judges_empty_windows: numbers, an empty current window: "},
        Mistake{PluginKind::kDetector, "constant", "judges_constant_windows: numbers, one constant: "},
        Mistake{PluginKind::kDetector, "extreme", "judges_extreme_windows: numbers, values about 1e300: "},
        Mistake{PluginKind::kDetector, "large", "judges_large_windows: numbers, grids of 1e9 rows: "},
        Mistake{PluginKind::kDetector, "counts", "same_windows_same_result: numbers, equal windows: found"},
        Mistake{PluginKind::kDetector, "remembers", "order_of_calls_is_irrelevant: numbers, "},
        Mistake{PluginKind::kDetector, "watch_nothing", "watches_some_series: expected it to watch"},
        Mistake{PluginKind::kDetector, "watch_blind", "sees_a_jump: expected an alarm"},
        Mistake{PluginKind::kDetector, "watch_nervous",
                "constant_series_stay_quiet: errors of unknown share: expected"},
        Mistake{PluginKind::kDetector, "watch_blocks", "blocks_of_any_size_alike: errors: found"},
        Mistake{PluginKind::kDetector, "watch_forgets", "saved_watches_go_on_alike: errors: expected"},
        Mistake{PluginKind::kDetector, "watch_any_bytes", "refuses_wrong_states: errors: expected kBadData"},
        Mistake{PluginKind::kLearner, "no_task", "trains_and_predicts: expected a model"},
        Mistake{PluginKind::kLearner, "percent", "trains_and_predicts: expected a probability"},
        Mistake{PluginKind::kLearner, "clock", "same_seed_same_bytes: regression: expected the same bytes"},
        Mistake{PluginKind::kLearner, "threads", "same_seed_same_bytes: regression: expected the same bytes"},
        Mistake{PluginKind::kLearner, "rounds", "loads_what_it_saved: regression: expected the predictions"},
        Mistake{PluginKind::kLearner, "any_bytes", "refuses_wrong_bytes: "},
        Mistake{PluginKind::kLearner, "code", "refuses_wrong_bytes: no bytes: expected an error of the code kBadData"},
        Mistake{PluginKind::kLearner, "view", "views_say_what_it_predicts: regression, row 0 by its view"},
        Mistake{PluginKind::kLearner, "missing", "takes_missing_values: crashed (SIGABRT"},
        Mistake{PluginKind::kLearner, "no_rows", "takes_or_refuses_few_rows: "},
        Mistake{PluginKind::kLearner, "one_target", "takes_or_refuses_one_target: learner 'careless': singular matrix"},
        Mistake{PluginKind::kLearner, "block", "predicts_rows_alone_as_together: regression, row 0: expected"},
        Mistake{PluginKind::kLearner, "shared",
                "predicts_from_many_threads: predict on several threads at once: found"},
        Mistake{PluginKind::kExplainer, "none_read", "reads_or_refuses_models: expected one model to be read"},
        Mistake{PluginKind::kExplainer, "code", "reads_or_refuses_models: a linear model: expected to be read, or"},
        Mistake{PluginKind::kExplainer, "sum", "attributions_add_up: a model of trees, row 0: expected"},
        Mistake{PluginKind::kExplainer, "dummy", "unused_features_get_nothing: a model of trees, row 0: expected 0"},
        Mistake{PluginKind::kExplainer, "counts", "same_rows_same_attributions: a model of trees: found others"},
        Mistake{PluginKind::kExplainer, "block", "explains_rows_alone_as_together: a model of trees, row 0"},
        Mistake{PluginKind::kExplainer, "outputs", "attributions_add_up: trees of two outputs, row 0, output 1: "},
        Mistake{
            PluginKind::kExplainer, "space",
            "attributions_add_up: a model of three outputs without a view, row 0, output 0: expected base value and "
            "attributions to add up to the prediction"},
        Mistake{PluginKind::kExplainer, "negative",
                "tells_honest_errors: a model of trees: expected standard errors of"},
        Mistake{PluginKind::kExplainer, "guesses",
                "tells_honest_errors: a model of trees: expected standard errors of 0"},
        Mistake{PluginKind::kExplainer, "asymmetric", "interactions_add_up: a model of trees, row 0: expected the"},
        Mistake{PluginKind::kExplainer, "lines", "interactions_add_up: a model of trees, row 0: expected the"},
        Mistake{PluginKind::kExplainer, "base", "interactions_add_up: a model of trees, row 0: expected the base"},
        Mistake{PluginKind::kExplainer, "latin", "says_how_in_a_line: a model of trees: expected a line of UTF-8"},
        Mistake{PluginKind::kExplainer, "pages", "says_how_in_a_line: a model of trees: expected a line of UTF-8"}),
    [](const auto& instance) { return std::string(to_string(instance.param.kind)) + "_" + instance.param.name; });

TEST_P(EveryMistake, IsFoundByItsCheck) {
  const auto results = check_careless(GetParam().kind, GetParam().name);
  EXPECT_THAT(failures(results), Contains(StartsWith(GetParam().finding)));
  EXPECT_FALSE(all_kept(results));
}

}  // namespace
}  // namespace veleta::testing
