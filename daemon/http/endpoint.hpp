// Where a service listens, in the words of Asio.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "config/config.hpp"

namespace clientsync {

[[nodiscard]] inline boost::asio::generic::stream_protocol::endpoint endpoint_of(const HttpConfig& config) {
  if (!config.socket.empty()) return boost::asio::local::stream_protocol::endpoint(config.socket.string());
  return boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address(config.address), config.port);
}

}  // namespace clientsync
