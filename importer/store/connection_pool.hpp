// Connections to one database, for many threads.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync {

/// Opens connections and keeps them for the next user: as many as threads have ever used at the same time. Any thread
/// may use it.
class ConnectionPool {
 public:
  /// `ledger` is the UUID of the one that the database must hold; empty: any.
  explicit ConnectionPool(DatabaseOptions options, std::string ledger = "") : options_(std::move(options)) {
    options_.ledger = std::move(ledger);
  }

  /// Runs `work` with a connection that nobody else uses meanwhile, and returns what it returns. Throws DatabaseError
  /// if no connection can be had, and what `work` throws. The connection is kept if `work` returned and no error
  /// poisoned it. If the database turns out to be away or foreign, no idle connection is kept either.
  template <class Work>
  auto use(Work&& work) {
    try {
      const Lease lease(*this);
      return work(lease.connection());
    } catch (const DatabaseError& error) {
      using Kind = DatabaseError::Kind;
      if (error.kind() == Kind::unavailable || error.kind() == Kind::foreign) drop_idle();
      throw;
    }
  }

  /// The same, and again with another connection if another writer was first (`conflict`): nothing was written then. At
  /// most five times (docs/specification.md §6).
  template <class Work>
  auto retry_conflicts(Work&& work) {
    constexpr int most = 5;
    for (int tries = 1;; ++tries) {
      try {
        return use(work);
      } catch (const DatabaseError& error) {
        if (error.kind() != DatabaseError::Kind::conflict || tries == most) throw;
      }
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
