#include "daemon/terminal/password.hpp"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>

namespace clientsync {
namespace {

constexpr char end_of_text = '\x03';          // Ctrl-C
constexpr char end_of_transmission = '\x04';  // Ctrl-D
constexpr char cancel_line = '\x15';          // Ctrl-U
constexpr char erase = '\x7f';

/// As long as it lives, the terminal shows nothing and hands over each key at once. Ctrl-C is a key too: if it ended
/// the program, the terminal would stay that way.
class SilentTerminal {
 public:
  SilentTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot ask for a password");
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios before_{};
};

/// The next byte of standard input; Ctrl-D at its end.
char next_byte() {
  char byte = end_of_transmission;
  ssize_t got = -1;
  while ((got = ::read(STDIN_FILENO, &byte, 1)) < 0 && errno == EINTR) {
  }
  if (got < 0) throw std::system_error(errno, std::generic_category(), "cannot read the password");
  return byte;
}

void erase_character(std::string& text) {
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; };
  while (!text.empty() && continues(text.back())) text.pop_back();
  if (!text.empty()) text.pop_back();
}

/// The prompt comes when the terminal is silent: what is typed after it is neither shown nor lost.
std::string read_keys(const std::string& prompt) {
  const SilentTerminal terminal;
  std::cerr << prompt << std::flush;
  std::string text;
  for (char byte = next_byte(); byte != '\n' && byte != '\r'; byte = next_byte()) {
    if (byte == end_of_text || byte == end_of_transmission) throw std::runtime_error("no password was given");
    if (byte == cancel_line) {
      text.clear();
    } else if (byte == erase || byte == '\b') {
      erase_character(text);
    } else {
      text += byte;
    }
  }
  return text;
}

}  // namespace

std::string ask_password(const std::string& prompt) {
  try {
    std::string text = read_keys(prompt);
    std::cerr << "\n";
    return text;
  } catch (...) {
    std::cerr << "\n";
    throw;
  }
}

std::string read_password_line() {
  constexpr std::size_t longest = 4096;
  std::string text;
  for (char byte = next_byte(); byte != '\n' && byte != end_of_transmission; byte = next_byte()) {
    if (text.size() == longest) throw std::runtime_error("the password on standard input is too long");
    text += byte;
  }
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace clientsync
