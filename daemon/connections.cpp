#include "daemon/connections.hpp"

#include <exception>

namespace clientsync {

Connections::Lease::Lease(Connections& owner) : owner_(owner), exceptions_(std::uncaught_exceptions()) {
  {
    const std::lock_guard lock(owner_.mutex_);
    if (!owner_.idle_.empty()) {
      connection_ = std::move(owner_.idle_.back());
      owner_.idle_.pop_back();
    }
  }
  if (!connection_) connection_ = std::make_unique<Connection>(owner_.options_);
}

Connections::Lease::~Lease() {
  // After an exception the connection's state is anybody's guess.
  if (connection_->poisoned() || std::uncaught_exceptions() > exceptions_) return;
  const std::lock_guard lock(owner_.mutex_);
  owner_.idle_.push_back(std::move(connection_));
}

}  // namespace clientsync
