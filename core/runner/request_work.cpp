#include "request_work.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "config/pipeline_config.hpp"
#include "pipeline/judge_drift.hpp"
#include "pipeline/manual_promotion.hpp"
#include "pipeline/pipeline.hpp"
#include "registry/registry.hpp"

namespace veleta {

namespace {

/// Results go out over HTTP in a few kB; the whole is in the store's decision.
constexpr size_t kToldReasons = 6;
constexpr size_t kToldColumns = 8;
constexpr size_t kToldSentence_bytes = 200;

std::map<std::string, std::string> parameters_of(const json::object& body) {
  std::map<std::string, std::string> parameters;
  if (const json::value* given = body.if_contains("parameters"))
    for (const auto& [name, value] : given->as_object())
      parameters[name] = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
  return parameters;
}

/// `only_if` names the grounds for training that count in this run: a text, or a list of them.
void restrict_grounds(PipelineConfig& config, const json::object& body) {
  const json::value* only_if = body.if_contains("only_if");
  if (!only_if) return;
  config.retrain.when.clear();
  if (only_if->is_string())
    config.retrain.when.emplace_back(only_if->get_string());
  else
    for (const auto& ground : only_if->as_array()) config.retrain.when.emplace_back(ground.as_string());
}

json::array told_reasons(const json::value& reasons) {
  json::array told;
  for (const auto& reason : reasons.as_array()) {
    if (told.size() == kToldReasons) break;
    told.push_back({{"code", reason.at("code")},
                    {"sentence", clipped(text_or_empty(reason.as_object(), "sentence"), kToldSentence_bytes)}});
  }
  return told;
}

json::object result_of(const RunResult& result) {
  json::object told{{"batch", result.run.batch_id.empty() ? json::value(nullptr) : json::value(result.run.batch_id)}};
  if (!result.decision) return told;
  const json::object& record = result.decision->record;
  told["action"] = result.decision->action;
  told["reasons"] = told_reasons(record.at("decide").at("reasons"));
  if (result.decision->model_version.empty()) return told;
  told["model_version"] = std::stoi(result.decision->model_version);
  const json::object& evaluated = record.at("evaluate").as_object();
  told["learner"] = evaluated.at("challenger");
  told["metrics"] = evaluated.at("learners").at(text_or_empty(evaluated, "challenger"));
  told["champion_metrics"] = evaluated.at("champion");
  return told;
}

RequestState state_of(const std::string& outcome) {
  return outcome == "promoted" || outcome == "rejected" ? RequestState::kSucceeded : RequestState::kSkipped;
}

RequestEnd end_of(const RunRequest& request, const RunResult& result, const std::string& step) {
  RequestEnd end;
  end.outcome = result.run.outcome;
  end.sentence = result.run.sentence;
  end.result = result_of(result);
  if (!result.failure) {
    end.state = state_of(result.run.outcome);
    return end;
  }
  if (*result.failure == ErrorCode::kCancelled) throw Error(ErrorCode::kCancelled, result.run.sentence);
  end.error_code = error_code_text(*result.failure);
  end.failed_step = step;
  if (result.run.id != request.run_id)
    end.sentence = fmt::format("run {}, whose batch comes first, failed: {}", result.run.id, end.sentence);
  return end;
}

RequestEnd run(const RunRequest& request, const json::object& body, PipelineConfig config, const WorkPlace& place) {
  restrict_grounds(config, body);
  const auto registry = open_registry(config.registry_uri);
  std::string step;
  RunOptions options;
  options.run_id = request.run_id;
  options.batch_id = text_or_empty(body, "batch");
  options.program = place.program;
  options.work_folder = place.work_folder;
  options.is_cancelled = place.is_cancelled;
  options.progress = [&](const Progress& progress) {
    step = progress.step;
    place.progress(progress);
  };
  return end_of(request, run_pipeline(config, place.store, *registry, place.plugins, options), step);
}

RequestEnd judge(const json::object& body, const PipelineConfig& config, const WorkPlace& place) {
  JudgedRows rows;
  rows.batch = text_or_empty(body, "batch");
  if (const json::value* given = body.if_contains("rows")) rows.json = json::serialize(*given);
  if (const json::value* served = body.if_contains("served"))
    rows.served_s = parse_duration_s(text_or_empty(served->as_object(), "last")).value_or(3600);
  const auto registry = open_registry(config.registry_uri);
  const DriftJudgement judgement = judge_drift(config, rows, place.store, *registry, place.plugins);
  if (judgement.rows == 0) {
    RequestEnd none{RequestState::kSkipped, "nothing_served", "Nothing was served in that time.", "", "", {}};
    none.result = {{"drifted", false}, {"rows", 0}};
    return none;
  }
  RequestEnd end{RequestState::kSucceeded, to_string(judgement.report.verdict()), judgement.sentence(), "", "", {}};
  end.result = {{"drifted", judgement.is_alarm()}, {"version", judgement.version}, {"rows", judgement.rows}};
  if (!judgement.batch.empty()) end.result["batch"] = judgement.batch;
  json::array& columns = end.result["columns"].emplace_array();
  for (const auto* drift : judgement.report.with(DriftVerdict::kDrifted)) {
    if (columns.size() == kToldColumns) break;
    columns.push_back({{"column", drift->column},
                       {"detector", drift->detector},
                       {"p", number_or_null(drift->adjusted_p)},
                       {"sentence", clipped(drift->sentence(), kToldSentence_bytes)}});
  }
  return end;
}

RequestEnd move_production(const RunRequest& request, const json::object& body, const PipelineConfig& config,
                           const WorkPlace& place) {
  const auto registry = open_registry(config.registry_uri);
  const std::string& pipeline = config.pipeline.name;
  const std::string reason = text_or_empty(body, "reason");
  const bool forward = request.kind == RequestKind::kPromote;
  const ManualPromotion moved = forward ? promote_by_hand(pipeline, body.at("version").to_number<int>(), reason,
                                                          request.id, place.store, *registry)
                                        : roll_back(pipeline, reason, request.id, place.store, *registry);
  RequestEnd end{RequestState::kSucceeded, forward ? "promoted" : "rolled_back", "", "", "", {}};
  end.sentence = moved.moved ? fmt::format("Version {} is production: {}", moved.version, reason)
                             : fmt::format("Version {} was production already.", moved.version);
  end.result = {{"version", moved.version},
                {"before", moved.before ? json::value(*moved.before) : json::value(nullptr)}};
  return end;
}

RequestEnd failed(const std::string& error_code, const std::string& why) {
  return {RequestState::kFailed, "failed", why, error_code, "", {}};
}

}  // namespace

const char* error_code_text(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid";
    case ErrorCode::kNotFound: return "not-found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kRefused: return "refused";
    case ErrorCode::kBadData: return "bad-data";
    case ErrorCode::kPlugin: return "plugin-failed";
    case ErrorCode::kPeerFailed: return "peer-failed";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kCancelled: return "cancelled";
    default: return "internal";
  }
}

RequestEnd carry_out(const RunRequest& request, const WorkPlace& place) {
  try {
    const std::string text = place.store.queue().body(request.pipeline, request.id);
    const json::object body = parse_json(text, "the body of request " + request.id).as_object();
    PipelineConfig config = load_config(place.file, place.plugins, ConfigScope::kAll, parameters_of(body));
    switch (request.kind) {
      case RequestKind::kRun: return run(request, body, std::move(config), place);
      case RequestKind::kDrift: return judge(body, config, place);
      default: return move_production(request, body, config, place);
    }
  } catch (const PipelineBusy&) {
    throw;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    return failed(error_code_text(error.code()), error.what());
  } catch (const std::exception& error) {
    return failed("internal", error.what());
  }
}

}  // namespace veleta
