// The bytes of old imports, and sessions and keys that have expired, removed beside the service's other work
// (docs/specification.md §2, "After", and §11).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// Removes the bytes of all imports that are older than the retention, in batches so that imports get their turn, and
/// what has expired (`remove_old_access`).
void remove_old_bytes(ConnectionPool& connections, std::chrono::milliseconds retention);

/// Works with `workers`, and is for the thread that runs `context`. That one must end, and the workers be joined,
/// before this object goes.
class Retention {
 public:
  Retention(boost::asio::io_context& context, boost::asio::any_io_executor workers, ConnectionPool& connections,
            std::chrono::milliseconds retention);

  /// Removes now, and once an hour from then on.
  void start();
  /// Removes nothing any more. `stopped` is called when the batch at work, if any, has ended.
  void stop(std::function<void()> stopped);
  /// True while a batch is at work.
  [[nodiscard]] bool busy() const { return busy_; }

 private:
  void remove_batch();
  void finish_batch(std::size_t removed, const std::string& error);

  boost::asio::io_context& context_;
  boost::asio::any_io_executor workers_;
  ConnectionPool& connections_;
  std::chrono::milliseconds retention_;
  boost::asio::steady_timer timer_;
  std::function<void()> stopped_;
  std::size_t removed_ = 0;  ///< imports, since `start`
  bool busy_ = false;
};

}  // namespace clientsync
