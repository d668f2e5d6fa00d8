#include "service.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace veleta::data_api {
namespace {

constexpr const char* kNext = "/data?group_number=4&day=Tuesday";

class DataService : public testing::Test {
 protected:
  Reply refusal(std::string_view target) { return std::get<Reply>(service_.answer("GET", target)); }
  unsigned batch(std::string_view target) { return std::get<BatchReply>(service_.answer("GET", target)).order.batch; }
  std::string detail(const Reply& reply) {
    return std::string(boost::json::parse(reply.body).at("detail").as_string());
  }

  Service service_{ServiceOptions{0.001, 1, false}};
};

TEST_F(DataService, MovesToTheNextBatchWithEachCallAndThenEnds) {
  for (unsigned expected = 0; expected < 6; ++expected) EXPECT_EQ(batch(kNext), expected);
  const Reply end = refusal(kNext);
  EXPECT_EQ(end.status, 400u);
  EXPECT_EQ(detail(end), "Ya se recolectó toda la información mínima necesaria");
}

TEST_F(DataService, KeepsAPlaceForEachGroupAndDay) {
  EXPECT_EQ(batch("/data?group_number=4&day=Tuesday"), 0u);
  EXPECT_EQ(batch("/data?group_number=4&day=Wednesday"), 0u);
  EXPECT_EQ(batch("/data?group_number=4"), 0u);
  EXPECT_EQ(batch("/data?group_number=5&day=Tuesday"), 0u);
  EXPECT_EQ(batch("/data?group_number=4&day=Tuesday"), 1u);
}

TEST_F(DataService, StartsOneGroupOver) {
  batch(kNext), batch(kNext), batch("/data?group_number=5");
  EXPECT_EQ(refusal("/restart_data_generation?group_number=4&day=Tuesday").body, R"({"ok": true})");
  EXPECT_EQ(batch(kNext), 0u);
  EXPECT_EQ(batch("/data?group_number=5"), 1u);
}

TEST_F(DataService, RefusesABadGroupAsTheServiceDoes) {
  for (const char* group : {"0", "11", "-1"}) {
    const Reply reply = refusal(std::string("/data?group_number=") + group);
    EXPECT_EQ(reply.status, 400u) << group;
    EXPECT_EQ(detail(reply), "Número de grupo inválido") << group;
  }
  EXPECT_EQ(refusal("/data?group_number=four").status, 422u);
  EXPECT_EQ(refusal("/data").status, 422u);
  EXPECT_EQ(refusal("/data?group_number=4&day=Monday").status, 400u);
}

TEST_F(DataService, KeepsItsPlaceWhenItFails) {
  service_.misbehave(parse_misbehaviour("500:2"));
  EXPECT_EQ(refusal(kNext).status, 500u);
  EXPECT_EQ(refusal(kNext).status, 500u);
  EXPECT_EQ(batch(kNext), 0u);
}

TEST_F(DataService, MovesOnWhenTheAnswerIsLostOnItsWay) {
  service_.misbehave(parse_misbehaviour("drop:1"));
  const auto lost = std::get<BatchReply>(service_.answer("GET", kNext));
  EXPECT_EQ(lost.misbehaviour->fault, Fault::kDrop);
  EXPECT_EQ(lost.order.fault, std::nullopt);
  EXPECT_EQ(batch(kNext), 1u);
}

TEST_F(DataService, ChangesItsBehaviourAtRunTime) {
  const auto post = [&](std::string_view target) { return std::get<Reply>(service_.answer("POST", target)).status; };
  EXPECT_EQ(post("/misbehave?kind=renamed&times=1&batch=1"), 200u);
  EXPECT_EQ(post("/misbehave?kind=unheard_of"), 422u);
  EXPECT_EQ(std::get<BatchReply>(service_.answer("GET", kNext)).order.fault, std::nullopt);
  EXPECT_EQ(std::get<BatchReply>(service_.answer("GET", kNext)).order.fault, Fault::kRenamed);
  post("/misbehave?kind=bad_group");
  EXPECT_EQ(detail(refusal(kNext)), "Número de grupo inválido");
  EXPECT_EQ(std::get<Reply>(service_.answer("DELETE", "/misbehave")).status, 200u);
  EXPECT_EQ(batch(kNext), 2u);
}

TEST_F(DataService, AnswersHealthMetricsAndOpenApi) {
  batch(kNext);
  EXPECT_EQ(refusal("/health").body, R"({"status":"OK"})");
  EXPECT_NE(refusal("/metrics").body.find("data_api_batches_total 1\n"), std::string::npos);
  EXPECT_TRUE(boost::json::parse(refusal("/openapi.json").body).at("paths").as_object().contains("/data"));
  EXPECT_EQ(refusal("/elsewhere").status, 404u);
  EXPECT_EQ(std::get<Reply>(service_.answer("POST", kNext)).status, 405u);
}

}  // namespace
}  // namespace veleta::data_api
