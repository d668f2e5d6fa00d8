#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client.hpp"
#include "servers/thrown.hpp"
#include "tls_server.hpp"

namespace veleta::http {
namespace {

using testing::Thrown;
using testing::thrown_by;
using testing::TlsServer;

TEST(HttpTls, TrustsACertificateOfOnesOwn) {
  TlsServer server("127.0.0.1");
  Client client({.ca_file = server.certificate_file()});
  EXPECT_EQ(client.send({.url = server.url()}).body, "secure");
}

TEST(HttpTls, DoesNotTrustAStrangersCertificate) {
  TlsServer server("127.0.0.1");
  Client client({});
  const Thrown thrown = thrown_by([&] { client.send({.url = server.url()}); });
  EXPECT_EQ(thrown.code, ErrorCode::kUnavailable);
  EXPECT_THAT(thrown.message, ::testing::HasSubstr("certificate"));
}

TEST(HttpTls, DoesNotTrustACertificateForAnotherHost) {
  TlsServer server("127.0.0.2");
  Client client({.ca_file = server.certificate_file()});
  EXPECT_EQ(thrown_by([&] { client.send({.url = server.url()}); }).code, ErrorCode::kUnavailable);
}

TEST(HttpTls, TrustsAnythingOnlyWhereItIsTold) {
  TlsServer server("127.0.0.2");
  Client client({.verify_tls = false});
  EXPECT_EQ(client.send({.url = server.url()}).body, "secure");
}

TEST(HttpTls, TellsAFileOfCertificatesThatIsNone) {
  TlsServer server("127.0.0.1");
  Client client({.ca_file = "/does/not/exist.pem"});
  const Thrown thrown = thrown_by([&] { client.send({.url = server.url()}); });
  EXPECT_EQ(thrown.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(thrown.message, ::testing::HasSubstr("/does/not/exist.pem"));
}

}  // namespace
}  // namespace veleta::http
