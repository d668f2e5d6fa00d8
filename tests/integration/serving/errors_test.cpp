#include <gmock/gmock.h>

#include "json_text.hpp"
#include "running_server.hpp"

// Requests that cannot be served, told apart; and the server lives on.

namespace veleta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Errors : public ::testing::Test {
 protected:
  void start(ServeOptions options = {}) {
    server.promote(server.publish({}));
    server.start(options);
  }
  void expect_problem(const Response& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.at("content-type"), "application/problem+json");
    const json::object problem = parse_json(response.body, "the reply").as_object();
    EXPECT_EQ(problem.at("status"), status);
    EXPECT_EQ(problem.at("request_id").as_string(), response.headers.at("x-request-id"));
    EXPECT_TRUE(problem.contains("type") && problem.contains("title") && problem.contains("detail"));
  }

  RunningServer server;
};

TEST_F(Errors, OfAServerWithoutAModelAskToComeBack) {
  server.start();
  for (const char* path : {"/predict", "/explain"}) {
    const Response response = server.ask("POST", path, "{}");
    expect_problem(response, 503);
    EXPECT_TRUE(response.headers.contains("retry-after"));
  }
  EXPECT_EQ(server.ask("GET", "/readyz").status, 503);
  EXPECT_EQ(server.ask("GET", "/healthz").status, 200);
  expect_problem(server.ask("POST", "/reload"), 409);
}

TEST_F(Errors, OfRequestsEachHaveTheirStatus) {
  ServeOptions options;
  options.max_rows = 2;
  options.max_body_bytes = 1000;
  start(options);
  expect_problem(server.ask("POST", "/predict", "{"), 400);
  expect_problem(server.ask("POST", "/predict", ""), 400);
  expect_problem(server.ask("POST", "/nowhere", "{}"), 404);
  expect_problem(server.ask("GET", "/predict"), 405);
  expect_problem(server.ask("POST", "/predict", R"({"rows": [{}, {}, {}]})"), 413);
  expect_problem(server.ask("POST", "/predict", std::string(2000, ' ') + "{}"), 413);
  expect_problem(server.ask("POST", "/predict", R"({"rooms": "SECRET"})"), 422);
  for (const char* headers : {"Content-Type: text/csv\r\n", "Content-Type: application/json; charset=latin1\r\n",
                              "Content-Encoding: gzip\r\n"})
    expect_problem(TestClient(server.port()).ask("POST", "/predict", "{}", headers), 415);
  for (const char* headers :
       {"", "Content-Type: Application/JSON ; charset=UTF-8\r\n", "Content-Encoding: identity\r\n"})
    EXPECT_EQ(TestClient(server.port()).ask("POST", "/predict", "{}", headers).status, 200);
}

TEST_F(Errors, OfQueriesSayWhatIsExpected) {
  start();
  const auto refused = [&](const std::string& method, const std::string& path, const std::string& body, int status) {
    const Response response = server.ask(method, path, body);
    expect_problem(response, status);
    return response.body;
  };
  EXPECT_THAT(refused("POST", "/predict?explain=top0", "{}", 422), HasSubstr("top1 to top1000"));
  EXPECT_THAT(refused("POST", "/predict?explian=top5", "{}", 422), HasSubstr("Did you mean 'explain'?"));
  EXPECT_THAT(refused("POST", "/explain?explain=top5&top=3", "{}", 422), HasSubstr("explain, interactions"));
  EXPECT_THAT(refused("POST", "/predict?explain=%zz", "{}", 400), HasSubstr("hexadecimal"));
  EXPECT_THAT(refused("GET", "/explain/global?view=pie", "", 422), HasSubstr("bar, beeswarm or dependence"));
  EXPECT_THAT(refused("GET", "/explain/global?view=dependence", "", 422), HasSubstr("column=size"));
  EXPECT_THAT(refused("GET", "/explain/global?view=dependence&column=siz", "", 422), HasSubstr("Did you mean 'size'?"));
  EXPECT_THAT(refused("GET", "/explain/global?veiw=bar", "", 422), HasSubstr("Did you mean 'view'?"));
  EXPECT_THAT(refused("GET", "/explain/global?top=0", "", 422), HasSubstr("from 1 to 1000"));
  std::string many = R"({"rows": [{})";
  for (int row = 0; row < 10; ++row) many += ",{}";
  EXPECT_THAT(refused("POST", "/explain?interactions=top3", many + "]}", 413), HasSubstr("10 rows at most"));
}

TEST_F(Errors, PointAtThePlaceAndNeverEchoValues) {
  start();
  const Response response =
      server.ask("POST", "/explain", R"({"rows": [{"rooms": 3}, {"rooms": "SECRET", "ctiy": 1}]})");
  expect_problem(response, 422);
  EXPECT_THAT(response.body, Not(HasSubstr("SECRET")));
  const json::array errors = parse_json(response.body, "the reply").at("errors").as_array();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].at("pointer"), "/rows/1/rooms");
  EXPECT_EQ(errors[1].at("pointer"), "/rows/1/ctiy");
  EXPECT_THAT(std::string(errors[1].at("detail").as_string()), HasSubstr("Did you mean 'city'?"));
}

TEST_F(Errors, OfBodiesThatAreAlmostJsonAre400AndOfNumbersThatAreNone422) {
  start();
  for (const std::string& body :
       {std::string(R"({"rooms": NaN})"), std::string(R"({"rooms": Infinity})"), std::string(R"({"rooms": -nan})"),
        std::string("{\"city\": \"\xff\xfe\"}"), std::string("{\"city\": \"\xc3\"}"), std::string("\xef\xbb\xbf{}"),
        std::string(100'000, '['), R"({"rooms": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
        std::string("{} {}"), std::string("{\"rooms\": 01}"), std::string("{\"city\": \"\\ud800\"}")})
    expect_problem(server.ask("POST", "/predict", body), 400);
  for (const char* row : {R"({"rooms": 1e999})", R"({"rooms": -1e999})", R"({"rooms": "NaN"})", R"({"rooms": [1]})",
                          R"({"rooms": {}})", R"({"city": ["a"]})"})
    expect_problem(server.ask("POST", "/predict", row), 422);
  EXPECT_EQ(server.ask("POST", "/predict", R"({"rooms": 1e308, "size": -1e-320})").status, 200);
}

TEST_F(Errors, OfBodiesCutOffAnywhereAre400AndKeepTheConnection) {
  start();
  TestClient client(server.port());
  const std::string body = R"({"rows":[{"rooms":3.5e0,"city":"c\u00f1"},{"size":null}]})";
  for (size_t length = 0; length < body.size(); ++length)
    ASSERT_EQ(client.ask("POST", "/predict", body.substr(0, length)).status, 400) << length;
  EXPECT_EQ(client.ask("POST", "/predict", body).status, 200);
}

TEST_F(Errors, OfBodiesWithAByteFlippedAreClientErrors) {
  start();
  TestClient client(server.port());
  const std::string body = R"({"columns":["rooms","city"],"data":[[3.5,"c"],[1e2,null]]})";
  for (size_t at = 0; at < body.size(); ++at)
    for (const char flip : {'\x01', '\x10', '\x80'}) {
      std::string flipped = body;
      flipped[at] = static_cast<char>(flipped[at] ^ flip);
      const int status = client.ask("POST", "/predict", flipped).status;
      ASSERT_TRUE(status == 200 || status == 400 || status == 422) << status << " for " << flipped;
    }
}

TEST_F(Errors, OfBodiesMadeToKeepTheServerBusyAreFoundAtOnce) {
  start();
  expect_problem(server.ask("POST", "/predict", "{\"" + std::string(20'000'000, 'x') + "\": 1}"), 422);
  std::string names, members;
  for (int name = 0; name < 300'000; ++name) {
    names += (name ? ",\"c" : "\"c") + std::to_string(name) + "\"";
    members += (name ? ",\"c" : "\"c") + std::to_string(name) + "\":1";
  }
  expect_problem(server.ask("POST", "/predict", "{\"columns\": [" + names + "], \"data\": [[1]]}"), 422);
  expect_problem(server.ask("POST", "/predict", "{" + members + "}"), 422);
}

TEST_F(Errors, LeaveTheServerReady) {
  start();
  for (int client = 0; client < 20; ++client) {
    TestClient slow(server.port());
    slow.send("POST /predict HTTP/1.1\r\nContent-Length: 100000000000\r\n");
    slow.vanish();
  }
  TestClient loris(server.port());
  loris.send("POST /predict HTTP/1.1\r\nX-");
  EXPECT_EQ(server.ask("POST", "/predict", "{}").status, 200);
  EXPECT_EQ(TestClient(server.port()).ask("GET", "/", "", "X-Long: " + std::string(20000, 'x') + "\r\n").status, 431);
}

}  // namespace
}  // namespace veleta::testing
