#include "accept.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <charconv>

#include "base/text.hpp"
#include "hook_context.hpp"

namespace veleta {

namespace {

const char* word(Form form) {
  switch (form) {
    case Form::kJson: return "json";
    case Form::kText: return "text";
    case Form::kHtml: return "html";
  }
  return "?";
}

const char* media_type(Form form) {
  switch (form) {
    case Form::kJson: return "application/json";
    case Form::kText: return "text/plain";
    case Form::kHtml: return "text/html";
  }
  return "?";
}

std::vector<std::string> words(const std::vector<Form>& forms) {
  std::vector<std::string> texts;
  for (const Form form : forms) texts.emplace_back(word(form));
  return texts;
}

/// What stands before the next `separator`, without blanks around; takes it from the text.
std::string take_part(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  std::string part(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  boost::algorithm::trim(part);
  return part;
}

/// How closely a range names a type: 3 as it is, 2 by its "text/*", 1 by "*/*"; 0: not at all.
int closeness(const std::string& range, std::string_view type) {
  if (boost::algorithm::iequals(range, type)) return 3;
  if (range == "*/*") return 1;
  const std::string_view kind = type.substr(0, type.find('/') + 1);
  return boost::algorithm::iequals(range, std::string(kind) + "*") ? 2 : 0;
}

/// Of the parameters after a range: 1 where none says how much it is wanted, 0 where that is no number from 0 to 1.
double weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string parameter = take_part(parameters, ';');
    if (!boost::algorithm::istarts_with(parameter, "q=")) continue;
    double weight = 0;
    const char* end = parameter.data() + parameter.size();
    const auto [stop, error] = std::from_chars(parameter.data() + 2, end, weight);
    return error == std::errc() && stop == end && weight >= 0 && weight <= 1 ? weight : 0;
  }
  return 1;
}

}  // namespace

double quality_of(std::string_view accept, std::string_view type) {
  if (accept.find_first_not_of(" \t") == std::string_view::npos) return 1;
  int closest = 0;
  double quality = 0;
  while (!accept.empty()) {
    const std::string range = take_part(accept, ',');
    std::string_view rest = range;
    const int close = closeness(take_part(rest, ';'), type);
    if (close <= closest) continue;
    closest = close;
    quality = weight_of(rest);
  }
  return quality;
}

Form form_of(const HttpRequest& request, const std::vector<Form>& forms) {
  const std::string wanted = text_of(request, "as");
  if (wanted.empty())
    return *std::ranges::max_element(forms, {},
                                     [&](Form form) { return quality_of(request.accept, media_type(form)); });
  const auto found = std::ranges::find_if(forms, [&](Form form) { return wanted == word(form); });
  if (found != forms.end()) return *found;
  throw HttpProblem(422, fmt::format("Expected `as` to be one of {}.", join(words(forms), ", "))).with_code("bad-as");
}

QueryParameter form_parameter(const std::vector<Form>& forms) {
  return {"as", "string", join(words(forms), ", ") + ": the form of the reply, whatever Accept says"};
}

HttpReply varied(HttpReply reply) {
  reply.headers.emplace_back("Vary", "Accept");
  return reply;
}

}  // namespace veleta
