#include "page_parts.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "http_target.hpp"

namespace veleta {

namespace {

constexpr size_t kLongestLine_bytes = 2000;

}  // namespace

Html time_html(int64_t time_ms) {
  if (time_ms == 0) return {};
  const std::string iso = format_time(time_ms);
  return Html::element("time", iso.substr(0, 10) + " " + iso.substr(11, 8) + " UTC", {{"datetime", iso}});
}

std::string duration_text(int64_t time_ms) {
  const int64_t seconds = time_ms / 1000;
  if (seconds < 10) return fmt::format("{:.3g} s", static_cast<double>(time_ms) / 1000);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

Html state_html(const std::string& state) { return Html::element("span", state, {{"class", "state " + state}}); }

Html way_html(const std::string& pipeline, bool to_runs) {
  Html way = Html::link("/v1/pipelines", "pipelines");
  if (!pipeline.empty()) way += Html(" / ") + Html::link(pipeline_path(pipeline), pipeline);
  if (to_runs) way += Html(" / ") + Html::link(pipeline_path(pipeline) + "/runs", "runs");
  return Html::element("nav", way);
}

std::string path_as(const std::string& path, const char* form) { return path + "?as=" + form; }

std::string pipeline_path(const std::string& pipeline) { return "/v1/pipelines/" + percent_encoded(pipeline); }

Html log_html(const std::vector<LogLine>& lines) {
  Html text;
  for (const LogLine& line : lines)
    text += Html(fmt::format("{} {:7} {}\n", format_time(line.time_ms).substr(11, 12), line.level,
                             clipped(line.text, kLongestLine_bytes)));
  return Html::element("pre", text);
}

}  // namespace veleta
