// Locks on drops, so that of several daemons one takes a file in hand (docs/specification.md §6, "Several daemons").
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "importer/store/database.hpp"

namespace clientsync {

/// The locks that one daemon holds: session locks of the database on a connection of their own, which the database
/// itself releases when the daemon dies. They only save work; what makes an import happen once is the ledger. SQLite
/// serves one daemon: there every lock is granted. For any number of threads.
class DropLocks {
 public:
  /// `ledger` is the ledger's UUID: other databases of the same server have locks of their own.
  DropLocks(DatabaseOptions database, std::string ledger);
  ~DropLocks();
  DropLocks(const DropLocks&) = delete;
  DropLocks& operator=(const DropLocks&) = delete;

  /// A lock that is held; released at the end of its life.
  class Held {
   public:
    Held(Held&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    Held& operator=(Held&&) = delete;

   private:
    friend class DropLocks;
    Held(DropLocks* owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    DropLocks* owner_;
    std::string key_;
  };

  /// The lock on a name in an inbox; nullopt where another daemon has it. Throws DatabaseError.
  [[nodiscard]] std::optional<Held> try_lock(std::string_view inbox, std::string_view name);

 private:
  void release(const std::string& key) noexcept;

  const DatabaseOptions database_;
  const std::string ledger_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace clientsync
