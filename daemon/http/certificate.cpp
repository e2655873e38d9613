#include "daemon/http/certificate.hpp"

#include <string>
#include <system_error>

#include "daemon/log.hpp"

namespace clientsync {
namespace {

namespace ssl = boost::asio::ssl;
namespace fs = std::filesystem;

void check(const boost::system::error_code& error, const fs::path& file) {
  if (!error) return;
  // The code is OpenSSL's own; its message says what is wrong.
  throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                          "cannot use " + file.string() + ": " + error.message());
}

std::shared_ptr<ssl::context> read_certificate(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                       ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_compression);
  boost::system::error_code error;
  context->use_certificate_chain_file(files.certificate.string(), error);
  check(error, files.certificate);
  // Fails too if the key is not the certificate's.
  context->use_private_key_file(files.key.string(), ssl::context::pem, error);
  check(error, files.key);
  return context;
}

fs::file_time_type time_of(const fs::path& file) {
  std::error_code missing;
  return fs::last_write_time(file, missing);
}

}  // namespace

Certificate::Certificate(TlsFiles files)
    : files_(std::move(files)), read_at_(times()), context_(read_certificate(files_)) {}

Certificate::Times Certificate::times() const {
  return {time_of(files_.certificate), time_of(files_.key)};
}

std::shared_ptr<ssl::context> Certificate::current() {
  const Times found = times();
  if (found == read_at_) return context_;
  read_at_ = found;
  try {
    context_ = read_certificate(files_);
    log(LogLevel::info, "http.certificate_renewed", {{"certificate", files_.certificate.string()}});
  } catch (const std::system_error& error) {
    log(LogLevel::error, "http.certificate_unusable", {{"error", error.what()}});
  }
  return context_;
}

}  // namespace clientsync
