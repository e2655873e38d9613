// The certificate with which the server speaks TLS. Its files are read again after they were renewed.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <utility>

#include "config/config.hpp"

namespace clientsync {

class Certificate {
 public:
  /// Throws std::system_error if the files cannot be used.
  explicit Certificate(TlsFiles files);

  /// For a new connection. If the files have changed and cannot be used, that is logged once, and the certificate
  /// before stays in use.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> current();

 private:
  using Times = std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type>;
  [[nodiscard]] Times times() const;

  TlsFiles files_;
  Times read_at_;  ///< the files had these times when they were read
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace clientsync
