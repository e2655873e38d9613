#include "daemon/service/retention.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "daemon/import/import_file.hpp"
#include "daemon/log.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;

/// Imports; few enough that an import hardly notices that the database is being written.
constexpr std::size_t batch = 100;
constexpr std::chrono::hours interval{1};

}  // namespace

Retention::Retention(asio::io_context& context, asio::thread_pool& pool, ConnectionPool& connections,
                     std::chrono::milliseconds retention, std::function<void()> done)
    : context_(context),
      pool_(pool),
      connections_(connections),
      retention_(std::chrono::ceil<std::chrono::seconds>(retention)),
      done_(std::move(done)),
      timer_(context) {}

void Retention::start() {
  busy_ = true;
  remove_batch();
}

void Retention::stop() {
  stopped_ = true;
  timer_.cancel();
}

void Retention::remove_batch() {
  asio::post(pool_, [this] {
    std::size_t removed = 0;
    std::string error;
    try {
      const std::int64_t before = now_seconds() - retention_.count();
      removed = connections_.use([&](Connection& connection) { return remove_bytes(connection, before, batch); });
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
  if (removed_ > 0) log(LogLevel::info, "retention.removed", {{"imports", std::to_string(removed_)}});
  removed_ = 0;
  busy_ = false;
  if (stopped_) return;
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled && !stopped_) start();
  });
  done_();
}

}  // namespace clientsync
