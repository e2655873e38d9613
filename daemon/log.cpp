#include "daemon/log.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sources/logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/utility/exception_handler.hpp>
#include <boost/make_shared.hpp>
#include <chrono>
#include <optional>

#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace logging = boost::log;

constexpr std::size_t longest_value = 300;
/// A pipe that polls as writable takes this much without blocking (PIPE_BUF).
constexpr std::size_t longest_line = 4096;

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      break;
  }
  return "error";
}

std::string now_utc() {
  return utc_timestamp(std::chrono::system_clock::now(), Precision::milliseconds);
}

std::string shorten(const std::string& value) {
  return value.size() <= longest_value ? value : value.substr(0, longest_value) + "...";
}

std::string text_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = now_utc() + " " + std::string(name_of(level)) + " " + std::string(event);
  for (const auto& [key, value] : fields) {
    const std::string shown = escape(shorten(value));
    const bool plain = !shown.empty() && shown.find_first_of(" \"=") == std::string::npos;
    line += " " + std::string(key) + "=";
    if (plain) {
      line += shown;
      continue;
    }
    line += '"';
    for (const char c : shown) line += c == '"' ? std::string("\\\"") : std::string(1, c);
    line += '"';
  }
  return line + "\n";
}

std::string json_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  boost::json::object line{{"time", now_utc()}, {"level", name_of(level)}, {"event", event}};
  for (const auto& [key, value] : fields) line[key] = escape(shorten(value));
  return boost::json::serialize(line) + "\n";
}

/// Writes finished lines to standard error, unless its reader has stopped reading.
class StandardError : public logging::sinks::basic_formatted_sink_backend<char, logging::sinks::synchronized_feeding> {
 public:
  void consume(const logging::record_view&, const string_type& line) {
    if (!writable()) {
      ++dropped_;
      return;
    }
    if (dropped_ > 0) {
      write("clientsync: log lines dropped because nobody read standard error: " + std::to_string(dropped_) + "\n");
      dropped_ = 0;
      if (!writable()) return;
    }
    write(line);
  }

 private:
  bool writable() {
    constexpr int patience_ms = 200;
    pollfd poll_for{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    // A reader that blocked one line is not waited for again, so that work goes on at full speed.
    return ::poll(&poll_for, 1, dropped_ > 0 ? 0 : patience_ms) == 1 && (poll_for.revents & POLLOUT) != 0;
  }
  static void write(const std::string& line) {
    const std::size_t length = std::min(line.size(), longest_line);
    // There is nowhere to report a failed write.
    if (::write(STDERR_FILENO, line.data(), length) < 0) return;
  }
  std::size_t dropped_ = 0;
};

struct Started {
  LogFormat format;
  LogLevel level;
};
std::optional<Started> started;

}  // namespace

void start_log(LogLevel level, LogFormat format) {
  using Sink = logging::sinks::synchronous_sink<StandardError>;
  const auto core = logging::core::get();
  core->remove_all_sinks();
  const auto sink = boost::make_shared<Sink>();
  sink->set_formatter(logging::expressions::stream << logging::expressions::smessage);
  core->add_sink(sink);
  core->set_exception_handler(logging::make_exception_suppressor());
  started = Started{format, level};
}

bool logs(LogLevel level) noexcept {
  return started && level >= started->level;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  try {
    if (!logs(level)) return;
    thread_local logging::sources::logger logger;
    logging::record record = logger.open_record();
    if (record) {
      logging::record_ostream stream(record);
      stream << (started->format == LogFormat::json ? json_line(level, event, fields)
                                                    : text_line(level, event, fields));
      stream.flush();
      logger.push_record(std::move(record));
    }
  } catch (...) {
    // Logging must never stop an import.
    return;
  }
}

}  // namespace clientsync
