#include "daemon/service/retention.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "daemon/access/sign_in.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/log.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;

/// Imports; few enough that an import hardly notices that the database is being written.
constexpr std::size_t batch = 100;
constexpr std::chrono::hours interval{1};

std::size_t remove_one_batch(ConnectionPool& connections, std::chrono::milliseconds retention) {
  const std::int64_t before = now_seconds() - std::chrono::ceil<std::chrono::seconds>(retention).count();
  const std::size_t removed =
      connections.use([&](Connection& connection) { return remove_bytes(connection, before, batch); });
  if (removed < batch) remove_old_access(connections, now_seconds());
  return removed;
}

void log_removed(std::size_t removed) {
  if (removed > 0) log(LogLevel::info, "retention.removed", {{"imports", std::to_string(removed)}});
}

}  // namespace

void remove_old_bytes(ConnectionPool& connections, std::chrono::milliseconds retention) {
  std::size_t removed = 0;
  try {
    for (std::size_t last = batch; last == batch; removed += last) last = remove_one_batch(connections, retention);
  } catch (const std::exception& error) {
    log(LogLevel::warning, "retention.failed", {{"error", error.what()}});
  }
  log_removed(removed);
}

Retention::Retention(asio::io_context& context, asio::any_io_executor workers, ConnectionPool& connections,
                     std::chrono::milliseconds retention)
    : context_(context),
      workers_(std::move(workers)),
      connections_(connections),
      retention_(retention),
      timer_(context) {}

void Retention::start() {
  busy_ = true;
  remove_batch();
}

void Retention::stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  timer_.cancel();
}

void Retention::remove_batch() {
  asio::post(workers_, [this] {
    std::size_t removed = 0;
    std::string error;
    try {
      removed = remove_one_batch(connections_, retention_);
    } catch (const std::exception& failure) {
      error = failure.what();
    }
    asio::post(context_, [this, removed, error] { finish_batch(removed, error); });
  });
}

void Retention::finish_batch(std::size_t removed, const std::string& error) {
  removed_ += removed;
  if (removed == batch && !stopped_) return remove_batch();
  if (!error.empty()) log(LogLevel::warning, "retention.failed", {{"error", error}});
  log_removed(std::exchange(removed_, 0));
  busy_ = false;
  if (stopped_) return stopped_();
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled && !stopped_) start();
  });
}

}  // namespace clientsync
