// The bytes of old imports, removed beside the service's other work (docs/specification.md §2, "The ledger keeps the
// bytes").
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// Works in `pool`, a batch at a time so that imports get their turn, and is for the thread that runs `context`. That
/// one must end, and the pool be joined, before this goes.
class Retention {
 public:
  /// `done` is called each time when nothing is left to be removed for now.
  Retention(boost::asio::io_context& context, boost::asio::thread_pool& pool, ConnectionPool& connections,
            std::chrono::milliseconds retention, std::function<void()> done);

  /// Removes now, and once an hour from then on.
  void start();
  /// No batch is begun any more.
  void stop();
  [[nodiscard]] bool busy() const { return busy_; }

 private:
  void remove_batch();
  void finish_batch(std::size_t removed, const std::string& error);

  boost::asio::io_context& context_;
  boost::asio::thread_pool& pool_;
  ConnectionPool& connections_;
  std::chrono::seconds retention_;
  std::function<void()> done_;
  boost::asio::steady_timer timer_;
  std::size_t removed_ = 0;  ///< imports, since `start`
  bool busy_ = false;
  bool stopped_ = false;
};

}  // namespace clientsync
