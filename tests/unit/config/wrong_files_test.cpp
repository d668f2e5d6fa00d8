#include <gmock/gmock.h>
#include <cstdlib>

#include "base/text.hpp"
#include "pipeline_file.hpp"
#include "plugins/plugin_host.hpp"

namespace veleta {
namespace {

/// A wrong file, and all that is said of it: line, column, key, what was expected, what was found.
struct Wrong {
  const char* name;
  const char* text;
  const char* lines;  ///< {plugins}: the folder of the plugins, {detectors}: their names
};

const Wrong kWrong[] = {
    {"UnknownSectionsAndKeysStandAtTheirNames", R"~([pipeline]
name = "rent"
target = "rent"
nmae = 1
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
lambda_ = 1
[serv]
port = 80
[zzz]
[retrain]
"wh.en" = 1
"a\nb" = 2
)~",
     R"~(4:1: pipeline.nmae: unknown key. Did you mean 'name'?
10:1: learner[0].lambda_: unknown key. Did you mean 'lambda'?
11:2: serv: unknown section. Did you mean 'serve'?
13:2: zzz: unknown section. Expected one of: pipeline, source, columns, validate, drift, stream, retrain, segments, train, features, learner, promote, explain, store, registry, serve, runner, schedule, parameters
15:1: retrain."wh.en": unknown key. Did you mean 'when'?
16:1: retrain."a\nb": unknown key. Expected one of: when, alpha, over_time, min_drift_share, max_metric_growth, min_volume_growth
)~"},
    {"SubTablesAndInlineTables", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "http"
url = "http://127.0.0.1/data"
query = { a = 1, b = [1], c = { d = 1 } }
  end = { status = 700, mesage = "x", message = 4 }
headers = 5
"end.status" = 400
[[learner]]
plugin = "ridge"
)~",
     R"~(7:22: source.query.b: expected a text, a number, true or false, found a list
7:31: source.query.c: expected a text, a number, true or false, found a table
8:20: source.end.status: expected 0 to 599, found 700
8:25: source.end.mesage: unknown key. Did you mean 'message'?
8:49: source.end.message: expected a text, found the integer 4
9:11: source.headers: expected a table, found the integer 5
10:1: source."end.status": unknown key. Expected one of: plugin, url, query, headers, format, rows, batch_id, end, timeout_s, connect_timeout_s, retries, backoff_s, max_bytes, restart_url
)~"},
    {"SubTablesOfTheirOwnHeading", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "http"
url = "http://127.0.0.1/data"
[source.end]
status = "400"
mesage = "x"
[[learner]]
plugin = "ridge"
)~",
     R"~(8:10: source.end.status: expected an integer, found the text "400"
9:1: source.end.mesage: unknown key. Did you mean 'message'?
)~"},
    {"ListElements", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[columns]
numeric = [ "a",
  3, true ]
[retrain]
when = ["drift", "dirft", 4]
)~",
     R"~(11:3: columns.numeric[1]: expected a text, found the integer 3
11:6: columns.numeric[2]: expected a text, found true
13:18: retrain.when[1]: expected one of: drift, new_categories, performance, volume, schema, found the text "dirft". Did you mean 'drift'?
13:27: retrain.when[2]: expected a text, found the integer 4
)~"},
    {"WrongTypes", R"~([pipeline]
name = 5
target = ["rent"]
[source]
plugin = 3
[[learner]]
plugin = "xgboost"
rounds = 300.0
learning_rate = "fast"
objective = "squared"
[columns]
fold_case = "yes"
numeric = "a"
[validate]
min_rows = 1979-05-27
)~",
     R"~(2:8: pipeline.name: expected a text, found the integer 5
3:10: pipeline.target: expected a text, found a list
5:10: source.plugin: expected a text, found the integer 3
8:10: learner[0].rounds: expected an integer, found the number 300.0
9:17: learner[0].learning_rate: expected a number, found the text "fast"
10:13: learner[0].objective: expected one of: squared_error, absolute_error, pseudo_huber, found the text "squared"
12:13: columns.fold_case: expected true or false, found the text "yes"
13:11: columns.numeric: expected a list of texts, found the text "a"
15:12: validate.min_rows: expected an integer, found a date or time
)~"},
    {"NumbersOutOfRange", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
lambda = -inf
[validate]
min_rows = -1
max_missing_share = nan
min_target = 5
max_target = 1.5
[retrain]
alpha = inf
[train]
holdout_share = 1
timeout_s = 1e300
threads = 9223372036854775807
)~",
     R"~(9:10: learner[0].lambda: expected a finite number, found -inf
11:12: validate.min_rows: expected 1 or more, found -1
12:21: validate.max_missing_share: expected a number, found the number nan
14:14: validate.max_target: expected validate.min_target or more, found the number 1.5
16:9: retrain.alpha: expected a finite number, found inf
18:17: train.holdout_share: expected 0.01 to 0.9, found 1
19:13: train.timeout_s: expected 0.1 to 31536000, found 1e+300
20:11: train.threads: expected 0 to 1024, found 9223372036854775807
)~"},
    {"WhatIsMissing", R"~([pipeline]
task = "regression"
[[drift]]
[[learner]]
plugin = "ridge"
[[drift]]
plugin = ""
)~",
     R"~(1:1: pipeline.name: is required: the pipeline's name, which is the registered model's too
1:1: pipeline.target: is required: the column to predict
1:1: source: [source] is required. Installed: csv, http
3:1: drift[0].plugin: is required. Installed: {detectors}
7:10: drift[1].plugin: must not be empty: the plugin's name; its parameters stand beside it
)~"},
    {"EverythingIsMissing", R"~()~",
     R"~(1:1: pipeline.name: is required: the pipeline's name, which is the registered model's too
1:1: pipeline.target: is required: the column to predict
1:1: source: [source] is required. Installed: csv, http
1:1: learner: [[learner]] is required. Installed: random_forest, ridge, xgboost
)~"},
    {"SectionsOfTheWrongShape", R"~(pipeline = 3
source = [1]
drift = [1, 2]
[learner]
plugin = "ridge"
[[promote]]
metric = "mae"
)~",
     R"~(1:12: pipeline: expected [pipeline], found the integer 3
2:10: source: expected [source], found a list
3:10: drift[0]: expected a table, found the integer 1
3:13: drift[1]: expected a table, found the integer 2
4:1: learner: expected [[learner]], found a table, as [learner] makes it
6:1: promote: expected [promote], found a list
)~"},
    {"EmptyLists", R"~(learner = []
promote.gates = []
[pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
)~",
     R"~(1:11: learner: expected at least one [[learner]]
2:17: promote.gates: expected at least one gate
)~"},
    {"PluginsThatAreNotThere", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "cvs"
[[drift]]
plugin = "ks"
[[drift]]
plugin = "zzz"
[[learner]]
plugin = "ridge"
[explain]
plugin = "tree_shp"
)~",
     R"~(5:10: source.plugin: there is no source 'cvs'. Did you mean 'csv'? Installed: csv, http. Searched: {plugins}
9:10: drift[1].plugin: there is no detector 'zzz'. Installed: {detectors}. Searched: {plugins}
13:10: explain.plugin: there is no explainer 'tree_shp'. Did you mean 'tree_shap'? Installed: exact_shap, kernel_shap, linear_shap, permutation_shap, saabas, tree_shap. Searched: {plugins}
)~"},
    {"APluginTwice", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[drift]]
plugin = "ks"
columns = ["area"]
[[drift]]
plugin = "ks"
[[drift]]
plugin = "ks"
min_effect = 0.2
[[learner]]
plugin = "ridge"
[[learner]]
plugin = "ridge"
lambda = 1
)~",
     R"~(13:10: drift[2].plugin: is drift[1]'s already
18:10: learner[1].plugin: is learner[0]'s already
)~"},
    {"ColumnsInTwoRoles", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[columns]
numeric = ["area", "area"]
categorical = ["rent", "area"]
date = ["listed"]
ignore = ["id", "listed", "rent"]
[[drift]]
plugin = "ks"
columns = ["area", "id"]
)~",
     R"~(10:20: columns.numeric[1]: is columns.numeric[0] already; a column has one role
11:16: columns.categorical[0]: is the target, which cannot be one of columns.categorical
11:24: columns.categorical[1]: is columns.numeric[0] already; a column has one role
13:17: columns.ignore[1]: is columns.date[0] already; a column has one role
13:27: columns.ignore[2]: is columns.categorical[0] already; a column has one role
13:27: columns.ignore[2]: is the target, which cannot be one of columns.ignore
16:20: drift[0].columns[1]: is in columns.ignore, so no detector sees it
)~"},
    {"ColumnsThatAreNotAmongTheNames", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[columns]
names = ["area", "city", "area"]
categorical = ["city", "district"]
[[drift]]
plugin = "ks"
columns = ["areas"]
)~",
     R"~(3:10: pipeline.target: is not in columns.names, which names all columns
10:26: columns.names[2]: is there already
11:24: columns.categorical[1]: is not in columns.names, which names all columns
14:12: drift[0].columns[0]: is not in columns.names, which names all columns
)~"},
    {"TheTaskAndItsKeys", R"~([pipeline]
name = "churn"
task = "classification"
target = "churned"
transform = "log"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[columns]
categorical = ["churned"]
[promote]
metric = "mae"
gates = [ { metric = "rmse", improves_by = 0.1 }, { metric = "acc", worsens_by_at_most = 0 } ]
)~",
     R"~(5:13: pipeline.transform: is for regression; classification has no transform
14:10: promote.metric: expected a metric of classification, one of: log_loss, brier, auc, accuracy, found the text "mae"
15:22: promote.gates[0].metric: expected a metric of classification, one of: log_loss, brier, auc, accuracy, found the text "rmse"
15:62: promote.gates[1].metric: expected a metric of classification, one of: log_loss, brier, auc, accuracy, found the text "acc". Did you mean 'auc'?
)~"},
    {"PositiveIsForClassification", R"~([pipeline]
name = "rent"
target = "rent"
positive = "yes"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
)~",
     R"~(4:12: pipeline.positive: is for classification; regression has no labels
)~"},
    {"Gates", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[promote]
gates = [ { metric = "mae", improves_by = 0.1, worsens_by_at_most = 0.1 }, 3, { metric = "rsme" },
  { metrik = "mae", improves_by = "x" }, { metric = 3, improves_by = -1 } ]
)~",
     R"~(10:11: promote.gates[0]: expected improves_by or worsens_by_at_most, found both
10:76: promote.gates[1]: expected a table, found the integer 3
10:79: promote.gates[2]: expected improves_by or worsens_by_at_most, found neither
10:90: promote.gates[2].metric: expected a metric of regression, one of: mae, rmse, median_ae, median_ape, r2, found the text "rsme". Did you mean 'rmse'?
11:3: promote.gates[3].metric: is required: what is compared: mae, rmse, median_ae, median_ape, r2; for classification log_loss, brier, auc, accuracy
11:5: promote.gates[3].metrik: unknown key. Did you mean 'metric'?
11:35: promote.gates[3].improves_by: expected a number, found the text "x"
11:53: promote.gates[4].metric: expected a text, found the integer 3
11:70: promote.gates[4].improves_by: expected 0 or more, found -1
)~"},
    {"GatesOfTheirOwnHeading", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[[promote.gates]]
metric = "mae"
improves_by = 0.1
[[promote.gates]]
metric = "auc"
worsens_by_at_most = nan
)~",
     R"~(13:10: promote.gates[1].metric: expected a metric of regression, one of: mae, rmse, median_ae, median_ape, r2, found the text "auc"
14:22: promote.gates[1].worsens_by_at_most: expected a number, found the number nan
)~"},
    {"UrisAndAddresses", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[store]
uri = "mysql://user:word@host/db"
[registry]
uri = "sqlite:///"
[serve]
listen = "localhost"
)~",
     R"~(10:7: store.uri: expected sqlite:///relative/path.db, sqlite:////absolute/path.db or postgresql://USER@HOST:PORT/DATABASE, found the scheme 'mysql'
12:7: registry.uri: expected sqlite:///relative/path.db, sqlite:////absolute/path.db or http://HOST:PORT of an MLflow server, found the text "sqlite:///"
14:10: serve.listen: expected an address and a port from 0 to 65535, as 127.0.0.1:8080, found the text "localhost"
)~"},
    {"APortBelowZero", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[serve]
listen = "0.0.0.0:-1"
)~",
     R"~(10:10: serve.listen: expected an address and a port from 0 to 65535, as 127.0.0.1:8080, found the text "0.0.0.0:-1"
)~"},
    {"ATokenThatIsNotFromTheEnvironment", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[serve]
token = "${VELETA_TEST_UNSET:-s3cret}"
)~",
     R"~(10:9: serve.token: expected an environment variable alone, as "${VELETA_TOKEN}", found another text
)~"},
    {"APortAboveAll", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[serve]
listen = "[::1]:65536"
)~",
     R"~(10:10: serve.listen: expected an address and a port from 0 to 65535, as 127.0.0.1:8080, found the text "[::1]:65536"
)~"},
    {"AnAddressThatCannotBeToldFromItsPort", R"~([pipeline]
name = "rent"
target = "rent"
[source]
plugin = "csv"
path = "x.csv"
[[learner]]
plugin = "ridge"
[serve]
listen = "::1:80"
)~",
     R"~(10:10: serve.listen: expected an address and a port from 0 to 65535, as 127.0.0.1:8080, found the text "::1:80"
)~"},
    {"EnvironmentVariablesThatAreNotSet", R"~([pipeline]
name = "${VELETA_TEST_UNSET}"
target = "rent"
[source]
plugin = "http"
url = "${VELETA_TEST_UNSET}/${VELETA_TEST_UNSET_TOO}"
headers = { Authorization = "Bearer ${VELETA_TEST_UNSET}" }
[[drift]]
plugin = "ks"
columns = ["a", "${VELETA_TEST_UNSET}"]
[[learner]]
plugin = "${VELETA_TEST_UNSET}"
[store]
uri = "${VELETA_TEST_UNSET"
[registry]
uri = "${}"
[serve]
listen = "${VELETA_TEST_UNSET:-${PORT}}"
)~",
     R"~(2:8: pipeline.name: expected the environment variable VELETA_TEST_UNSET, found it unset
6:7: source.url: expected the environment variable VELETA_TEST_UNSET, found it unset
6:7: source.url: expected the environment variable VELETA_TEST_UNSET_TOO, found it unset
7:29: source.headers.Authorization: expected the environment variable VELETA_TEST_UNSET, found it unset
10:17: drift[0].columns[1]: expected the environment variable VELETA_TEST_UNSET, found it unset
12:10: learner[0].plugin: expected the environment variable VELETA_TEST_UNSET, found it unset
14:7: store.uri: expected } after ${, found none; $${ stands for ${
16:7: registry.uri: expected ${NAME} or ${NAME:-fallback}, found ${}; $${ stands for ${
18:10: serve.listen: expected ${NAME} or ${NAME:-fallback}, found ${VELETA_TEST_UNSET:-${PORT}; $${ stands for ${
)~"},
    {"WhatEnvironmentVariablesHoldIsNeverTold", R"~([pipeline]
name = "rent"
target = "rent"
task = "${VELETA_TEST_SECRET}"
[source]
plugin = "${VELETA_TEST_SECRET}"
[columns]
numeric = ["${VELETA_TEST_SECRET}", "${VELETA_TEST_SECRET}"]
[retrain]
when = ["${VELETA_TEST_SECRET}"]
[[learner]]
plugin = "${VELETA_TEST_SECRET}"
[[learner]]
plugin = "${VELETA_TEST_SECRET}"
[[learner]]
plugin = "xgboost"
objective = "${VELETA_TEST_SECRET}"
[store]
uri = "${VELETA_TEST_SECRET}"
[serve]
listen = "${VELETA_TEST_SECRET}:x"
)~",
     R"~(4:8: pipeline.task: expected one of: regression, classification, found the text "${VELETA_TEST_SECRET}"
6:10: source.plugin: there is no source '${VELETA_TEST_SECRET}'. Installed: csv, http. Searched: {plugins}
8:37: columns.numeric[1]: is columns.numeric[0] already; a column has one role
10:9: retrain.when[0]: expected one of: drift, new_categories, performance, volume, schema, found the text "${VELETA_TEST_SECRET}"
12:10: learner[0].plugin: there is no learner '${VELETA_TEST_SECRET}'. Installed: random_forest, ridge, xgboost. Searched: {plugins}
14:10: learner[1].plugin: there is no learner '${VELETA_TEST_SECRET}'. Installed: random_forest, ridge, xgboost. Searched: {plugins}
14:10: learner[1].plugin: is learner[0]'s already
17:13: learner[2].objective: expected one of: squared_error, absolute_error, pseudo_huber, found the text "${VELETA_TEST_SECRET}"
19:7: store.uri: expected sqlite:///relative/path.db, sqlite:////absolute/path.db or postgresql://USER@HOST:PORT/DATABASE, found the text "${VELETA_TEST_SECRET}"
21:10: serve.listen: expected an address and a port from 0 to 65535, as 127.0.0.1:8080, found the text "${VELETA_TEST_SECRET}:x"
)~"},
    {"SyntaxErrors", R"~([pipeline]
name = 
)~",
     R"~(2:8: Error while parsing key-value pair: expected value, saw '\n'
)~"},
    {"AKeyTwice", R"~([pipeline]
name = "a"
name = "b"
)~",
     R"~(3:8: Error while parsing key-value pair: cannot redefine existing string 'name'
)~"},
    {"AnIntegerTooLarge", R"~([train]
seed = 99999999999999999999
)~",
     R"~(2:28: Error while parsing decimal integer: '99999999999999999999' is not representable in 64 bits
)~"},
};

class WrongFile : public PipelineFile, public testing::WithParamInterface<Wrong> {};

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

TEST_P(WrongFile, IsToldWithEveryPlace) {
  ::unsetenv("VELETA_TEST_UNSET");
  ::unsetenv("VELETA_TEST_UNSET_TOO");
  ::setenv("VELETA_TEST_SECRET", "hunter2", 1);
  std::string expected = GetParam().lines;
  replace_all(expected, "{plugins}", kPluginFolder);
  replace_all(expected, "{detectors}", join(PluginHost({kPluginFolder}).names(PluginKind::kDetector), ", "));
  EXPECT_EQ(lines_of(GetParam().text), expected);
}

INSTANTIATE_TEST_SUITE_P(Config, WrongFile, testing::ValuesIn(kWrong),
                         [](const auto& wrong) { return std::string(wrong.param.name); });

class RefusedPlugin : public PipelineFile {
 protected:
  RefusedPlugin() {
    add("old", "abi_version = 99", "old.so");
    add("gone", "abi_version = 1", "gone.so");
    add("text", "abi_version = 1", "text.so");
    write_file_atomically(folder() / "old.so", "no library");
    write_file_atomically(folder() / "text.so", "no library");
    write_file_atomically(folder() / "odd.toml", "library = \n");
  }

  void add(const std::string& name, const std::string& abi, const std::string& library) {
    write_file_atomically(folder() / (name + ".toml"),
                          "manifest_version = 1\nlibrary = \"" + library + "\"\n" + abi +
                              "\nversion = \"1.0.0\"\n[[plugin]]\nkind = \"detector\"\nname = \"" + name +
                              "\"\ndescription = \"A test's\"\n");
  }

  /// Finds the plugins of this build and those added.
  PluginHost host() const { return PluginHost({kPluginFolder, folder().string()}); }
};

TEST_F(RefusedPlugin, IsToldWithTheReasonWhereItIsNamed) {
  PluginHost plugins = host();
  std::string text = std::string(kSoundFile) + "[[drift]]\nplugin = \"";
  const auto line_for = [&](const std::string& name) { return lines_of(text + name + "\"\nx = 1\n", plugins); };
  using testing::HasSubstr;
  using testing::StartsWith;
  const std::string place = "10:10: drift[0].plugin: detector '";
  EXPECT_THAT(line_for("old"), AllOf(StartsWith(place + "old'"), HasSubstr("built for plugin ABI 99")));
  EXPECT_THAT(line_for("gone"), AllOf(StartsWith(place + "gone'"), HasSubstr("gone.so is missing")));
  EXPECT_THAT(line_for("text"), AllOf(StartsWith(place + "text'"), HasSubstr("cannot be loaded")));
  EXPECT_THAT(line_for("odd"), AllOf(StartsWith(place + "odd'"), HasSubstr("its manifest cannot be read")));
  for (const char* name : {"old", "gone", "text", "odd"}) {
    const std::string line = line_for(name);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  }
}

TEST_F(RefusedPlugin, IsInTheReferenceWithTheReason) {
  PluginHost plugins = host();
  EXPECT_THAT(config_reference(plugins),
              testing::HasSubstr("## detector `gone`\n\nA test's.\n\nIt cannot be loaded: "));
}

TEST_F(PipelineFile, ThatIsNotTextIsToldSo) {
  EXPECT_EQ(lines_of("[pipeline]\nname = \"\xff\xfe\"\n"), "2:8: Encountered invalid utf-8 sequence\n");
}

TEST_F(PipelineFile, OfAbsurdNestingIsToldSo) {
  EXPECT_THAT(lines_of("a = " + std::string(100000, '[')), testing::HasSubstr("exceeded maximum nested value depth"));
}

TEST_F(PipelineFile, WithAbsurdNamesIsToldShortly) {
  EXPECT_LT(
      lines_of(std::string(kSoundFile) + std::string(500000, 'x') + " = \"" + std::string(1000, 'y') + "\"\n").size(),
      300u);
}

TEST_F(PipelineFile, ThatCannotBeReadIsAWrongArgument) {
  const auto problem = [&](const std::filesystem::path& file) {
    try {
      load_config(file, plugins_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(problem(folder() / "absent.toml"), testing::HasSubstr("No such file"));
  EXPECT_THAT(problem(folder()), testing::HasSubstr("Is a directory"));
  EXPECT_THAT(problem("/dev/zero"), testing::HasSubstr("has more than 1.0 MB"));
}

}  // namespace
}  // namespace veleta
