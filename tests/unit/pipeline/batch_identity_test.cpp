#include "batch_identity.hpp"

#include <gmock/gmock.h>

#include "veleta/error.hpp"

namespace veleta {
namespace {

std::string identity(const std::string& id) {
  return batch_identity(parse_json(R"({"meta":{"id":)" + id + "}}", "the envelope"), "/meta/id");
}

TEST(BatchIdentity, IsTheTextOrTheNumber) {
  EXPECT_EQ(identity(R"("2026-11")"), "2026-11");
  EXPECT_EQ(identity("5"), "5");
  EXPECT_EQ(identity("5.0"), "5");
  EXPECT_EQ(identity("-3"), "-3");
}

TEST(BatchIdentity, TellsWholeNumbersApartThatAreOneDouble) {
  for (const char* id : {"9007199254740992", "9007199254740993", "9007199254740994", "18446744073709551615"})
    EXPECT_EQ(identity(id), id);
}

TEST(BatchIdentity, IsRefusedWhereThereIsNone) {
  for (const char* id : {"null", "true", "[]"}) {
    try {
      identity(id);
      ADD_FAILURE() << id;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData);
      EXPECT_THAT(error.what(), testing::HasSubstr("'/meta/id'"));
    }
  }
}

}  // namespace
}  // namespace veleta
