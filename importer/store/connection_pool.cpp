#include "importer/store/connection_pool.hpp"

#include <exception>

namespace clientsync {
namespace {

/// A connection that was idle for longer is asked whether it still works: what lies on the way to a server forgets idle
/// ones without a word. That the server has closed one can be seen at once.
constexpr std::chrono::minutes trusted{1};

}  // namespace

std::unique_ptr<Connection> ConnectionPool::take_idle() {
  while (true) {
    Idle idle;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      idle = std::move(idle_.back());
      idle_.pop_back();
    }
    if (idle.connection->moved()) continue;
    const bool fresh = std::chrono::steady_clock::now() - idle.since < trusted && idle.connection->quiet();
    if (fresh || idle.connection->alive()) return std::move(idle.connection);
  }
}

void ConnectionPool::drop_idle() {
  std::vector<Idle> dropped;  // closes them after the lock is released, since that may take its time
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
}

ConnectionPool::Lease::Lease(ConnectionPool& owner)
    : owner_(owner), exceptions_(std::uncaught_exceptions()), connection_(owner.take_idle()) {
  if (!connection_) connection_ = std::make_unique<Connection>(owner_.options_);
}

ConnectionPool::Lease::~Lease() {
  // After an exception nobody knows what state the connection is in.
  if (connection_->poisoned() || std::uncaught_exceptions() > exceptions_) return;
  const std::lock_guard lock(owner_.mutex_);
  owner_.idle_.push_back({std::move(connection_), std::chrono::steady_clock::now()});
}

}  // namespace clientsync
