// ConnectionPool to the database for many threads.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync {

/// Opens connections and keeps those that may be used again: as many as threads have ever used at the same time. For
/// any number of threads.
class ConnectionPool {
 public:
  explicit ConnectionPool(DatabaseOptions options) : options_(std::move(options)) {}

  /// Runs `work` with a connection that nobody else uses, and gives what it gives. The connection is kept for later
  /// only where `work` returned and did not poison it. Throws DatabaseError where none can be had, and what `work`
  /// throws. Where the database turns out to be away, nothing is kept.
  template <class Work>
  auto use(Work&& work) {
    try {
      const Lease lease(*this);
      return work(lease.connection());
    } catch (const DatabaseError& error) {
      if (error.kind() == DatabaseError::Kind::unavailable) drop_idle();
      throw;
    }
  }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point since;
  };

  class Lease {
   public:
    explicit Lease(ConnectionPool& owner);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] Connection& connection() const { return *connection_; }

   private:
    ConnectionPool& owner_;
    int exceptions_;  ///< in flight when the lease began
    std::unique_ptr<Connection> connection_;
  };

  [[nodiscard]] std::unique_ptr<Connection> take_idle();
  void drop_idle();

  DatabaseOptions options_;
  std::mutex mutex_;
  std::vector<Idle> idle_;
};

}  // namespace clientsync
