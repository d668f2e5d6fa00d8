#include "sections.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "metrics/metrics.hpp"
#include "veleta/params.hpp"

namespace veleta {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kYear_s = 365.0 * 24 * 3600;

std::vector<ParamDescription> describe(const std::vector<ParamSpec>& specs) {
  std::vector<ParamDescription> keys;
  for (const auto& spec : specs) keys.emplace_back(spec.abi());
  return keys;
}

Section pipeline_section() {
  return {"pipeline", "What is predicted.",
          describe({text_param("name", required, "the pipeline's name, which is the registered model's too"),
                    text_param("task", "regression", "what is predicted: a number, or one of two classes")
                        .choices({"regression", "classification"}),
                    text_param("target", required, "the column to predict"),
                    text_param("transform", "none",
                               "what the learner sees of the target: itself, or log(1 + target) for "
                               "targets that spread over orders of magnitude; metrics and "
                               "explanations are told in the target's own unit")
                        .choices({"none", "log"}),
                    text_param("positive", "",
                               "classification: the label whose probability is predicted; empty: the later "
                               "one in sorted order")})};
}

Section columns_section() {
  return {"columns",
          "What the columns mean. What is not named is inferred from the first batch, recorded, and held to; a column "
          "without a value there is taken for categories.",
          describe({list_param("numeric", "columns of numbers; a regression's target is one by itself"),
                    list_param("categorical", "columns of categories: texts, and numbers that are codes"),
                    list_param("date", "columns of ISO 8601 dates or times"),
                    list_param("ignore", "columns to leave out; one that was taken up with the first batch stays"),
                    list_param("names", "names of the columns, for rows that come as lists"),
                    flag_param("fold_case", false, "take categories that differ in case alone for one")})};
}

Section validate_section() {
  return {
      "validate", "What a batch must be like to be trained on.",
      describe(
          {integer_param("min_rows", 100, "least rows of a batch that may lead to training").min(1).unit("rows"),
           number_param("max_missing_share", 0.5, "largest share of missing cells in a column that used to have fewer")
               .min(0)
               .max(1),
           number_param("max_retyped_share", 0.1, "largest share of cells in a column that are not of its type")
               .min(0)
               .max(1),
           number_param("max_duplicate_share", 0.5, "largest share of rows that repeat an earlier one").min(0).max(1),
           number_param("min_target", kNone, "a smaller target makes the batch unsound"),
           number_param("max_target", kNone, "a larger target makes the batch unsound")})};
}

Section retrain_section() {
  Section retrain{
      "retrain", "When a batch leads to training.",
      describe(
          {list_param("when", "what leads to training; `schema` also takes new columns up")
               .choices({"drift", "new_categories", "performance", "volume", "schema"}),
           number_param("alpha", 0.05,
                        "largest p-value of a drift, after Benjamini–Hochberg's correction over all "
                        "comparisons of the batch")
               .min(0)
               .max(1),
           text_param("over_time", "none",
                      "what alpha holds for: each batch by itself, or with `lord` the expected share of "
                      "false alarms among all alarms that the pipeline ever gives; batches are then "
                      "tested at smaller levels, which every drift found raises again")
               .choices({"none", "lord"}),
           number_param("min_drift_share", 0,
                        "drift: least share of the compared columns that must have drifted; 0: one finding is enough")
               .min(0)
               .max(1),
           number_param("max_metric_growth", 0.2,
                        "performance: how much worse the production model may do on the batch, "
                        "as a share of what it was promoted with")
               .min(0),
           number_param("min_volume_growth", 0.5, "volume: rows since the last training, as a share of those it had")
               .min(0)})};
  retrain.keys.front().default_items = {"drift", "new_categories", "performance"};
  return retrain;
}

Section segments_section() {
  return {
      "segments",
      "Segments of the data that drift is looked for in besides the whole. The training window's are kept with each "
      "model, so that a change counts from the next training on.",
      describe(
          {list_param("by", "columns; each value of each of them is a segment; empty: none"),
           integer_param("min_rows", 200, "smaller segments are left out; those of a batch are told as not compared")
               .min(1)
               .unit("rows"),
           integer_param("most", 50, "the training window's largest so many").min(1).max(1000)})};
}

Section train_section() {
  return {
      "train", "How models are trained.",
      describe(
          {integer_param("seed", 42, "same data, parameters and seed give the same model").min(0),
           integer_param("threads", 0, "threads of a learner; 0: as many as the machine has").min(0).max(1024),
           number_param("holdout_share", 0.2,
                        "share of rows that is never trained on, and on which models are compared; "
                        "a row's content decides")
               .min(0.01)
               .max(0.9),
           number_param("validation_share", 0.1, "share of the other rows that learners stop early on").min(0).max(0.9),
           integer_param("window_batches", 0, "train on the newest so many batches; 0: on all").min(0),
           integer_param("max_rows", 0, "train on a sample of so many rows at most; 0: on all").min(0).unit("rows"),
           number_param("timeout_s", 1800, "longest that one learner may train").min(0.1).max(kYear_s).unit("s")})};
}

Section features_section() {
  return {"features", "How columns become features.",
          describe({integer_param("max_one_hot_levels", 12,
                                  "categories of up to so many levels get a feature each; those of more "
                                  "are encoded by the mean of the target")
                        .min(0)
                        .max(1000),
                    integer_param("min_level_rows", 3, "rarer levels count as unknown").min(1).unit("rows"),
                    number_param("smoothing", 10, "weight of the overall mean in a level's mean").min(0).unit("rows"),
                    integer_param("folds", 5, "folds of the out-of-fold encoding of training rows").min(2).max(100)})};
}

Section serve_section() {
  return {
      "serve", "The HTTP server.",
      describe({text_param("listen", "127.0.0.1:8080", "address and port; port 0: any free one"),
                integer_param("threads", 0, "threads that serve; 0: one less than the machine has, at least one")
                    .min(0)
                    .max(1024),
                integer_param("max_body_bytes", int64_t{64} << 20, "largest request").min(1024).unit("bytes"),
                integer_param("max_rows", 100000, "most rows of one request").min(1).unit("rows"),
                number_param("reload_interval_s", 2, "how often to look whether production has moved")
                    .min(0.05)
                    .max(kYear_s)
                    .unit("s"),
                text_param("cache", "var/cache",
                           "a folder that keeps the production version of a registry on another machine: the server "
                           "starts and serves while that is away"),
                text_param("spool", "var/spool",
                           "a folder that keeps predictions which the store could not take until it can, 256 MiB at "
                           "most"),
                text_param("token", "",
                           "a secret that requests below /v1 and to /labels must bring as `Authorization: Bearer "
                           "TOKEN`: `\"${VELETA_TOKEN}\"`, from the environment alone; empty: they need none. All "
                           "other routes (/predict, /explain, /model, /metrics, /reload and so on) are open")})};
}

Section parameters_section() {
  return {
      "parameters",
      "Values of your own: `NAME = VALUE`, texts, numbers, true or false. `${NAME}` in any text stands for them, and a "
      "run that is asked for over HTTP may have others. They go before environment variables.",
      {}};
}

Section runner_section() {
  return {"runner",
          "What runs the requests that come over HTTP, and the schedule. Where one process runs several pipelines, "
          "`threads`, `lease_s` and `keep_days` are those of the file named first.",
          describe(
              {integer_param("threads", 1,
                             "runs at a time, of all pipelines of a process; 0: `veleta serve` runs "
                             "none, and leaves them to `veleta runner`")
                   .min(0)
                   .max(64),
               text_param("when_busy", "queue", "what becomes of a request while another of the pipeline waits or runs")
                   .choices({"queue", "refuse"}),
               integer_param("max_queued", 1000, "most requests of the pipeline that wait").min(1),
               number_param("lease_s", 10,
                            "a runner not heard of for so long is taken for dead, and others go on "
                            "with what it ran")
                   .min(1)
                   .max(3600)
                   .unit("s"),
               integer_param("keep_days", 90,
                             "how long requests that have ended, their logs and events are kept; history, batches and "
                             "models stay. 0: for ever")
                   .min(0)
                   .max(36500)
                   .unit("days")})};
}

Section schedule_section() {
  return {
      "schedule",
      "When the runner starts a run by itself, without Airflow. Times are UTC. What falls due while the last one "
      "still waits or runs, or while no runner lives, is told as missed and not made up for.",
      describe({text_param("every", "", "how often: a number with s, m, h or d, as 15m; 10s at least; empty: not so"),
                text_param("cron", "",
                           "when: five fields, minute hour day month weekday, as `0 6 * * mon-fri`; each is `*`, a "
                           "number, a name (jan, mon; 0 and 7 are sun), a range, a step (`*/5`, `8-18/2`) or several "
                           "with commas. Where both day and weekday are restricted, either suffices"),
                text_param("new_files", "",
                           "a folder; each file in it starts a run, once it grows no more: those that are there when "
                           "the runner first starts, too. Not those that are hidden or end in .part or .tmp")})};
}

Section promote_section() {
  return {"promote", "The rule of promotion.",
          describe({text_param("metric", "",
                               "picks the challenger among the learners, one of the metrics below; empty: mae, or "
                               "log_loss for classification")})};
}

Section gates_section() {
  const std::string metrics =
      fmt::format("what is compared: {}; for classification {}", join(metric_names(Task::kRegression), ", "),
                  join(metric_names(Task::kBinary), ", "));
  return {
      "promote.gates",
      "Conditions that a challenger must all meet, one table each: `gates = [ { metric = \"mae\", improves_by = 0.03 } "
      "]`. Shares are of the production model's value on the same held-out rows. Without any: mae improves by 0.03 "
      "and rmse worsens by at most 0.01; for classification log_loss improves by 0.01.",
      describe({text_param("metric", required, metrics),
                number_param("improves_by", kNone, "least share by which the metric must be better").min(0),
                number_param("worsens_by_at_most", kNone,
                             "instead of improves_by: largest share by which the metric may be worse")
                    .min(0)}),
      true};
}

ParamSpec plugin_key() { return text_param("plugin", required, "the plugin's name; its parameters stand beside it"); }

Section drift_section() {
  return {"drift", "Detectors, one [[drift]] each. Without any: ks, chi_square and missing_share with their defaults.",
          describe({plugin_key(), list_param("columns", "the columns it looks at; empty: all that it can compare")}),
          true};
}

Section stream_section() {
  return {
      "stream",
      "Detectors that watch what is served value by value, one [[stream]] each, those that watch series. Alarms are "
      "told as events; none leads to training by itself.",
      describe({plugin_key(),
                text_param("of", "columns",
                           "what is watched: input columns, what the model predicts, or its errors once labels come "
                           "(POST /labels): 0 and 1 of a classification, else how far off a prediction was")
                    .choices({"columns", "prediction", "error"}),
                list_param("columns", "of = \"columns\": the numeric columns; empty: all that the model takes in")}),
      true};
}

Section learner_section() {
  return {"learner", "Learners, one [[learner]] each, at least one; the best on the holdout challenges production.",
          describe({plugin_key()}), true};
}

Section explain_section() {
  return {"explain",
          "The explainer preferred; a model that it cannot read is explained by another that can. Left out: any.",
          describe({plugin_key()})};
}

Section store_section() {
  return {"store", "Where batches, runs and decisions are kept.",
          describe({text_param("uri", "",
                               "sqlite:///PATH, or postgresql://USER@HOST:PORT/DATABASE as libpq takes it (sslmode, "
                               "sslrootcert and others in its parameters; the password rather in PGPASSWORD or "
                               "~/.pgpass); empty: sqlite:///var/NAME.db, with the pipeline's name"),
                    text_param(
                        "blobs", "",
                        "where payloads are kept as they came: a folder, or s3://BUCKET/PREFIX with the environment's "
                        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL and others; empty: beside the "
                        "SQLite file; with PostgreSQL it must be named")})};
}

Section registry_section() {
  return {"registry", "Where model versions and their artifacts are kept.",
          describe({text_param("uri", "",
                               "sqlite:///PATH, or http://HOST:PORT of an MLflow server; empty: "
                               "sqlite:///var/NAME.db, with the pipeline's name")})};
}

std::vector<Section> make_sections() {
  return {pipeline_section(), {"source", "Where batches come from.", describe({plugin_key()})},
          columns_section(),  validate_section(),
          drift_section(),    stream_section(),
          retrain_section(),  segments_section(),
          train_section(),    features_section(),
          learner_section(),  promote_section(),
          gates_section(),    explain_section(),
          store_section(),    registry_section(),
          serve_section(),    runner_section(),
          schedule_section(), parameters_section()};
}

}  // namespace

const std::vector<Section>& sections() {
  static const std::vector<Section> all = make_sections();
  return all;
}

const Section& section(const std::string& name) {
  return *std::find_if(sections().begin(), sections().end(),
                       [&](const Section& section) { return section.name == name; });
}

std::string heading(const Section& section) {
  return section.is_array ? "[[" + section.name + "]]" : "[" + section.name + "]";
}

std::vector<std::string> names_within(const std::string& path) {
  std::vector<std::string> names;
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& each : sections()) {
    if (each.name == path)
      for (const auto& key : each.keys) names.push_back(key.name);
    else if (each.name.starts_with(prefix) && each.name.find('.', prefix.size()) == std::string::npos)
      names.push_back(each.name.substr(prefix.size()));
  }
  return names;
}

}  // namespace veleta
