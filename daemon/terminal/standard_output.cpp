#include "daemon/terminal/standard_output.hpp"

#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

namespace clientsync {

class StandardOutput::Buffer : public std::streambuf {
 public:
  /// errno of the first failure; 0: none so far. After a failure nothing more is written.
  [[nodiscard]] int fault() const { return fault_; }

  int sync() override {
    std::string_view rest = pending_;
    while (fault_ == 0 && !rest.empty()) {
      const ssize_t put = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (put >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(put));
      } else if (errno != EINTR) {
        fault_ = errno;
      }
    }
    pending_.clear();
    return fault_ == 0 ? 0 : -1;
  }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    constexpr std::size_t enough = std::size_t{1} << 16U;
    const std::string_view more(text, static_cast<std::size_t>(size));
    pending_ += more;
    const bool due = pending_.size() >= enough || (line_by_line_ && more.find('\n') != more.npos);
    return due && sync() != 0 ? 0 : size;
  }

  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
    const char text = traits_type::to_char_type(character);
    return xsputn(&text, 1) == 1 ? character : traits_type::eof();
  }

 private:
  std::string pending_;
  bool line_by_line_ = ::isatty(STDOUT_FILENO) != 0;
  int fault_ = 0;
};

StandardOutput::StandardOutput() : buffer_(std::make_unique<Buffer>()), before_(std::cout.rdbuf(buffer_.get())) {}

StandardOutput::~StandardOutput() {
  buffer_->sync();
  std::cout.rdbuf(before_);
}

void StandardOutput::finish() {
  buffer_->sync();
  const int fault = buffer_->fault();
  if (fault != 0 && fault != EPIPE)
    throw std::system_error(fault, std::generic_category(), "cannot write to standard output");
}

}  // namespace clientsync
