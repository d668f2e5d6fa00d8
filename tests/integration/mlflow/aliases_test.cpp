#include <barrier>

#include "mlflow_test.hpp"

// Aliases on MLflow, which sets them without asking where they point.
namespace veleta {
namespace {

using MlflowAliases = MlflowThroughProxy;
INSTANTIATE_TEST_SUITE_P(Mlflow, MlflowAliases, ::testing::Values("mlflow3", "mlflow2"),
                         [](const auto& instance) { return instance.param; });

const std::string kSetAlias = "registered-models/alias";

TEST_P(MlflowAliases, OneOfTwoHostsThatPromoteAtOnceWins) {
  constexpr int kRounds = 100;  // 200 on both servers together
  for (int i = 0; i < 3; ++i) new_version();
  ASSERT_TRUE(move(1, std::nullopt));
  const auto one = open_registry(server_url(GetParam())), other = open_registry(server_url(GetParam()));
  Registry* const hosts[] = {one.get(), other.get()};
  int production = 1;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const int challengers[] = {production % 3 + 1, (production + 1) % 3 + 1};
    bool won[2] = {};
    std::barrier begin(2);
    const auto promote = [&](int i) {
      begin.arrive_and_wait();
      won[i] = hosts[i]->move_alias(model_, kProductionAlias, challengers[i], production);
    };
    std::thread second([&] { promote(1); });
    promote(0);
    second.join();
    ASSERT_NE(won[0], won[1]) << "one of them is told that it lost";
    production = challengers[won[0] ? 0 : 1];
    ASSERT_EQ(aliased(), production);
  }
  EXPECT_THAT(registry().get_run(registry().get_version(model_, 1).run_id).params, IsEmpty())
      << "what the registry keeps there is told to nobody";
}

class MlflowAliasesOfDeadHosts : public MlflowThroughProxy {
 protected:
  /// A move that is decided on, by a host that dies before it sets the alias.
  void decide_and_die(int version, std::optional<int> expected) {
    const Variable impatient("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0");
    proxy_.before([](Passing& request) -> std::optional<Answer> {
      if (request.is("POST", kSetAlias)) return testing::no_answer();
      return std::nullopt;
    });
    EXPECT_EQ(code_of([&] { host()->move_alias(model_, kProductionAlias, version, expected); }),
              ErrorCode::kPeerFailed);
    proxy_.before({});
  }
};
INSTANTIATE_TEST_SUITE_P(Mlflow, MlflowAliasesOfDeadHosts, ::testing::Values("mlflow3", "mlflow2"),
                         [](const auto& instance) { return instance.param; });

TEST_P(MlflowAliasesOfDeadHosts, AMoveWhoseHostDiedIsCarriedOutByTheNext) {
  for (int i = 0; i < 3; ++i) new_version();
  ASSERT_TRUE(move(1, std::nullopt));
  decide_and_die(2, 1);
  EXPECT_EQ(aliased(), 1) << "reading heals nothing";
  EXPECT_FALSE(move(3, 1)) << "version 2 had won";
  EXPECT_EQ(aliased(), 2);
  EXPECT_TRUE(move(3, 2));
}

TEST_P(MlflowAliasesOfDeadHosts, AHostThatComesBackFindsThatItHadWon) {
  for (int i = 0; i < 2; ++i) new_version();
  ASSERT_TRUE(move(1, std::nullopt));
  decide_and_die(2, 1);
  EXPECT_FALSE(move(2, 1)) << "for all that the registry knows, another host's";
  EXPECT_EQ(aliased(), 2) << "where it asked for";
}

TEST_P(MlflowAliasesOfDeadHosts, AMoveWhoseHostDiedIsFinishedByWhoeverLooksForIt) {
  EXPECT_FALSE(registry().finish_move(model_, kProductionAlias)) << "a model that is not there";
  for (int i = 0; i < 3; ++i) new_version();
  EXPECT_FALSE(registry().finish_move(model_, kProductionAlias)) << "nothing was decided";
  ASSERT_TRUE(move(1, std::nullopt));
  EXPECT_FALSE(registry().finish_move(model_, kProductionAlias)) << "it was carried out";
  decide_and_die(2, 1);
  EXPECT_TRUE(registry().finish_move(model_, kProductionAlias));
  EXPECT_EQ(aliased(), 2);
  EXPECT_FALSE(registry().finish_move(model_, kProductionAlias)) << "once";
}

TEST_P(MlflowAliases, AWriteThatComesTooLateIsSetRight) {
  for (int i = 0; i < 3; ++i) new_version();
  ASSERT_TRUE(move(1, std::nullopt));
  // While this host's write is on its way, another host decides and sets the alias.
  bool done = false;
  proxy_.before([&](Passing& request) -> std::optional<Answer> {
    if (!request.is("POST", kSetAlias) || done) return std::nullopt;
    done = true;
    EXPECT_TRUE(open_registry(server_url(GetParam()))->move_alias(model_, kProductionAlias, 2, 2));
    EXPECT_TRUE(open_registry(server_url(GetParam()))->move_alias(model_, kProductionAlias, 3, 2));
    return std::nullopt;
  });
  EXPECT_TRUE(move(2, 1));
  EXPECT_TRUE(done);
  EXPECT_EQ(aliased(), 3) << "decided last";
}

TEST_P(MlflowAliases, WhatAPersonSetStandsOnceTheLastDecisionIsOld) {
  for (int i = 0; i < 3; ++i) new_version();
  ASSERT_TRUE(move(1, std::nullopt));
  const std::string ledger = registry().get_version(model_, 1).run_id;
  const json::object run = call("GET", "runs/get?run_id=" + ledger);
  std::string key(run.at("run").at("data").at("params").at(0).at("key").as_string());
  ASSERT_THAT(key, AllOf(HasSubstr("veleta.alias.production."), ::testing::EndsWith(".000001")));
  key.back() = '2';
  const int64_t long_ago_ms = 1'700'000'000'000;
  call("POST", "runs/log-parameter",
       {{"run_id", ledger}, {"key", key}, {"value", "2:an-id:" + std::to_string(long_ago_ms)}});
  set_alias(3);
  EXPECT_FALSE(registry().finish_move(model_, kProductionAlias));
  EXPECT_EQ(aliased(), 3);
  EXPECT_FALSE(move(1, 2));
  EXPECT_EQ(aliased(), 3);
  EXPECT_TRUE(move(1, 3));
  EXPECT_EQ(aliased(), 1);
}

TEST_P(MlflowAliases, APinHoldsAgainstMovesToAnyOtherVersion) {
  for (int i = 0; i < 2; ++i) new_version();
  ASSERT_TRUE(move(1, std::nullopt));
  call("POST", "registered-models/set-tag", {{"name", model_}, {"key", "promo.pin"}, {"value", "1"}});
  const Error error = error_of([&] { move(2, 1); });
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("promo.pin"), HasSubstr("version 1"), HasSubstr("version 2")));
  EXPECT_TRUE(move(1, 1));
  EXPECT_EQ(aliased(), 1);
}

TEST_P(MlflowAliases, AnAliasOfADeletedVersionIsNone) {
  for (int i = 0; i < 3; ++i) new_version();
  ASSERT_TRUE(move(3, std::nullopt));
  call("DELETE", "model-versions/delete", {{"name", model_}, {"version", "3"}});
  EXPECT_EQ(aliased(), 0);
  EXPECT_TRUE(move(2, std::nullopt));
  EXPECT_EQ(aliased(), 2);
}

TEST_P(MlflowAliases, TwoModelsMayShareARun) {
  const std::string run = new_run(), other = model_ + "-other";
  registry().create_version(model_, run, kFiles, "", {});
  registry().create_version(other, run, kFiles, "", {});
  new_version();
  registry().create_version(other, new_run(), kFiles, "", {});
  ASSERT_TRUE(move(1, std::nullopt));
  ASSERT_TRUE(registry().move_alias(other, kProductionAlias, 2, std::nullopt));
  ASSERT_TRUE(move(2, 1));
  EXPECT_EQ(registry().version_by_alias(other, kProductionAlias)->version, 2);
  EXPECT_EQ(aliased(), 2);
}

TEST_P(MlflowAliases, TwoWritersThatMeetInTheDatabaseTryAgain) {
  for (int i = 0; i < 2; ++i) new_version();
  answer_next(3, "POST", kSetAlias,
              {400, error_text("BAD_REQUEST", "(psycopg2.errors.UniqueViolation) duplicate key")});
  EXPECT_TRUE(move(1, std::nullopt));
  EXPECT_EQ(count_of("POST", kSetAlias), 4U);
  EXPECT_EQ(aliased(), 1);
}

TEST_P(MlflowAliases, AClaimWhoseAnswerWasLostIsKnownForItsOwn) {
  for (int i = 0; i < 2; ++i) new_version();
  bool is_lost = false;
  proxy_.after([&](const Passing& request, Answer& answer) {
    if (!request.is("POST", "runs/log-parameter") || is_lost) return;
    answer.hang_up = is_lost = true;
  });
  EXPECT_TRUE(move(2, std::nullopt));
  EXPECT_TRUE(is_lost);
  EXPECT_EQ(aliased(), 2);
}

}  // namespace
}  // namespace veleta
