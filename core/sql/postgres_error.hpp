#pragma once

#include <libpq-fe.h>
#include <string>

#include "veleta/error.hpp"

namespace veleta::sql {

/// What a PostgreSQL server or the way to it said, and whether it is worth trying again.
class PostgresError : public Error {
 public:
  enum class Remedy {
    kNone,
    kNewConnection,  ///< the connection is lost, or could not be made
    kAgain,          ///< the transaction met another, or waited too long for one
    kAgainOnce       ///< it may have met another that made the same thing; or the thing was there before
  };
  PostgresError(ErrorCode code, Remedy remedy, const std::string& message) : Error(code, message), remedy_(remedy) {}
  Remedy remedy() const { return remedy_; }
  bool is_connection_lost() const { return remedy_ == Remedy::kNewConnection; }

 private:
  Remedy remedy_;
};

/// Of a result that failed: "cannot `purpose` in `place`: …", with the server's detail, hint and SQLSTATE.
PostgresError postgres_error(const std::string& purpose, const std::string& place, PGconn* connection,
                             const PGresult* result);
/// Of a connection that could not be made, whose messages are verbose.
PostgresError postgres_connect_error(const std::string& purpose, const std::string& place, PGconn* connection);

}  // namespace veleta::sql
