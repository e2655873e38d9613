// A password that somebody types.
#pragma once

#include <string>

namespace clientsync {

/// Asks for a password on the terminal, which does not show what is typed. Throws std::system_error if standard input
/// is no terminal, and std::runtime_error if the user gives up with Ctrl-C or Ctrl-D.
[[nodiscard]] std::string ask_password(const std::string& prompt);

/// The first line of standard input. Throws std::runtime_error if it is longer than 4,096 bytes.
[[nodiscard]] std::string read_password_line();

}  // namespace clientsync
