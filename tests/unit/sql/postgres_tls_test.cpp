#include <fmt/format.h>
#include <gmock/gmock.h>
#include <cstdlib>
#include <filesystem>

#include "base/ids.hpp"
#include "postgres_testing.hpp"
#include "veleta/error.hpp"

// Connections that are encrypted, to a server that proves who it is.

namespace veleta::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

/// An authority, and certificates that it gave for 127.0.0.1 and for another host.
class Certificates {
 public:
  Certificates() : folder_(fs::temp_directory_path() / ("veleta-tls-" + new_id())) {
    fs::create_directories(folder_);
    call(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout authority.key -out "
        "authority.pem -days 2 -subj "
        "/CN=authority");
    call(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key -out other.pem "
        "-days 2 -subj /CN=other");
    make("here", "IP:127.0.0.1");
    make("elsewhere", "DNS:database.example");
  }
  ~Certificates() { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// What the server is started with.
  std::string arguments(const std::string& name) const {
    return fmt::format("-c ssl=on -c ssl_cert_file={} -c ssl_key_file={}", path(name + ".pem"), path(name + ".key"));
  }

 private:
  void call(const std::string& command) const {
    const std::string quiet = fmt::format("cd {} && {{ {}; }} >log 2>&1", folder_.string(), command);
    if (std::system(quiet.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }
  void make(const std::string& name, const std::string& host) const {
    call(fmt::format(
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {0}.key -out {0}.csr -subj "
        "/CN={0} && "
        "echo subjectAltName={1} >{0}.ext && openssl x509 -req -in {0}.csr -CA authority.pem "
        "-CAkey authority.key -CAcreateserial -out {0}.pem -days 2 -extfile {0}.ext && chmod 600 {0}.key && "
        "if [ \"$(id -u)\" = 0 ]; then chown postgres {0}.key; fi",
        name, host));
  }

  const fs::path folder_;
};

std::string uri_with(const PostgresServer& server, const std::string& mode, const std::string& authority) {
  return with_parameter(with_parameter(server.uri(), "sslmode", mode), "sslrootcert", authority);
}

std::string refusal(const std::string& uri) {
  try {
    run_in_postgres(uri, "SELECT 1");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kRefused) << error.what();
    return error.what();
  }
  return "the connection was made";
}

constexpr const char* kIsEncrypted = "SELECT CAST(ssl AS TEXT) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

TEST(PostgresTls, VerifiesTheServerByItsAuthorityAndItsName) {
  const Certificates certificates;
  const PostgresServer server(certificates.arguments("here"));
  const std::string verified = uri_with(server, "verify-full", certificates.path("authority.pem"));
  EXPECT_THAT(rows_in_postgres(verified, kIsEncrypted), ElementsAre("true"));
  EXPECT_THAT(refusal(uri_with(server, "verify-full", certificates.path("other.pem"))),
              AllOf(HasSubstr("certificate verify failed"), Not(HasSubstr("veletasecret"))));
  EXPECT_THAT(rows_in_postgres(with_parameter(server.uri(), "sslmode", "disable"), kIsEncrypted), ElementsAre("false"));
}

TEST(PostgresTls, RefusesACertificateOfAnotherHost) {
  const Certificates certificates;
  const PostgresServer server(certificates.arguments("elsewhere"));
  EXPECT_THAT(refusal(uri_with(server, "verify-full", certificates.path("authority.pem"))),
              HasSubstr("does not match host name \"127.0.0.1\""));
  EXPECT_THAT(rows_in_postgres(uri_with(server, "verify-ca", certificates.path("authority.pem")), kIsEncrypted),
              ElementsAre("true"));
}

TEST(PostgresTls, IsRefusedByAServerThatHasNone) {
  const PostgresServer server;
  EXPECT_THAT(refusal(with_parameter(server.uri(), "sslmode", "require")), HasSubstr("server does not support SSL"));
}

}  // namespace
}  // namespace veleta::testing
