#include <gmock/gmock.h>

#include "level_watch.hpp"
#include "pipeline_file.hpp"

namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StreamSections : public PipelineFile {
 protected:
  StreamSections() { with_watch_.add_static(&veleta_library_entry); }

  PipelineConfig load(const std::string& sections) { return PipelineFile::load(kSoundFile + sections, with_watch_); }
  /// All that is told of these sections.
  std::string told_of(const std::string& sections) { return lines_of(kSoundFile + sections, with_watch_); }

  PluginHost with_watch_{{kPluginFolder}};
};

TEST_F(StreamSections, AreReadWithTheirParameters) {
  const PipelineConfig config = load(R"([[stream]]
plugin = "level_watch"
[[stream]]
plugin = "level_watch"
of = "error"
limit = 9
[[stream]]
plugin = "level_watch"
columns = ["size", "bed"]
)");
  ASSERT_EQ(config.streams.size(), 3U);
  EXPECT_EQ(config.streams[0].of, "columns");
  EXPECT_EQ(config.streams[1].of, "error");
  EXPECT_EQ(config.streams[1].params[0].number, 9);
  EXPECT_THAT(config.streams[2].columns, ElementsAre("size", "bed"));
  EXPECT_TRUE(load("").streams.empty());
}

TEST_F(StreamSections, TellWhatIsWrongInThem) {
  EXPECT_THAT(told_of("[[stream]]\nplugin = \"ks\"\n"),
              HasSubstr("stream[0].plugin: the detector 'ks' compares windows and watches no series: it belongs into "
                        "[[drift]]"));
  EXPECT_THAT(told_of("[[stream]]\nplugin = \"level_wach\"\n"), HasSubstr("Did you mean 'level_watch'?"));
  EXPECT_THAT(told_of("[[stream]]\nplugin = \"level_watch\"\nof = \"eror\"\n"), HasSubstr("Did you mean 'error'?"));
  EXPECT_THAT(told_of("[[stream]]\nplugin = \"level_watch\"\nlimmit = 3\n"),
              HasSubstr("stream[0].limmit: unknown key. Did you mean 'limit'?"));
  EXPECT_THAT(told_of("[[stream]]\nplugin = \"level_watch\"\nof = \"error\"\ncolumns = [\"a\"]\n"),
              HasSubstr("stream[0].columns: has no meaning with of = \"error\""));
  EXPECT_THAT(told_of("[stream]\nplugin = \"level_watch\"\n"), HasSubstr("expected [[stream]]"));
}

TEST_F(StreamSections, WatchColumnsOfNumbersEachOnce) {
  const std::string told = told_of(R"([columns]
categorical = ["city"]
ignore = ["id"]
[[stream]]
plugin = "level_watch"
columns = ["bed", "city", "id", "price", "bed"]
[[stream]]
plugin = "level_watch"
[[stream]]
plugin = "level_watch"
)");
  EXPECT_THAT(told, HasSubstr("stream[0].columns[1]: is no column of numbers"));
  EXPECT_THAT(told, HasSubstr("stream[0].columns[2]: is in columns.ignore"));
  EXPECT_THAT(told, HasSubstr("stream[0].columns[3]: is the target"));
  EXPECT_THAT(told, HasSubstr("stream[0].columns[4]: is there already"));
  EXPECT_THAT(told, HasSubstr("stream[2].plugin: is stream[1]'s already"));
}

}  // namespace
}  // namespace veleta
