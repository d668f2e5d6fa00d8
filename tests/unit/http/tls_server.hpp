#pragma once

#include <memory>
#include <string>
#include <thread>

#include "servers/sockets.hpp"

namespace veleta::testing {

/// Answers "secure" to every HTTPS request, with a certificate that it made and signed itself.
class TlsServer {
 public:
  /// `host`: whom the certificate is for, as an IP address.
  explicit TlsServer(const std::string& host);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// "https://127.0.0.1:port"
  std::string url() const;
  /// The file of the certificate.
  const std::string& certificate_file() const { return certificate_file_; }

 private:
  struct Context;
  void serve();

  std::string certificate_file_;
  std::unique_ptr<Context> context_;
  Listener listener_;
  std::thread thread_;
};

}  // namespace veleta::testing
