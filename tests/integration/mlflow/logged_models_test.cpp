#include "mlflow_test.hpp"

// What MLflow's pages and its Python client find of a version.
namespace veleta {
namespace {

using MlflowModels = MlflowThroughProxy;
INSTANTIATE_TEST_SUITE_P(Mlflow, MlflowModels, ::testing::Values("mlflow3", "mlflow2"),
                         [](const auto& instance) { return instance.param; });

const Texts kModel{{"MLmodel", R"({"flavors": {"python_function": {"loader_module": "x"}}})"}, {"data/bundle", "x"}};

std::string text(const json::value& value) { return value.as_string().c_str(); }

/// A file of a version as the server keeps it.
json::object kept_json(const std::string& server, const std::string& model, const std::string& path) {
  http::Client client({});
  http::Request request;
  request.url = server + "/model-versions/get-artifact?name=" + model + "&version=1&path=" + path;
  const auto response = client.send(request);
  EXPECT_EQ(response.status, 200) << response.body;
  return parse_json(response.body, path).as_object();
}

TEST_P(MlflowModels, MlmodelTellsWhereItIs) {
  const std::string run = new_run();
  const ModelVersion version = registry().create_version(model_, run, kModel, "", {});
  const json::object description = kept_json(server_url(GetParam()), model_, "MLmodel");
  EXPECT_EQ(text(description.at("run_id")), run);
  EXPECT_EQ(text(description.at("utc_time_created")).size(), 26U);
  EXPECT_TRUE(description.contains("flavors"));
  if (is_3()) {
    EXPECT_EQ("models:/" + text(description.at("model_id")), version.source);
    EXPECT_EQ(text(description.at("model_uuid")), text(description.at("model_id")));
    EXPECT_THAT(text(description.at("artifact_path")), ::testing::StartsWith("mlflow-artifacts:/"));
  } else {
    EXPECT_EQ(text(description.at("artifact_path")), "model");
    EXPECT_THAT(registry().list_artifacts(run, "model"),
                ElementsAre("model/MLmodel", "model/data/bundle", "model/veleta-manifest.json"));
    EXPECT_THAT(registry().get_run(run).tags.at("mlflow.log-model.history"), HasSubstr(run));
  }
  EXPECT_EQ(registry().version_files(version), kModel);
}

TEST_P(MlflowModels, TheManifestTellsSizeAndDigestOfEachFile) {
  new_version(kModel);
  const json::object manifest = kept_json(server_url(GetParam()), model_, "veleta-manifest.json");
  const json::object& files = manifest.at("files").as_object();
  EXPECT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at("data/bundle").at("size_bytes").to_number<int>(), 1);
  EXPECT_EQ(text(files.at("data/bundle").at("sha256")),
            "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
}

TEST_P(MlflowModels, MlmodelIsTheLastFileToCome) {
  new_version(kModel);
  std::vector<std::string> puts;
  for (const auto& each : proxy_.seen())
    if (each.starts_with("PUT ")) puts.push_back(each.substr(each.rfind('/') + 1));
  EXPECT_THAT(puts, ElementsAre("bundle", "veleta-manifest.json", "MLmodel"));
}

using MlflowLoggedModels = MlflowThroughProxy;
INSTANTIATE_TEST_SUITE_P(Mlflow, MlflowLoggedModels, ::testing::Values("mlflow3"),
                         [](const auto& instance) { return instance.param; });

TEST_P(MlflowLoggedModels, ALoggedModelHasItsRunsParametersAndMetrics) {
  const std::string run = new_run();
  registry().log_params(run, {{"eta", "0.1"}});
  registry().log_metrics(run, {{"holdout_mae", 12.5, 3, 1'700'000'000'123}});
  DatasetInput input;
  input.name = "batch 0";
  input.digest = "ab";
  input.context = "training";
  registry().log_inputs(run, {input});
  const std::string source = registry().create_version(model_, run, kModel, "", {}).source;
  const std::string id = source.substr(source.rfind('/') + 1);
  const json::object model = call("GET", "logged-models/" + id)["model"].as_object();
  EXPECT_EQ(text(model.at("info").at("status")), "LOGGED_MODEL_READY");
  EXPECT_EQ(text(model.at("info").at("name")), model_);
  EXPECT_EQ(text(model.at("info").at("source_run_id")), run);
  EXPECT_EQ(text(model.at("data").at("params").at(0).at("key")), "eta");
  EXPECT_EQ(text(model.at("data").at("metrics").at(0).at("key")), "holdout_mae");
  EXPECT_EQ(model.at("data").at("metrics").at(0).at("value").to_number<double>(), 12.5);
  EXPECT_EQ(text(model.at("data").at("metrics").at(0).at("dataset_name")), "batch 0");
  const json::object found = call("GET", "runs/get?run_id=" + run)["run"].as_object();
  EXPECT_EQ(text(found.at("outputs").at("model_outputs").at(0).at("model_id")), id);
  EXPECT_THAT(registry().metric_history(run, "holdout_mae"), SizeIs(1)) << "told again with its model, kept once";
}

TEST_P(MlflowLoggedModels, AModelThatIsNotReadyBecomesNoVersion) {
  // A server takes a status that it does not know, and keeps none.
  proxy_.before([](Passing& request) -> std::optional<Answer> {
    if (request.method != "PATCH") return std::nullopt;
    const size_t at = request.body.find("LOGGED_MODEL_READY");
    EXPECT_NE(at, std::string::npos);
    request.body.replace(at, 18, "READY");
    return std::nullopt;
  });
  const Error error = error_of([&] { new_version(); });
  EXPECT_EQ(error.code(), ErrorCode::kPeerFailed);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("LOGGED_MODEL_READY"), HasSubstr("UNSPECIFIED")));
  EXPECT_THAT(registry().list_versions(model_), IsEmpty());
}

}  // namespace
}  // namespace veleta
