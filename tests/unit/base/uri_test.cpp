#include "base/uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "veleta/error.hpp"

namespace veleta {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(Uri, TellsItsScheme) {
  EXPECT_EQ(uri_scheme("sqlite:///var/x.db"), "sqlite");
  EXPECT_EQ(uri_scheme("PostgreSQL://host/name"), "postgresql");
  for (const char* text : {"", "var/x.db", "C:\\x", "host:5432", "a b://x"}) EXPECT_EQ(uri_scheme(text), "") << text;
}

TEST(SqliteUri, NamesAFileRelativeOrAbsolute) {
  EXPECT_EQ(sqlite_path("sqlite:////var/lib/veleta.db"), "/var/lib/veleta.db");
  EXPECT_EQ(sqlite_path("sqlite:///var/veleta.db"), fs::current_path() / "var/veleta.db");
}

TEST(SqliteUri, RefusesEverythingElse) {
  for (const char* uri : {"", "sqlite", "sqlite://", "sqlite:///", "sqlite:///folder/", "sqlite://var/veleta.db",
                          "veleta.db", "postgresql://localhost/veleta", "http://mlflow:5000"}) {
    try {
      sqlite_path(uri);
      ADD_FAILURE() << uri;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << uri;
      EXPECT_THAT(error.what(), HasSubstr("sqlite:///relative/path.db")) << uri;
    }
  }
}

TEST(Uri, IsShownWithoutSecrets) {
  EXPECT_EQ(without_secrets("postgresql://ann:s3cret@db:5432/veleta?sslmode=require"),
            "postgresql://ann:***@db:5432/veleta?sslmode=require");
  EXPECT_EQ(without_secrets("postgresql://db/veleta?user=ann&password=s3cret&sslpassword=t"),
            "postgresql://db/veleta?user=ann&password=***&sslpassword=***");
  EXPECT_EQ(without_secrets("http://ann:p/w@d:@host/x"), "http://ann:***@host/x");
  for (const char* uri : {"postgresql://ann@db/veleta", "sqlite:////var/x.db", "var/x.db", "http://[::1]:5000/a"})
    EXPECT_EQ(without_secrets(uri), uri);
}

}  // namespace
}  // namespace veleta
