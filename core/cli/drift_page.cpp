#include "drift_page.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "plots/plots.hpp"

namespace veleta {

namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dde2e8;--ground:#fff;--panel:#f5f7f9;--link:#0b5cad;
--bad:#b3261e;--good:#176b3a;--warn:#8a5a00}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#9aa5b4;--line:#333c48;--ground:#14181e;--panel:#1c222a;
--link:#7db7f5;--bad:#ff8a80;--good:#6fcf97;--warn:#f0c36d}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:66rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:0 0 .25rem;overflow-wrap:anywhere}
a{color:var(--link);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
p{margin:.4rem 0;overflow-wrap:anywhere}
.soft{color:var(--soft);font-size:.92rem}
.verdict{display:inline-block;font-size:.8rem;font-weight:600;line-height:1;padding:.22rem .5rem;border:1px solid;
border-radius:1rem;white-space:nowrap;vertical-align:middle}
.drifted{color:var(--bad)}.stable{color:var(--good)}.underpowered{color:var(--warn)}.not_judged{color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.75rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:500;white-space:nowrap}
td.number{white-space:nowrap;font-variant-numeric:tabular-nums}
td.wide{min-width:11rem;overflow-wrap:anywhere}td.name{min-width:9rem;max-width:18rem;overflow-wrap:anywhere}
section{border:1px solid var(--line);border-radius:.5rem;padding:1rem 1.1rem .5rem;margin:1.1rem 0}
.key{display:inline-block;width:.9rem;height:.9rem;vertical-align:-.1rem;margin-right:.4rem;border-radius:.15rem}
.key.was{background:#2272b4;opacity:.55}.key.now{border:2px solid #c8423a}
@media(prefers-color-scheme:dark){.key.was{background:#63a9e8}.key.now{border-color:#ff8a7a}}
@media print{section{break-inside:avoid}}
)css";

std::string escaped(std::string_view text) {
  std::string result = xml_escaped(text);
  std::ranges::replace_if(
      result, [](unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F; }, ' ');
  return result;
}

std::string verdict_mark(DriftVerdict verdict) {
  const std::string word = to_string(verdict);
  return fmt::format("<span class=\"verdict {}\">{}</span>", word, word == "not_judged" ? "not judged" : word);
}

std::string cell(const std::string& text, const char* css_class = "number") {
  return fmt::format("<td class=\"{}\">{}</td>", css_class, escaped(text));
}

std::string heading_row(const std::vector<const char*>& names) {
  std::string row = "<tr>";
  for (const char* name : names) row += fmt::format("<th scope=\"col\">{}</th>", name);
  return row + "</tr>\n";
}

std::string number(double value) { return std::isnan(value) ? "–" : fmt::format("{:.3g}", value); }

/// The table of all columns.
std::string overview(const DriftReport& report) {
  std::vector<const char*> names{"Column", "Verdict", "By", "Effect", "95 % CI", "Adjusted p", "Direction"};
  if (has_impact(report)) names.push_back("Impact");
  names.push_back("Where");
  std::string rows = heading_row(names);
  for (size_t i = 0; i < report.columns.size(); ++i) {
    const ColumnVerdict& column = report.columns[i];
    const ColumnDrift* drift = worst(column, report);
    const bool judged = drift && drift->verdict != DriftVerdict::kNotJudged;
    rows += fmt::format("<tr><td class=\"name\"><a href=\"#column-{}\">{}</a></td><td>{}</td>", i,
                        escaped(name_text(column)), verdict_mark(column.verdict));
    rows += cell(drift ? drift->detector : "–");
    for (const auto& text : {judged ? effect_text(*drift) : "–", judged ? interval_text(*drift) : "–",
                             judged ? adjusted_p_text(*drift) : "–", judged ? direction_text(*drift) : "–"})
      rows += cell(text);
    if (has_impact(report)) rows += cell(judged ? number(drift->impact) : "–");
    rows += cell(where_text(column, report), "wide") + "</tr>\n";
  }
  return "<div class=\"scroll\"><table>\n" + rows + "</table></div>\n";
}

std::string histograms_of(const ColumnVerdict& column) {
  const HistogramPair& pair = column.movement.histogram;
  WindowHistograms histograms;
  histograms.title = "Values of " + name_text(column) + " in both windows";
  histograms.edges = pair.edges;
  histograms.reference = pair.reference;
  histograms.current = pair.current;
  histograms.reference_below = pair.reference_below;
  histograms.reference_above = pair.reference_above;
  histograms.current_below = pair.current_below;
  histograms.current_above = pair.current_above;
  histograms.value_text = [type = column.type](double value) { return value_text(value, type); };
  const QuantileMove* farthest = column.movement.farthest();
  const bool marks = farthest && column.verdict != DriftVerdict::kStable;
  for (const auto& move : column.movement.quantiles)
    histograms.quantiles.push_back(
        {move.share, move.reference, move.current,
         marks && &move == farthest ? fmt::format("{:.0f} % quantile: {:+.2g} sd", move.share * 100, move.shift) : ""});
  return draw_histograms(histograms);
}

std::string shares_of(const ColumnVerdict& column) {
  const Movement& movement = column.movement;
  WindowShares shares;
  shares.title = "Shares of the categories of " + name_text(column) + " in both windows";
  const bool drifted = column.verdict == DriftVerdict::kDrifted;
  for (const auto& move : movement.categories) {
    const char* news = move.reference == 0 ? " (new)" : move.current == 0 ? " (gone)" : "";
    const bool marked = drifted && (std::abs(move.moved()) >= 0.01 || *news);
    shares.categories.push_back({move.label, move.reference, move.current,
                                 fmt::format("{} to {}{}", share_text(move.reference), share_text(move.current), news),
                                 marked});
  }
  if (movement.other_reference > 0 || movement.other_current > 0)
    shares.note =
        fmt::format("all others: {} to {}", share_text(movement.other_reference), share_text(movement.other_current));
  return draw_shares(shares);
}

std::string detectors_table(const ColumnVerdict& column, const DriftReport& report) {
  if (column.results.empty()) return "";
  std::string rows = heading_row(
      {"Detector", "Verdict", "Effect", "95 % CI", "Matters from", "Could be seen from", "Adjusted p", "Detail"});
  for (const size_t i : column.results) {
    const ColumnDrift& drift = report.results[i];
    rows += "<tr>" + cell(drift.detector) + "<td>" + verdict_mark(drift.verdict) + "</td>";
    rows += cell(effect_text(drift)) + cell(interval_text(drift)) + cell(number(drift.result.min_effect)) +
            cell(number(drift.result.detectable_effect)) + cell(adjusted_p_text(drift)) +
            cell(drift.result.detail, "wide") + "</tr>\n";
  }
  return "<div class=\"scroll\"><table>\n" + rows + "</table></div>\n";
}

std::string rows_text(const ColumnVerdict& column) {
  const auto text = [](double rows) { return std::isnan(rows) ? std::string("–") : with_thousands(rows); };
  std::string told = fmt::format("{} and {} rows with a value", text(column.reference_rows), text(column.current_rows));
  const std::string missing = missing_text(column);
  return missing.empty() ? told : told + "; " + missing;
}

std::string card(size_t index, const DriftReport& report) {
  const ColumnVerdict& column = report.columns[index];
  const ColumnDrift* drift = worst(column, report);
  std::string html = fmt::format("<section id=\"column-{}\">\n<h2>{} {}</h2>\n", index, escaped(name_text(column)),
                                 verdict_mark(column.verdict));
  html += fmt::format("<p>{}.</p>\n",
                      escaped(drift ? drift->sentence() : column.column + ": " + where_text(column, report)));
  html += fmt::format("<p class=\"soft\">{}</p>\n", escaped(rows_text(column)));
  html += column.type == ColumnType::kCategory ? shares_of(column) : histograms_of(column);
  return html + detectors_table(column, report) + "</section>\n";
}

std::string window_text(const char* which, const DriftWindow& window) {
  return fmt::format("{}: {}, {} rows{}", which, window.path, with_thousands(window.profile.row_count),
                     window.rows ? "" : ", as a profile");
}

std::string head(const ToldDrift& drift) {
  std::string html = fmt::format("<h1>{}</h1>\n", escaped(drift.report.sentence()));
  html +=
      fmt::format("<p class=\"soft\"><span class=\"key was\"></span>{}<br><span class=\"key now\"></span>{}</p>\n",
                  escaped(window_text("Reference", drift.reference)), escaped(window_text("Current", drift.current)));
  html += fmt::format(
      "<p class=\"soft\">A column drifted where its effect matters and its p-value, adjusted for all comparisons "
      "(Benjamini–Hochberg), is at most {:.3g}. Underpowered: so few rows could not have shown an effect that "
      "matters.</p>\n",
      drift.report.alpha);
  for (const auto& remark : drift.remarks) html += fmt::format("<p class=\"soft\">Note: {}</p>\n", escaped(remark));
  return html;
}

std::string segments_text(const DriftReport& report) {
  if (report.segments.empty()) return "";
  std::vector<std::string> left_out;
  for (const auto& each : report.segments)
    if (!each.compared) left_out.push_back(each.segment);
  std::string text =
      fmt::format("{} segments were looked at; what drifted in one stands among the columns.", report.segments.size());
  if (!left_out.empty())
    text += fmt::format(" {} of them have too few rows now: {}.", left_out.size(), clipped(join(left_out, ", "), 600));
  return fmt::format("<p class=\"soft\">{}</p>\n", escaped(text));
}

}  // namespace

std::string drift_page(const ToldDrift& drift) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" "
      "content=\"no-referrer\">\n";
  html += fmt::format("<title>Drift: {}</title>\n<style>{}{}</style>\n</head>\n<body>\n<main>\n",
                      to_string(drift.report.verdict()), kStyle, comparison_style());
  html += head(drift) + overview(drift.report) + segments_text(drift.report);
  for (size_t i = 0; i < drift.report.columns.size(); ++i) html += card(i, drift.report);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace veleta
