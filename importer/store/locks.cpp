#include "importer/store/locks.hpp"

#include "importer/digest.hpp"
#include "importer/store/sql.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// 15 hexadecimal digits: a positive number of 60 bits, which is what PostgreSQL takes.
std::string key_of(std::string_view ledger, std::string_view inbox, std::string_view name) {
  std::string text(ledger);
  text.append(1, '/').append(inbox).append(1, '/').append(name);
  return sha256(text).substr(0, 15);
}

constexpr Sql try_lock_sql{.sqlite = "select 1",
                           .postgresql = "select pg_try_advisory_lock(('x0' || :key)::bit(64)::bigint)::int",
                           .mysql = "select get_lock(concat('clientsync ', :key), 0)"};
constexpr Sql unlock_sql{.sqlite = "select 1",
                         .postgresql = "select pg_advisory_unlock(('x0' || :key)::bit(64)::bigint)::int",
                         .mysql = "select release_lock(concat('clientsync ', :key))"};

/// Whether the answer is yes; MariaDB answers NULL where it could not.
bool ask(Connection& connection, const Sql& sql, const std::string& key) {
  long long yes = 0;
  soci::indicator known = soci::i_null;
  connection.session() << sql(connection), soci::use(key, "key"), soci::into(yes, known);
  return known == soci::i_ok && yes == 1;
}

}  // namespace

DropLocks::DropLocks(DatabaseOptions database, std::string ledger)
    : database_(std::move(database)), ledger_(std::move(ledger)) {}

DropLocks::~DropLocks() = default;

DropLocks::Held::~Held() {
  if (owner_ != nullptr) owner_->release(key_);
}

std::optional<DropLocks::Held> DropLocks::try_lock(std::string_view inbox, std::string_view name) {
  if (database_.kind == DatabaseKind::sqlite) return Held(nullptr, "");
  std::string key = key_of(ledger_, inbox, name);
  const std::lock_guard lock(mutex_);
  // One that the server has closed meanwhile tells so at its first use. With it went its locks.
  if (!connection_ || !connection_->alive()) {
    connection_.reset();
    connection_ = std::make_unique<Connection>(database_);
  }
  const bool had =
      attempt(*connection_, "locking " + escape(name), [&] { return ask(*connection_, try_lock_sql, key); });
  return had ? std::optional<Held>(Held(this, std::move(key))) : std::nullopt;
}

void DropLocks::release(const std::string& key) noexcept {
  const std::lock_guard lock(mutex_);
  if (!connection_ || connection_->poisoned()) return;
  try {
    static_cast<void>(ask(*connection_, unlock_sql, key));
  } catch (...) {
    connection_->poison();
  }
}

}  // namespace clientsync
