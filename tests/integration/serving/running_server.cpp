#include "running_server.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "json_text.hpp"
#include "test_bundles.hpp"

namespace veleta::testing {

namespace {

void remove_column(Table& table, const std::string& name) {
  std::erase_if(table.columns, [&](const Column& column) { return column.name == name; });
}

/// Few trees: enough to tell, and quick.
ParamValues quick_params(const PluginDescription& learner) {
  ParamValues params = default_values(learner.params);
  for (ParamValue& param : params)
    if (param.name == "rounds" || param.name == "trees") param.integer = 20;
  return params;
}

BundleParts train(const Recipe& recipe, PluginHost& plugins) {
  Table rows = houses(400, recipe.seed);
  const bool is_binary = recipe.task == Task::kBinary;
  BundleParts parts;
  parts.pipeline = kPipeline;
  parts.target = {is_binary ? "dear" : "price", recipe.task, recipe.transform, "yes", "no"};
  const std::vector<double> target = parts.target.to_learner(parts.target.values(rows));
  remove_column(rows, is_binary ? "price" : "dear");

  const PluginDescription& learner = plugins.describe(PluginKind::kLearner, recipe.learner);
  parts.learner = recipe.learner;
  parts.learner_version = learner.summary.version;
  parts.learner_params = quick_params(learner);
  FeatureOptions options;
  options.complete = (learner.flags & VELETA_NEEDS_COMPLETE) != 0;
  parts.features = FeatureEncoder::fit(rows, parts.target.column, target, row_hashes(rows), options, parts.background);
  const auto model = plugins.create_learner(parts.learner, parts.learner_params, {})
                         ->train({recipe.task, 1, 7, parts.background.view(), target, {}, {}});
  parts.learner_bytes = model->save();
  parts.golden = parts.features.encode(unseen_houses(10));
  parts.golden_predictions.resize(parts.golden.rows);
  model->predict(parts.golden.view(), parts.golden_predictions);
  parts.profile = make_profile(rows);
  remove_column(rows, parts.target.column);
  parts.input_schema = schema_of(rows);
  parts.notes = {{"rows", 400}};
  return parts;
}

json::value cell(const Column& column, size_t row) {
  if (column.is_missing(row)) return nullptr;
  if (column.type == ColumnType::kCategory) return json::value(column.label(row));
  if (column.type == ColumnType::kTime) return json::value(format_iso_time(column.numbers[row]));
  return column.numbers[row];
}

}  // namespace

RunningServer::RunningServer()
    : folder_(std::filesystem::temp_directory_path() / ("veleta_serving_" + new_id())),
      plugins({std::filesystem::path(VELETA_BINARY_FOLDER) / "lib/veleta/plugins"}) {
  std::filesystem::create_directories(folder_);
  const std::string uri = "sqlite:///" + (folder_ / "veleta.db").string();
  store = open_store(uri);
  registry = open_registry(uri);
}

RunningServer::~RunningServer() {
  stop();
  server.reset();
  registry.reset();
  store.reset();
  std::filesystem::remove_all(folder_);
}

int RunningServer::publish(const Recipe& recipe, const std::function<void(BundleFiles&)>& spoil) {
  BundleFiles files = to_files(train(recipe, plugins));
  if (spoil) spoil(files);
  const TrackedRun run = registry->create_run(kPipeline, new_id(), "test", {});
  return registry->create_version(kPipeline, run.id, files, "made for a test", {}).version;
}

void RunningServer::promote(int version) {
  const auto before = registry->version_by_alias(kPipeline, kProductionAlias);
  const std::optional<int> expected = before ? std::optional(before->version) : std::nullopt;
  ASSERT_TRUE(registry->move_alias(kPipeline, kProductionAlias, version, expected));
}

std::shared_ptr<const Bundle> RunningServer::open(int version) {
  return Bundle::open(parts_from_files(registry->version_files(registry->get_version(kPipeline, version))), plugins);
}

void RunningServer::start(ServeOptions options, std::function<std::unique_ptr<Store>()> open_store) {
  options.pipeline = kPipeline;
  options.port = 0;
  options.threads = 2;
  server = open_store ? std::make_unique<Server>(options, std::move(open_store), *registry, plugins)
                      : std::make_unique<Server>(options, *store, *registry, plugins);
  thread_ = std::thread([this] { server->run(); });
  if (!registry->version_by_alias(kPipeline, kProductionAlias)) return;
  while (ask("GET", "/readyz").status != 200) std::this_thread::yield();
}

void RunningServer::stop() {
  if (!thread_.joinable()) return;
  server->stop();
  thread_.join();
}

Table unseen_houses(size_t rows) {
  Table table = houses(rows, 4711);
  remove_column(table, "price");
  remove_column(table, "dear");
  return table;
}

json::array to_json_rows(const Table& table) {
  json::array rows;
  for (size_t row = 0; row < table.row_count(); ++row) {
    json::object object;
    for (const Column& column : table.columns) object[column.name] = cell(column, row);
    rows.push_back(std::move(object));
  }
  return rows;
}

json::object body_of(const Response& response) {
  EXPECT_EQ(response.status, 200) << response.body;
  return response.status == 200 ? parse_json(response.body, "the reply").as_object() : json::object{};
}

}  // namespace veleta::testing
