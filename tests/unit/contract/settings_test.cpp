#include "settings.hpp"

#include <gmock/gmock.h>

#include "check.hpp"
#include "plugin_folder.hpp"

namespace veleta::contract {
namespace {

using ::testing::ElementsAre;
using veleta::testing::error_of;

ParamDescription described(int32_t type, bool required = true) {
  veleta_param param{};
  param.size = sizeof param;
  param.name = "it";
  param.doc = "for tests";
  param.type = type;
  param.required = required;
  param.minimum = 0;
  param.maximum = 10;
  return ParamDescription(param);
}

ParamValue value_of_text(int32_t type, const std::string& text) {
  return values_of({described(type)}, {{"it", text}}).at(0);
}

TEST(Settings, AreReadByTheirParametersType) {
  EXPECT_EQ(value_of_text(VELETA_NUMBER, "2.5").number, 2.5);
  EXPECT_EQ(value_of_text(VELETA_INTEGER, "7").integer, 7);
  EXPECT_EQ(value_of_text(VELETA_FLAG, "true").integer, 1);
  EXPECT_EQ(value_of_text(VELETA_TEXT, "a=b").text, "a=b");
  EXPECT_THAT(value_of_text(VELETA_LIST, "a,b").items, ElementsAre("a", "b"));
  EXPECT_THAT(value_of_text(VELETA_TABLE, "a=1,b=2").items, ElementsAre("a", "1", "b", "2"));
}

TEST(Settings, ThatAreNoValueAreRefused) {
  for (const auto& [type, text] :
       {std::pair(VELETA_NUMBER, "2.5x"), std::pair(VELETA_INTEGER, "1.5"), std::pair(VELETA_FLAG, "1"),
        std::pair(VELETA_TABLE, "a"), std::pair(VELETA_NUMBER, "11"), std::pair(VELETA_NUMBER, "")})
    EXPECT_EQ(error_of([&, type = type, text = text] { value_of_text(type, text); }).code(),
              ErrorCode::kInvalidArgument)
        << text;
}

TEST(Settings, LeaveDefaultsAndAskForWhatHasNone) {
  EXPECT_EQ(values_of({described(VELETA_NUMBER, false)}, {}).size(), 1u);
  EXPECT_THROW(values_of({described(VELETA_NUMBER, true)}, {}), NotApplicable);
}

}  // namespace
}  // namespace veleta::contract
