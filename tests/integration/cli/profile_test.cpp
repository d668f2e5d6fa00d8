#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "programs.hpp"

namespace veleta::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ProfileCommands : public ::testing::Test {
 protected:
  /// In the folder of the files.
  Outcome build_here(const std::string& name) const {
    Process program("/usr/bin/bash",
                    {"-c", "cd '" + folder_.path().string() + "' && '" + binary("veleta").string() +
                               "' profile build '" + name + "'"},
                    outputs_ / new_id());
    Outcome outcome;
    outcome.status = program.wait();
    outcome.output = program.output();
    return outcome;
  }
  Outcome profile(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "profile");
    Process program(binary("veleta"), std::move(arguments), outputs_ / new_id());
    Outcome outcome;
    outcome.status = program.wait();
    outcome.output = program.output();
    return outcome;
  }
  std::string file(const std::string& name, const std::string& text = "") const {
    if (!text.empty()) write_file_atomically(folder_ / name, text);
    return folder_ / name;
  }
  std::string built(const std::string& name, const std::string& text) const {
    const Outcome outcome = profile({"build", file(name, text), "-o", file(name + ".profile")});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return file(name + ".profile");
  }

 private:
  Folder folder_, outputs_;
};

std::string random_rows(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::string rows;
  for (int row = 0; row < count; ++row)
    rows += std::to_string(random() % 100'000'007 / 8.0) + "," + (random() % 3 ? "red" : "blue") + "\n";
  return rows;
}

TEST_F(ProfileCommands, BuildInOnePassWhatMergedPartsAre) {
  const std::string header = "price,colour\n", first = random_rows(70'000, 1), second = random_rows(30'000, 2);
  const std::string a = built("a.csv", header + first), b = built("b.csv", header + second);
  const std::string whole = file("whole.profile"), merged = file("merged.profile"), back = file("back.profile");
  EXPECT_EQ(profile({"build", file("a.csv"), file("b.csv"), "-o", whole}).status, 0);
  EXPECT_EQ(profile({"merge", a, b, "-o", merged}).output, merged + ": 100,000 rows of 2 columns\n");
  EXPECT_EQ(profile({"merge", b, a, "-o", back}).status, 0);
  EXPECT_EQ(read_file(whole), read_file(merged));
  EXPECT_EQ(read_file(whole), read_file(back));
  const Outcome same = profile({"diff", whole, merged});
  EXPECT_EQ(same.status, 0);
  EXPECT_EQ(same.output, "the same\n");
}

TEST_F(ProfileCommands, ReadJsonAsCsv) {
  const std::string csv = built("rows.csv", "n,c\n1,a\n2,b\n,a\n");
  const std::string json = file("rows.json", R"({"data": [{"n": 1, "c": "a"}, {"n": 2, "c": "b"}, {"c": "a"}]})");
  EXPECT_EQ(profile({"build", json, "--rows", "/data", "-o", file("json.profile")}).status, 0);
  EXPECT_EQ(read_file(csv), read_file(file("json.profile")));
  const std::string nameless = file("rows", read_file(json));
  EXPECT_EQ(profile({"build", nameless, "--rows", "/data", "-o", file("nameless.profile")}).status, 0);
  EXPECT_EQ(read_file(csv), read_file(file("nameless.profile"))) << "a file is what its first bytes show";
}

TEST_F(ProfileCommands, BuildIntoAFileOfTheRowsName) {
  Process("/usr/bin/gzip", {file("zipped.csv", "n\n1\n")}, "/dev/null").wait();
  file("sales.2026-01.csv", "n\n1\n");
  file("sales.2026-02.csv", "n\n2\n");
  file("rows.json", R"([{"n": 1}])");
  file("rows.2026", "n\n1\n");
  for (const auto& [rows, expected] :
       std::vector<std::pair<std::string, std::string>>{{"sales.2026-01.csv", "sales.2026-01.profile"},
                                                        {"./sales.2026-02.csv", "sales.2026-02.profile"},
                                                        {"zipped.csv.gz", "zipped.profile"},
                                                        {"rows.json", "rows.profile"},
                                                        {"rows.2026", "rows.2026.profile"}})
    EXPECT_EQ(build_here(rows).output, expected + ": 1 rows of 1 columns\n");
}

TEST_F(ProfileCommands, TellRowsFromProfiles) {
  const std::string made = built("rows.csv", "n\n1\n");
  const Outcome outcome = profile({"build", made, "-o", file("again.profile")});
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr(made + ": this is a profile already"));
}

TEST_F(ProfileCommands, ShowWhatIsKnown) {
  const std::string built_profile = built("rows.csv", "n,c,t\n1,a,2020-01-01\n2,b,2020-01-03\n,a,2020-01-02\n4,a,\n");
  EXPECT_THAT(profile({"show", built_profile}).output,
              AllOf(HasSubstr("4 rows, one part\n"),
                    HasSubstr("n       number    3     1        1           2           4           exact\n"),
                    HasSubstr("2 labels: a 75 %, b 25 %\n"), HasSubstr("2020-01-01  2020-01-02  2020-01-03  exact")));
  const json::value told = parse_json(profile({"show", built_profile, "--json"}).output, "output");
  EXPECT_EQ(told.at("rows").to_number<int>(), 4);
  EXPECT_EQ(told.at("columns").at(0).at("mean").to_number<double>(), 7.0 / 3);
  EXPECT_EQ(told.at("columns").at(0).at("error_bound").to_number<double>(), 0);
  EXPECT_EQ(told.at("columns").at(1).at("labels").at(0).at("rows").to_number<int>(), 3);
  const std::string large = built("large.csv", "price,colour\n" + random_rows(200'000, 3));
  EXPECT_THAT(profile({"show", large}).output, HasSubstr(" cells: shares to within 0."));
}

TEST_F(ProfileCommands, TellDifferencesInPlainWords) {
  const std::string a = built("a.csv", "n,c,gone,kind\n1,a,1,1\n2,b,1,2\n3,b,1,3\n");
  const std::string b = built("b.csv", "n,c,kind,fresh\n1,a,x,1\n,a,y,1\n9,d,z,1\n");
  const Outcome outcome = profile({"diff", a, b});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output,
            "n: rows 3 became 2; missing 0 became 1; maximum 3 became 9; mean 2 became 5; the shares of rows up to 3 "
            "differ most, by 50 %\n"
            "c: gone: b; new: d; share of b 66.7 % became 0 %\n"
            "gone: is gone\n"
            "kind: was a number, is a category\n"
            "fresh: is new\n");
  const json::value told = parse_json(profile({"diff", "--json", a, b}).output, "output");
  EXPECT_FALSE(told.at("same").as_bool());
  EXPECT_EQ(told.at("differences").as_array().size(), 5u);
}

TEST_F(ProfileCommands, TellWhatDidNotFit) {
  const Outcome built_outcome = profile(
      {"build", file("a.csv", "n,c\n1,a\n2,b\n"), file("b.csv", "n,d\nx,a\n2,b\n"), "-o", file("both.profile")});
  EXPECT_EQ(built_outcome.status, 0);
  EXPECT_THAT(built_outcome.output,
              AllOf(HasSubstr("b.csv: column 'd' is not in the first rows of all, and is left out\n"),
                    HasSubstr("b.csv: column 'c' is not there: its cells count as missing\n"),
                    HasSubstr("b.csv: 1 cell of column 'n' counts as missing, as it is no number: the first is 'x' in "
                              "row 0 (from 0)\n")));
  EXPECT_THAT(profile({"show", file("both.profile")}).output, HasSubstr("1 (1 no number)"));
}

TEST_F(ProfileCommands, RefuseWhatIsNoProfile) {
  const std::string sound = built("a.csv", "n\n1\n");
  const Outcome none = profile({"show", file("a.csv")});
  EXPECT_EQ(none.status, 6);
  EXPECT_EQ(none.output, "veleta: " + file("a.csv") +
                             ": the bytes are no profile: it does not begin with VLPROF2 or "
                             "VLPROF1\n");
  const Outcome absent = profile({"merge", sound, file("absent"), "-o", file("out")});
  EXPECT_NE(absent.status, 0);
  EXPECT_THAT(absent.output, HasSubstr("absent: No such file or directory"));
  const Outcome other = profile({"merge", sound, built("b.csv", "m\n1\n"), "-o", file("out")});
  EXPECT_EQ(other.status, 6);
  EXPECT_THAT(other.output,
              AllOf(HasSubstr("b.csv.profile: column 'n' is in one part of the window alone"), Not(HasSubstr("out:"))));
  const Outcome broken = profile({"build", file("c.csv", "n,m\n1,2\n3\n")});
  EXPECT_EQ(broken.status, 6);
  EXPECT_THAT(broken.output, HasSubstr("c.csv: line 3 has 1 cells: expected 2"));
}

}  // namespace
}  // namespace veleta::test
