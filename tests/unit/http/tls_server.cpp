#include "tls_server.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "base/ids.hpp"

namespace veleta::testing {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

void require(bool holds) {
  if (!holds) throw std::runtime_error("OpenSSL makes no TLS server");
}

Certificate new_certificate(EVP_PKEY* key, const std::string& host) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const std::string common = "veleta test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("IP:" + host).c_str()), X509_EXTENSION_free);
  require(names && X509_add_ext(certificate.get(), names.get(), -1) == 1);
  require(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

void write_pem(const std::string& path, X509* certificate) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), std::fclose);
  require(file && PEM_write_X509(file.get(), certificate) == 1);
}

}  // namespace

struct TlsServer::Context {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
};

TlsServer::TlsServer(const std::string& host)
    : certificate_file_((std::filesystem::temp_directory_path() / ("veleta-" + new_id() + ".pem")).string()),
      context_(std::make_unique<Context>()) {
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Certificate certificate = new_certificate(key.get(), host);
  write_pem(certificate_file_, certificate.get());
  require(SSL_CTX_use_certificate(context_->tls.get(), certificate.get()) == 1 &&
          SSL_CTX_use_PrivateKey(context_->tls.get(), key.get()) == 1);
  thread_ = std::thread([this] { serve(); });
}

TlsServer::~TlsServer() {
  listener_.shut_down();
  thread_.join();
  std::filesystem::remove(certificate_file_);
}

std::string TlsServer::url() const { return fmt::format("https://127.0.0.1:{}", listener_.port()); }

void TlsServer::serve() {
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);  // OpenSSL writes to clients that have gone
  for (;;) {
    const Socket client = listener_.accept();
    if (client.descriptor() < 0) return;
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_->tls.get()), SSL_free);
    SSL_set_fd(tls.get(), client.descriptor());
    char request[4096];
    if (SSL_accept(tls.get()) != 1 || SSL_read(tls.get(), request, sizeof request) <= 0) continue;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecure";
    SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    SSL_shutdown(tls.get());
  }
}

}  // namespace veleta::testing
