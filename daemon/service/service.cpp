#include "daemon/service/service.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <cstdlib>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/api/api.hpp"
#include "daemon/console/site.hpp"
#include "daemon/http/forwarded.hpp"
#include "daemon/http/server.hpp"
#include "daemon/log.hpp"
#include "daemon/service/inbox_roots.hpp"
#include "daemon/service/job_queue.hpp"
#include "daemon/service/retention.hpp"
#include "daemon/service/startup_checks.hpp"
#include "daemon/service/status.hpp"
#include "importer/store/ledger.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;

/// How long the jobs at work are waited for when the service stops. What they hold is safe if the process just ends.
constexpr std::chrono::seconds stop_patience{15};
/// How long other threads wait for an answer of the home thread.
constexpr std::chrono::seconds home_patience{5};

Moment now() {
  return std::chrono::steady_clock::now();
}

/// What is known of the ledger when the service starts.
struct Ledger {
  std::string uuid;
  ImportId newest_import = 0;
  std::vector<Fault> weaknesses;  ///< of its database
};

Ledger prepare_ledger(const Config& config) {
  return ConnectionPool(config.database).use([&](Connection& connection) {
    std::vector<Fault> weaknesses = prepare_database(connection, config);
    return Ledger{ledger_uuid(connection), last_import(connection), std::move(weaknesses)};
  });
}

/// The threads that do the jobs. A stalled job keeps its thread, so more can be added.
class WorkerThreads {
 public:
  explicit WorkerThreads(unsigned count) : pool_(count) {}

  [[nodiscard]] asio::thread_pool::executor_type executor() { return pool_.get_executor(); }
  void replace(unsigned stalled) {
    while (added_.size() < stalled) added_.emplace_back([this] { pool_.attach(); });
  }
  void join() {
    pool_.join();
    for (std::thread& thread : added_) thread.join();
  }

 private:
  asio::thread_pool pool_;
  std::list<std::thread> added_;
};

class Service {
 public:
  Service(const Config& config, Ledger ledger);
  void run();

 private:
  void on_event(const WatchEvent& event);
  void pump();
  void pump_at(Moment at);
  void listen();
  void answer(HttpRequest request, const HttpRespond& respond);
  [[nodiscard]] std::size_t largest_body(const HttpRequest& head) const;
  [[nodiscard]] ServiceStatus ask_home(const StatusFilter& filter);
  void answer_from_site(HttpRequest request, const HttpRespond& respond);
  void tell_imports();
  void tell_entry();
  [[nodiscard]] StatusSources sources() const;
  void stop();
  void stop_site();

  const Config& config_;
  const Ledger ledger_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  asio::signal_set signals_{context_, SIGTERM, SIGINT};
  WorkerThreads threads_;
  ConnectionPool connections_;
  const CrashCount crash_count_;
  std::optional<Watcher> watcher_;
  const Workshop workshop_;
  JobQueue queue_;
  InboxRoots roots_;
  Retention retention_;
  asio::steady_timer pump_timer_{context_};
  std::optional<Site> site_;  ///< if the console is served
  std::optional<HttpServer> http_;
  Backoff listening_;
  asio::steady_timer http_timer_{context_};
  const Moment begun_ = now();
  ImportId told_import_ = ledger_.newest_import;  ///< to those who listen for events
  bool stopping_ = false;
};

std::optional<Watcher> make_watcher(asio::io_context& context, Watcher::Handler on_event) {
  try {
    return std::optional<Watcher>(std::in_place, context, std::move(on_event));
  } catch (const std::system_error& error) {
    log(LogLevel::warning, "watch.unavailable", {{"error", error.what()}, {"instead", "polling"}});
    return std::nullopt;
  }
}

Service::Service(const Config& config, Ledger ledger)
    : config_(config),
      ledger_(std::move(ledger)),
      threads_(directory_jobs + database_jobs + static_cast<unsigned>(config.roots.size())),
      connections_(config.database, ledger_.uuid),
      crash_count_(config.state),
      watcher_(make_watcher(context_, [this](const WatchEvent& event) { on_event(event); })),
      workshop_{connections_, crash_count_, watcher_ ? &*watcher_ : nullptr, ledger_.uuid},
      queue_({.workers = threads_.executor(),
              .home = context_.get_executor(),
              .perform = [this](const Job& job) { return perform(job, workshop_); },
              .finished = [this] { pump(); },
              .replace = [this](unsigned stalled) { threads_.replace(stalled); },
              .dropped =
                  [this](std::uint64_t inbox) {
                    if (watcher_) watcher_->forget(inbox);
                  }},
             ledger_.newest_import),
      roots_(config, queue_, workshop_.watcher,
             {.workers = threads_.executor(), .home = context_.get_executor(), .finished = [this] { pump(); }}),
      retention_(context_, threads_.executor(), connections_, config.retention) {}

void Service::run() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) stop();
  });
  log(LogLevel::info, "service.started",
      {{"version", CLIENTSYNC_VERSION},
       {"inboxes", std::to_string(config_.inboxes.size())},
       {"roots", std::to_string(config_.roots.size())}});
  retention_.start();
  listen();
  pump();
  context_.run();
  threads_.join();
  log(LogLevel::info, "service.stopped", {});
}

void Service::on_event(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::overflow) log(LogLevel::warning, "watch.overflow", {});
  if (!roots_.on_event(event)) queue_.on_event(event);
  // One pump for all events that have been read by then.
  pump_at(now());
}

/// Takes what has ended, starts what can be started, and sets the time of the next pump. When the service stops, the
/// last pump ends its loop. An event is told before the look that found what it is about.
void Service::pump() {
  if (watcher_ && !stopping_) watcher_->read_events();
  const Moment at = now();
  roots_.pump(at);
  queue_.pump(at);
  tell_imports();
  if (!stopping_) return pump_at(std::min(roots_.next_pump(), queue_.next_pump()));
  if (!queue_.idle() || !roots_.idle() || retention_.busy() || site_) return;
  pump_timer_.cancel();
  if (watcher_) watcher_->stop();
  guard_.reset();
}

void Service::pump_at(Moment at) {
  if (stopping_) return;
  if (at == Moment::max()) {
    pump_timer_.cancel();
    return;
  }
  pump_timer_.expires_at(std::max(at, begun_));
  pump_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopping_) pump();
  });
}

/// Called by the server's thread. The home thread knows what the pages say.
void Service::answer(HttpRequest request, const HttpRespond& respond) {
  const bool is_page = is_status_page(request.path);
  if (!is_page && site_) return answer_from_site(std::move(request), respond);
  if (!is_page) return respond(no_page(request.method));
  if (!is_from_here(request, *config_.http)) return respond(only_from_here());
  asio::post(context_, [this, request = std::move(request), respond] { respond(status_page(request, sources())); });
}

/// What somebody changes here, others see too.
void Service::answer_from_site(HttpRequest request, const HttpRespond& respond) {
  if (!is_unsafe(request.method)) return site_->answer(std::move(request), respond);
  site_->answer(std::move(request), [this, respond](HttpResponse response) {
    constexpr unsigned first_refusal = 400;
    const bool done = response.status < first_refusal;
    respond(std::move(response));
    if (done) asio::post(context_, [this] { tell_entry(); });
  });
}

std::size_t Service::largest_body(const HttpRequest& head) const {
  return site_ && !is_status_page(head.path) ? site_->largest_body(head) : 0;
}

/// For other threads, which wait for the answer.
ServiceStatus Service::ask_home(const StatusFilter& filter) {
  const auto answer = std::make_shared<std::promise<ServiceStatus>>();
  std::future<ServiceStatus> status = answer->get_future();
  asio::post(context_, [this, answer, filter] { answer->set_value(status_of(sources(), filter)); });
  if (status.wait_for(home_patience) != std::future_status::ready)
    throw std::runtime_error("the service does not answer");
  return status.get();
}

/// Pages that show the ledger look again.
void Service::tell_imports() {
  if (queue_.newest_import() == told_import_) return;
  told_import_ = queue_.newest_import();
  tell_entry();
}

void Service::tell_entry() {
  if (http_) http_->tell("entry", std::to_string(told_import_));
}

StatusSources Service::sources() const {
  return {.queue = queue_, .roots = roots_, .weaknesses = ledger_.weaknesses, .begun = begun_, .now = now()};
}

/// If it cannot listen, the folders are watched all the same.
void Service::listen() {
  if (!config_.http || stopping_) return;
  if (config_.http->console && !site_) {
    site_.emplace(ApiContext{.config = config_,
                             .connections = connections_,
                             .inboxes = [this] { return roots_.known(); },
                             .status = [this](const StatusFilter& filter) { return ask_home(filter); }});
  }
  try {
    http_.emplace(
        *config_.http, [this](HttpRequest request, const HttpRespond& respond) { answer(std::move(request), respond); },
        [this](const HttpRequest& head) { return largest_body(head); });
  } catch (const std::system_error& error) {
    if (!listening_.failing()) log(LogLevel::error, "http.unavailable", {{"error", error.what()}});
    http_timer_.expires_after(listening_.next());
    return http_timer_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) listen();
    });
  }
  log(LogLevel::info, "http.listening", {{"on", shown(*config_.http)}});
}

/// No job is begun any more. Those at work are waited for, but not for ever: a file system or a database may hang.
void Service::stop() {
  stopping_ = true;
  queue_.stop();
  roots_.stop();
  retention_.stop([this] { pump(); });
  http_timer_.cancel();
  http_.reset();
  if (site_) asio::post(threads_.executor(), [this] { stop_site(); });
  pump_timer_.expires_after(stop_patience);
  pump_timer_.async_wait([](const boost::system::error_code& finished) {
    if (finished) return;
    log(LogLevel::warning, "service.stopped", {{"unfinished", "jobs that do not answer"}});
    std::_Exit(EXIT_SUCCESS);
  });
  pump();
}

/// A worker waits for what the site has begun; the database may hang.
void Service::stop_site() {
  site_->stop();
  asio::post(context_, [this] {
    site_.reset();
    pump();
  });
}

}  // namespace

void run_service(const Config& config) {
  raise_file_limit();
  Service(config, prepare_ledger(config)).run();
}

}  // namespace clientsync
