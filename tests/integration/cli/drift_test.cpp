#include <fmt/format.h>
#include <gmock/gmock.h>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <pugixml.hpp>
#include <random>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct House {
  std::string state;
  double price = 0;
  int bed = 0;
  std::string sold;

  std::string line() const { return fmt::format("{},{},{},{}\n", state, price, bed, sold); }
};

/// Houses of five states, dearer in some, as a listing has them.
std::vector<House> houses(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const std::vector<std::string> states{"Ohio", "Utah", "Iowa", "Maine", "Texas"};
  std::vector<House> made;
  for (size_t i = 0; i < count; ++i) {
    const auto place = static_cast<size_t>(uniform() * 5);
    const double size = uniform() + uniform() + uniform();
    made.push_back({states[place], std::round(std::exp(11 + size + 0.5 * static_cast<double>(place))),
                    1 + static_cast<int>(size * 2), uniform() < 0.3 ? "" : fmt::format("2019-0{}-11", 1 + place)});
  }
  return made;
}

std::string csv(const std::vector<House>& rows) {
  std::string text = "state,price,bed,sold\n";
  for (const auto& house : rows) text += house.line();
  return text;
}

class Drift : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) const {
    write_file_atomically(folder_ / name, text);
    return (folder_ / name).string();
  }

  Outcome drift(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "drift");
    Process process(binary("veleta"), std::move(arguments), folder_ / (new_id() + ".log"));
    Outcome outcome;
    outcome.status = process.wait();
    outcome.output = process.output();
    return outcome;
  }

  /// Compares rows for which `is_current` holds with the others, as JSON.
  template <typename Predicate>
  json::value split(Predicate&& is_current) const {
    auto rows = houses(4000, 5);
    const auto middle =
        std::stable_partition(rows.begin(), rows.end(), [&](const House& house) { return !is_current(house); });
    const Outcome outcome =
        drift({file("was.csv", csv({rows.begin(), middle})), file("is.csv", csv({middle, rows.end()})), "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return parse_json(outcome.output, "output");
  }

  Folder folder_;
};

std::string verdict_of(const json::value& told, const std::string& column) {
  for (const auto& each : told.at("columns").as_array())
    if (each.at("column").as_string() == column) return std::string(each.at("verdict").as_string());
  return "absent";
}

TEST_F(Drift, IsFoundBetweenStatesAndPricesAndNotAtRandom) {
  const json::value by_state = split([](const House& house) { return house.state > "N"; });
  EXPECT_EQ(by_state.at("verdict"), "drifted");
  EXPECT_EQ(verdict_of(by_state, "state"), "drifted");
  EXPECT_EQ(verdict_of(by_state, "price"), "drifted");
  const json::value by_price = split([](const House& house) { return house.price > 250000; });
  EXPECT_EQ(by_price.at("verdict"), "drifted");
  EXPECT_EQ(by_price.at("columns").at(0).at("column"), "price") << "the worst comes first";
  std::mt19937_64 random(9);
  const json::value at_random = split([&](const House&) { return random() % 2 == 0; });
  EXPECT_NE(at_random.at("verdict"), "drifted") << at_random.at("sentence");
}

TEST_F(Drift, TellsEveryColumnTheWorstFirst) {
  auto rows = houses(3000, 5);
  const std::string was = file("was.csv", csv(rows));
  for (auto& house : rows) house.price *= 2;
  const Outcome outcome = drift({was, file("is.csv", csv(rows))});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("1 of 4 columns drifted: price."), HasSubstr("95 % CI"), HasSubstr("  up")));
  EXPECT_LT(outcome.output.find("\nprice  "), outcome.output.find("\nstate  "));
}

TEST_F(Drift, TakesRowsAsJsonAndGzip) {
  const std::string json = R"([{"size": 3, "city": "a"}, {"size": 4, "city": "b"}, {"size": 5}])";
  const std::string csv = file("same.csv", "size,city\n3,a\n4,b\n5,\n");
  Process("/usr/bin/gzip", {csv}, "/dev/null").wait();
  const Outcome outcome = drift({file("rows.json", json), csv + ".gz", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const json::value told = parse_json(outcome.output, "output");
  EXPECT_EQ(told.at("reference").at("rows"), 3);
  for (const auto& column : told.at("columns").as_array()) EXPECT_NE(column.at("verdict"), "drifted");
}

TEST_F(Drift, TakesRowsFromInsideJson) {
  const std::string csv = file("rows.csv", "size\n3\n4\n");
  const std::string json = file("rows.json", R"({"data": {"rows": [{"size": 3}, {"size": 4}, {"size": 5}]}})");
  const Outcome outcome = drift({csv, json, "--rows", "/data/rows", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(parse_json(outcome.output, "output").at("current").at("rows"), 3);
  const Outcome elsewhere = drift({csv, json});
  EXPECT_EQ(elsewhere.status, 6);
  EXPECT_THAT(elsewhere.output, HasSubstr("rows.json: there is no array of rows at \"\""));
}

TEST_F(Drift, TellsOfColumnsThatOneFileLacksAndOfCellsThatDoNotFit) {
  std::string was = "a,b\n", is = "a,c\nx,1\n";
  for (int i = 0; i < 300; ++i) {
    was += fmt::format("{},1\n", i);
    is += fmt::format("{},1\n", i);
  }
  const Outcome outcome = drift({file("was.csv", was), file("is.csv", is)});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(
      outcome.output,
      AllOf(
          HasSubstr("only in the reference"), HasSubstr("only in the current window"),
          HasSubstr("Only one window has b, c."),
          HasSubstr("1 cell of column 'a' counts as missing, as it is no number: the first is 'x' in row 0 (from 0)")));
}

TEST_F(Drift, EndsWithTheStatusThatIsAskedFor) {
  auto rows = houses(2000, 5);
  const std::string was = file("was.csv", csv(rows));
  EXPECT_EQ(drift({was, was, "--fail-on", "drift"}).status, 0);
  for (auto& house : rows) house.price *= 3;
  const std::string is = file("is.csv", csv(rows));
  EXPECT_EQ(drift({was, is, "--fail-on", "drift"}).status, 10);
  EXPECT_EQ(drift({was, is, "--fail-on", "underpowered"}).status, 10);
  EXPECT_EQ(drift({was, is}).status, 0) << "not asked for";
  const std::string few = file("few.csv", csv({rows.begin(), rows.begin() + 5}));
  const std::string as_few = file("as_few.csv", csv({rows.begin() + 5, rows.begin() + 10}));
  EXPECT_EQ(drift({few, as_few, "--fail-on", "drift"}).status, 0);
  EXPECT_EQ(drift({few, as_few, "--fail-on", "underpowered"}).status, 11);
}

TEST_F(Drift, IsFoundInOneSegment) {
  auto rows = houses(6000, 5), now = houses(6000, 6);
  for (auto& house : now)
    if (house.state == "Utah") house.bed += 2;
  const Outcome outcome = drift({file("was.csv", csv(rows)), file("is.csv", csv(now)), "--by", "state", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const json::value told = parse_json(outcome.output, "output");
  EXPECT_THAT(std::string(told.at("sentence").as_string()), HasSubstr("bed where state is Utah"));
  for (const auto& column : told.at("columns").as_array())
    EXPECT_THAT(text_or_empty(column.as_object(), "segment"), AnyOf("", "state is Utah"));
  EXPECT_EQ(told.at("segments").as_array().size(), 5);
  const Outcome wrong = drift({folder_ / "was.csv", folder_ / "is.csv", "--by", "sate"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.output, HasSubstr("Did you mean 'state'?"));
}

TEST_F(Drift, IsJudgedAsAPipelinesFileSays) {
  const std::string config = file("pipeline.toml", R"(
[pipeline]
name = "houses"
target = "price"
[source]
plugin = "csv"
path = "${NOT_SET}"
[columns]
categorical = ["bed"]
[[drift]]
plugin = "chi_square"
columns = ["bed"]
[retrain]
alpha = 0.01
[[learner]]
plugin = "ridge"
)");
  const std::string was = file("was.csv", csv(houses(2000, 5)));
  const Outcome outcome = drift({was, was, "--config", config, "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const json::value told = parse_json(outcome.output, "output");
  EXPECT_EQ(told.at("alpha"), 0.01);
  ASSERT_EQ(told.at("results").as_array().size(), 1);
  EXPECT_EQ(told.at("results").at(0).at("detector"), "chi_square");
  EXPECT_EQ(verdict_of(told, "price"), "not_judged") << "no detector looks at it";
}

TEST_F(Drift, FindsCellsThatAreNoLongerOfTheirColumnsType) {
  const std::string config = file("pipeline.toml", R"(
[pipeline]
name = "typed"
target = "a"
[source]
plugin = "csv"
path = "${NOT_SET}"
[[drift]]
plugin = "type_violation"
[[learner]]
plugin = "ridge"
)");
  std::string was = "a,b\n", is = was;
  for (int i = 0; i < 4000; ++i) {
    was += fmt::format("{},1\n", i);
    is += i % 4 == 0 ? "unknown,1\n" : fmt::format("{},1\n", i);
  }
  const Outcome outcome = drift({file("was.csv", was), file("is.csv", is), "--config", config, "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const json::value told = parse_json(outcome.output, "output");
  EXPECT_EQ(verdict_of(told, "a"), "drifted");
  EXPECT_EQ(verdict_of(told, "b"), "stable");
}

/// The page's markup, read by a parser that refuses what is not closed.
pugi::xml_document parsed(const std::string& page) {
  std::string text = page.substr(page.find("<html"));
  for (const char* open : {"<meta charset=\"utf-8\">", "<br>"})
    for (size_t at = 0; (at = text.find(open, at)) != std::string::npos;) text.erase(at, std::string(open).size());
  for (size_t at = 0; (at = text.find("<meta ", at)) != std::string::npos;) text.erase(at, text.find('>', at) + 1 - at);
  pugi::xml_document tree;
  const auto result = tree.load_buffer(text.data(), text.size());
  EXPECT_TRUE(result) << result.description() << " at " << text.substr(static_cast<size_t>(result.offset), 80);
  return tree;
}

TEST_F(Drift, IsAPageThatRunsAndLoadsNothingWhateverTheDataSays) {
  std::string was = R"("</title><b a=""'>",kind)"
                    "\n",
              is = was;
  for (int i = 0; i < 500; ++i) {
    was += fmt::format("{},plain\n", i);
    is += fmt::format("{},\"{}\"\n", i + 400,
                      i % 2 ? "</svg><script>alert(3)</script>" : "<img src=x onerror='alert(2)'>");
  }
  const std::string page_file = (folder_ / "report.html").string();
  const Outcome outcome = drift({file("<was>&.csv", was), file("is.csv", is), "--html", page_file});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const std::string page = read_file(page_file);
  EXPECT_THAT(page, AllOf(HasSubstr("Content-Security-Policy"), HasSubstr("default-src 'none'"),
                          HasSubstr("prefers-color-scheme:dark"), HasSubstr("&lt;img src=x onerror")));
  for (const char* never : {"<script", "<img", "<b a", "http://", "https://", "url("})
    EXPECT_THAT(page, Not(HasSubstr(never)));
  const pugi::xml_document tree = parsed(page);
  EXPECT_EQ(std::string(tree.select_node("//h1").node().text().get()).substr(0, 2), "2 ");
  EXPECT_EQ(tree.select_nodes("//section").size(), 2);
  EXPECT_EQ(tree.select_nodes("//section/svg").size(), 2);
  EXPECT_FALSE(tree.select_nodes("//text[@class='moved']").empty()) << "what moved is marked";
  EXPECT_EQ(std::string(tree.select_node("//title").node().text().get()), "Drift: drifted");
}

}  // namespace
}  // namespace veleta::test
