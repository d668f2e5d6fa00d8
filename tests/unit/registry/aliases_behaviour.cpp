#include "registry_behaviour.hpp"

// Aliases: what serves.
namespace veleta {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(RegistryBehaviour, HasNoAliasAtFirst) {
  EXPECT_EQ(registry().version_by_alias(model_, "production"), std::nullopt);
  new_version(model_);
  EXPECT_EQ(registry().version_by_alias(model_, "production"), std::nullopt);
}

TEST_P(RegistryBehaviour, MovesAnAliasFromWhereItIsExpected) {
  for (int i = 0; i < 3; ++i) new_version(model_);
  EXPECT_TRUE(move(1, std::nullopt));
  EXPECT_EQ(aliased(), 1);
  EXPECT_TRUE(move(3, 1));
  EXPECT_EQ(aliased(), 3);
  EXPECT_TRUE(move(3, 3));
  EXPECT_TRUE(move(2, 3)) << "back to an older version";
  reopen();
  EXPECT_EQ(aliased(), 2);
}

TEST_P(RegistryBehaviour, LeavesAnAliasThatIsNotWhereItIsExpected) {
  for (int i = 0; i < 3; ++i) new_version(model_);
  EXPECT_FALSE(move(1, 2));
  EXPECT_EQ(aliased(), 0);
  ASSERT_TRUE(move(1, std::nullopt));
  EXPECT_FALSE(move(2, std::nullopt));
  EXPECT_FALSE(move(2, 3));
  EXPECT_FALSE(move(1, std::nullopt)) << "although it is there already";
  EXPECT_FALSE(move(2, 99));
  EXPECT_EQ(aliased(), 1);
}

TEST_P(RegistryBehaviour, RefusesToPointAtNothing) {
  new_version(model_);
  ASSERT_TRUE(move(1, std::nullopt));
  EXPECT_EQ(code_of([&] { move(2, 1); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { move(2, 7); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { move(2, std::nullopt, "staging"); }), ErrorCode::kNotFound);
  EXPECT_EQ(aliased(), 1);
  EXPECT_EQ(aliased("staging"), 0);
}

TEST_P(RegistryBehaviour, KeepsAliasesApartByNameAndModel) {
  const std::string other = model_ + "-other";
  for (int i = 0; i < 2; ++i) new_version(model_);
  new_version(other);
  ASSERT_TRUE(move(1, std::nullopt));
  ASSERT_TRUE(move(2, std::nullopt, "shadow"));
  ASSERT_TRUE(move(1, std::nullopt, "Production"));
  EXPECT_EQ(registry().version_by_alias(other, "production"), std::nullopt);
  ASSERT_TRUE(registry().move_alias(other, "production", 1, std::nullopt));
  ASSERT_TRUE(move(2, 1));
  EXPECT_EQ(aliased("production"), 2);
  EXPECT_EQ(aliased("shadow"), 2);
  EXPECT_EQ(aliased("Production"), 1);
  EXPECT_EQ(registry().version_by_alias(other, "production")->version, 1);
}

TEST_P(RegistryBehaviour, TellsTheAliasesOfAVersion) {
  for (int i = 0; i < 2; ++i) new_version(model_);
  registry().describe_version(model_, 2, "better", {});
  ASSERT_TRUE(move(1, std::nullopt));
  ASSERT_TRUE(move(2, std::nullopt, "shadow"));
  ASSERT_TRUE(move(2, 1));
  EXPECT_THAT(registry().get_version(model_, 1).aliases, IsEmpty());
  EXPECT_THAT(registry().get_version(model_, 2).aliases, ElementsAre("production", "shadow"));
  const auto versions = registry().list_versions(model_);
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_THAT(versions[0].aliases, ElementsAre("production", "shadow"));
  EXPECT_THAT(versions[1].aliases, IsEmpty());
  const auto serving = registry().version_by_alias(model_, "production");
  ASSERT_TRUE(serving);
  EXPECT_THAT(serving->aliases, ElementsAre("production", "shadow"));
  EXPECT_EQ(serving->description, "better");
  EXPECT_EQ(serving->run_id, versions[0].run_id);
}

TEST_P(RegistryBehaviour, RefusesBadNamesOfAliases) {
  new_version(model_);
  for (const std::string& alias : {std::string(), std::string("latest"), std::string("Latest"), std::string("LATEST"),
                                   std::string("v1"), std::string("V12"), std::string("a b"), std::string("a/b"),
                                   std::string("a.b"), std::string("ñ"), std::string(256, 'a')})
    EXPECT_EQ(code_of([&] { move(1, std::nullopt, alias); }), ErrorCode::kInvalidArgument) << "'" << alias << "'";
  EXPECT_THAT(registry().get_version(model_, 1).aliases, IsEmpty());
  for (const char* alias : {"v", "v1a", "1", "latest_good", "a-B_9"})
    EXPECT_TRUE(move(1, std::nullopt, alias)) << alias;
}

}  // namespace
}  // namespace veleta
