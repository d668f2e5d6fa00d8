#include "scored_windows.hpp"

#include <gmock/gmock.h>

namespace veleta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What two windows that need no model say, and that they open none.
class ScoredWindowsTest : public testing::Test {
 protected:
  ScoredWindowsTest() {
    Column x;
    x.name = "x";
    x.numbers = {1, 2, 3};
    rows_.columns.push_back(x);
    trained_.profile.row_count = 70;
    trained_.profile.part_rows = {30, 40};
    trained_.target.task = Task::kBinary;
  }

  ScoredWindows windows() const {
    return {trained_, rows_, []() -> std::shared_ptr<const Bundle> {
              ADD_FAILURE() << "opened the model";
              return nullptr;
            }};
  }

  template <typename Ask>
  std::string refusal(Ask ask) const {
    ScoredWindows windows = this->windows();
    try {
      ask(windows);
      return "answered";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      return error.what();
    }
  }

  BundleParts trained_;
  Table rows_;
};

TEST_F(ScoredWindowsTest, CountRowsWithoutTheModel) {
  ScoredWindows counted = windows();
  const ModelWindows::Rows rows = counted.rows(0);
  EXPECT_EQ(rows.reference.row_count, 70);
  EXPECT_THAT(rows.reference.part_rows, ElementsAre(30, 40));
  EXPECT_EQ(rows.reference.task, Task::kBinary);
  EXPECT_EQ(rows.current.row_count, 3);
  EXPECT_THAT(rows.current.part_rows, ElementsAre(3));
  EXPECT_EQ(rows.current.features.rows, 0u);
}

TEST_F(ScoredWindowsTest, KnowNoPartsOfAProfileThatTellsNone) {
  trained_.profile.part_rows = {};
  ScoredWindows counted = windows();
  EXPECT_TRUE(counted.rows(0).reference.part_rows.empty());
}

TEST_F(ScoredWindowsTest, SayThatAnOlderVersionHasNoReferenceRows) {
  const auto expected = HasSubstr("was registered without reference rows");
  EXPECT_THAT(refusal([](ScoredWindows& windows) { windows.rows(VELETA_NEEDS_FEATURES); }), expected);
  EXPECT_THAT(refusal([](ScoredWindows& windows) { windows.predictions(); }), expected);
  EXPECT_THAT(refusal([](ScoredWindows& windows) { windows.attributions(); }), expected);
}

TEST_F(ScoredWindowsTest, SayThatNothingExplainsTheModel) {
  trained_.reference.emplace();
  EXPECT_THAT(refusal([](ScoredWindows& windows) { windows.attributions(); }), HasSubstr("no explainer could read"));
}

}  // namespace
}  // namespace veleta
