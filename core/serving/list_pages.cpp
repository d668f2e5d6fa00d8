#include "list_pages.hpp"

#include "base/text.hpp"
#include "hook_context.hpp"
#include "page_parts.hpp"

namespace veleta {

namespace {

constexpr size_t kSentence_bytes = 300;

Html runs_table(const std::vector<RunRequest>& runs) {
  std::vector<std::vector<Html>> rows;
  for (const RunRequest& run : runs) {
    const bool has_ended = is_ended(run.state);
    const std::string doing = run.state == RequestState::kRunning ? run.progress.step : "";
    rows.push_back({Html::link(run_path(run.pipeline, run.id), run.id), state_html(to_string(run.state)),
                    to_string(run.kind), has_ended ? run.end.outcome : doing, time_html(run.asked_ms),
                    run.finished_ms != 0 && run.started_ms != 0 ? duration_text(run.finished_ms - run.started_ms) : "",
                    clipped(has_ended ? run.end.sentence : "", kSentence_bytes)});
  }
  if (rows.empty()) return Html::element("p", "Nothing was asked for yet.");
  return html_table({"Run", "State", "Kind", "Outcome", "Asked for", "Took", "Why"}, rows);
}

Html runner_html(const PipelineCard& card) {
  if (card.has_runner) return Html::element("span", "alive", {{"class", "alive"}});
  return Html("none is alive");
}

Html json_footer(const std::string& path) { return Html::element("footer", Html::link(path_as(path, "json"), "JSON")); }

}  // namespace

HtmlPage pipelines_page(const std::vector<PipelineCard>& cards) {
  std::vector<std::vector<Html>> rows;
  for (const PipelineCard& card : cards)
    rows.push_back(
        {Html::link(pipeline_path(card.name), card.name), card.task, card.target, card.schedule, runner_html(card)});
  const Html table = rows.empty() ? Html::element("p", "No runner has told of any.")
                                  : html_table({"Pipeline", "Task", "Target", "Schedule", "Runner"}, rows);
  return {"Pipelines", Html::element("h1", "Pipelines") + table + json_footer("/v1/pipelines")};
}

HtmlPage pipeline_page(const PipelineCard& card, const std::vector<RunRequest>& last_runs) {
  const std::string path = pipeline_path(card.name);
  Html body = way_html() + Html::element("h1", card.name);
  body += html_facts({{"Task", card.task},
                      {"Target", card.target},
                      {"Schedule", card.schedule},
                      {"Runner", runner_html(card)},
                      {"Runner seen", time_html(card.seen_ms)},
                      {"File", card.file},
                      {"Grounds for training", join(card.grounds, ", ")},
                      {"Parameters", join(card.parameters, ", ")}});
  body += Html::element("h2", "Last runs") + runs_table(last_runs);
  body += Html::element("footer", Html::link(path + "/runs", "All runs") + Html::link(path_as(path, "json"), "JSON"));
  return {card.name, body};
}

HtmlPage runs_page(const std::string& pipeline, const std::vector<RunRequest>& runs, const std::string& older) {
  const std::string path = pipeline_path(pipeline) + "/runs";
  Html body = way_html(pipeline) + Html::element("h1", "Runs of " + pipeline) + runs_table(runs);
  Html links = Html::link(path_as(path, "json"), "JSON");
  if (!older.empty()) links = Html::link(older, "Older") + links;
  return {"Runs of " + pipeline, body + Html::element("footer", links)};
}

}  // namespace veleta
