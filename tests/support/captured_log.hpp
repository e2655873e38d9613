// What the log says during a test.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "daemon/log.hpp"

namespace clientsync::testing {

/// Keeps what this process writes to standard error, and with it the log, for as long as it lives.
class CapturedLog {
 public:
  CapturedLog() : kept_(::memfd_create("log", MFD_CLOEXEC)), before_(::dup(STDERR_FILENO)) {
    if (kept_ < 0 || before_ < 0 || ::dup2(kept_, STDERR_FILENO) < 0)
      throw std::system_error(errno, std::generic_category(), "cannot capture the log");
    start_log(LogLevel::info, LogFormat::json);
  }
  ~CapturedLog() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(kept_);
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  /// How many lines of that event, with that text in them, there are so far.
  [[nodiscard]] int lines(std::string_view event, std::string_view text = "") const {
    const std::string all = read();
    const std::string wanted = "\"event\":\"" + std::string(event) + '"';
    int count = 0;
    for (std::size_t start = 0, end = 0; (end = all.find('\n', start)) != std::string::npos; start = end + 1) {
      const auto line = std::string_view(all).substr(start, end - start);
      if (line.find(wanted) != std::string_view::npos && line.find(text) != std::string_view::npos) ++count;
    }
    return count;
  }

  /// All that it said so far.
  [[nodiscard]] std::string read() const {
    std::string all;
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::pread(kept_, part.data(), part.size(), static_cast<off_t>(all.size()))) > 0;)
      all.append(part.data(), static_cast<std::size_t>(got));
    return all;
  }

 private:
  int kept_, before_;
};

}  // namespace clientsync::testing
