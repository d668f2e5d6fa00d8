#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "moved_labels.hpp"

// Labels of served rows in an archive.
namespace veleta::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ArchivedLabels : public ::testing::Test {
 protected:
  ArchivedLabels() {
    from_.serve("a", 1000, 2);
    from_.label("a", {"11", "22"});
    from_.export_to(archive());
  }
  ~ArchivedLabels() override { fs::remove_all(folder_); }

  fs::path archive() const { return folder_ / "archive"; }
  /// Changes the archive's labels; the digest fits.
  void write_lines(const std::string& lines) const {
    write_file_atomically(archive() / "labels.jsonl", lines);
    change_list([&](json::object& files) { files["labels.jsonl"] = sha256(lines); });
  }
  template <typename Change>
  void change_list(Change&& change) const {
    json::value list = read_json_file(archive() / "archive.json");
    change(list.at("files").as_object());
    write_file_atomically(archive() / "archive.json", pretty_json(list));
  }
  std::string refusal() const {
    try {
      to_.import_from(archive());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData) << error.what();
      return error.what();
    }
    return "";
  }

  const fs::path folder_ = fs::temp_directory_path() / ("veleta-archive-" + new_id());
  const Backends from_ = embedded_backends(folder_ / "here"), to_ = embedded_backends(folder_ / "there");
};

TEST_F(ArchivedLabels, MoveAndRepeatedChangeNothing) {
  expect_labels_to_move(embedded_backends(folder_ / "empty"), folder_);
}

TEST_F(ArchivedLabels, AreALineEachCountedAndHeldAgainstTheirDigest) {
  const json::value list = read_json_file(archive() / "archive.json");
  EXPECT_EQ(list.at("labels"), 2);
  const std::string lines = read_file(archive() / "labels.jsonl");
  EXPECT_EQ(list.at("files").at("labels.jsonl"), json::value(sha256(lines)));
  const auto labels = from_.labels();
  EXPECT_EQ(lines, fmt::format(R"({{"request_id":"a","served_ms":1000,"row":0,"label":"11","labelled_ms":{0},)"
                               R"("was_watched":false}})"
                               "\n"
                               R"({{"request_id":"a","served_ms":1000,"row":1,"label":"22","labelled_ms":{0},)"
                               R"("was_watched":false}})"
                               "\n",
                               labels.at(0).labelled_ms));
  write_file_atomically(archive() / "labels.jsonl", lines + lines);
  EXPECT_THAT(refusal(), HasSubstr("labels.jsonl is damaged: it does not match its digest"));
}

TEST_F(ArchivedLabels, MayBeMissingInAnArchiveThatIsOlder) {
  fs::remove(archive() / "labels.jsonl");
  change_list([](json::object& files) { files.erase("labels.jsonl"); });
  const ArchiveCounts counts = to_.import_from(archive());
  EXPECT_EQ(counts.inferences, 2);
  EXPECT_EQ(counts.labels, 0);
}

TEST_F(ArchivedLabels, ThatAreWrongAreToldWithTheirLine) {
  const std::string good = read_file(archive() / "labels.jsonl");
  const auto line = [](const std::string& request, int row, const std::string& label) {
    return json::serialize(json::object{{"request_id", request},
                                        {"served_ms", 1000},
                                        {"row", row},
                                        {"label", label},
                                        {"labelled_ms", 5},
                                        {"was_watched", false}}) +
           "\n";
  };
  write_lines(good + "{\n");
  EXPECT_THAT(refusal(), HasSubstr("labels.jsonl, line 3"));
  write_lines(R"({"request_id": "a"})");
  EXPECT_EQ(refusal(), "labels.jsonl, line 1 lacks \"served_ms\"");
  for (const char* no_label : {"null", "[1]", "{}"}) {
    write_lines(line("a", 0, "11") + line("a", 1, no_label));
    EXPECT_EQ(refusal(),
              fmt::format("labels.jsonl, line 2 has a \"label\" that is no text, number, true or false: {}", no_label));
  }
  write_lines(line("a", 1, "dear"));
  EXPECT_THAT(refusal(), HasSubstr("labels.jsonl, line 1, its label"));
  write_lines(line("a", 2, "11"));
  EXPECT_EQ(refusal(),
            "labels.jsonl: row 2 of request 'a' served at 1000, which is labelled, is not in the inference "
            "log of 'realty'");
  EXPECT_TRUE(to_.labels().empty());
  write_lines(good);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(to_.labels().size(), 2U);
}

}  // namespace
}  // namespace veleta::testing
