#include <map>

#include "contract_under_test.hpp"

namespace veleta::testing {
namespace {

using ::testing::IsEmpty;

struct Known {
  PluginKind kind;
  std::string name;
  std::map<std::string, std::string> settings = {};  ///< for parameters without a default
};

void PrintTo(const Known& plugin, std::ostream* out) { *out << to_string(plugin.kind) << " " << plugin.name; }

const std::vector<Known> kPlugins{{PluginKind::kSource, "csv", {{"path", "configs/data/rent.csv"}}},
                                  {PluginKind::kSource, "http", {{"url", "http://127.0.0.1:9/data"}}},
                                  {PluginKind::kDetector, "adwin"},
                                  {PluginKind::kDetector, "anderson_darling"},
                                  {PluginKind::kDetector, "attribution_drift"},
                                  {PluginKind::kDetector, "bocd"},
                                  {PluginKind::kDetector, "chi_square"},
                                  {PluginKind::kDetector, "cramer_von_mises"},
                                  {PluginKind::kDetector, "cramers_v"},
                                  {PluginKind::kDetector, "cusum"},
                                  {PluginKind::kDetector, "ddm"},
                                  {PluginKind::kDetector, "domain_classifier"},
                                  {PluginKind::kDetector, "e_detector"},
                                  {PluginKind::kDetector, "eddm"},
                                  {PluginKind::kDetector, "energy"},
                                  {PluginKind::kDetector, "epps_singleton"},
                                  {PluginKind::kDetector, "ewma"},
                                  {PluginKind::kDetector, "expected_performance"},
                                  {PluginKind::kDetector, "fhddm"},
                                  {PluginKind::kDetector, "fisher_exact"},
                                  {PluginKind::kDetector, "g_test"},
                                  {PluginKind::kDetector, "hddm_a"},
                                  {PluginKind::kDetector, "hddm_w"},
                                  {PluginKind::kDetector, "hellinger"},
                                  {PluginKind::kDetector, "jensen_shannon"},
                                  {PluginKind::kDetector, "kl"},
                                  {PluginKind::kDetector, "ks"},
                                  {PluginKind::kDetector, "kswin"},
                                  {PluginKind::kDetector, "kuiper"},
                                  {PluginKind::kDetector, "mann_whitney"},
                                  {PluginKind::kDetector, "missing_share"},
                                  {PluginKind::kDetector, "mmd"},
                                  {PluginKind::kDetector, "new_categories"},
                                  {PluginKind::kDetector, "page_hinkley"},
                                  {PluginKind::kDetector, "performance"},
                                  {PluginKind::kDetector, "prediction_drift"},
                                  {PluginKind::kDetector, "psi"},
                                  {PluginKind::kDetector, "range_violation"},
                                  {PluginKind::kDetector, "rddm"},
                                  {PluginKind::kDetector, "row_volume"},
                                  {PluginKind::kDetector, "stepd"},
                                  {PluginKind::kDetector, "total_variation"},
                                  {PluginKind::kDetector, "type_violation"},
                                  {PluginKind::kDetector, "wasserstein"},
                                  {PluginKind::kDetector, "welch_t"},
                                  {PluginKind::kDetector, "z_proportions"},
                                  {PluginKind::kLearner, "random_forest"},
                                  {PluginKind::kLearner, "ridge"},
                                  {PluginKind::kLearner, "xgboost"},
                                  {PluginKind::kExplainer, "exact_shap"},
                                  {PluginKind::kExplainer, "kernel_shap"},
                                  {PluginKind::kExplainer, "linear_shap"},
                                  {PluginKind::kExplainer, "permutation_shap"},
                                  {PluginKind::kExplainer, "saabas"},
                                  {PluginKind::kExplainer, "tree_shap"}};

const std::filesystem::path kFolder = std::filesystem::path(VELETA_BINARY_FOLDER) / "lib/veleta/plugins";

class ThisRepositorys : public ::testing::TestWithParam<Known> {};
INSTANTIATE_TEST_SUITE_P(Plugins, ThisRepositorys, ::testing::ValuesIn(kPlugins),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(ThisRepositorys, PluginKeepsItsContract) {
  const auto results = check_in(kFolder, GetParam().kind, GetParam().name, {.settings = GetParam().settings});
  EXPECT_THAT(failures(results), IsEmpty());
  EXPECT_FALSE(with_outcome(results, CheckOutcome::kPassed).empty());
}

TEST(ThisRepository, HasNoPluginThatIsNotChecked) {
  std::vector<std::string> found, known;
  for (const auto& plugin : PluginHost({kFolder}).list()) found.push_back(plugin.name);
  for (const auto& plugin : kPlugins) known.push_back(plugin.name);
  EXPECT_THAT(known, ::testing::UnorderedElementsAreArray(found));
}

}  // namespace
}  // namespace veleta::testing
