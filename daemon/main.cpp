// Turns the outcome of a command line into an exit status (docs/specification.md §8).
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "daemon/commands/command_line.hpp"
#include "daemon/terminal/standard_output.hpp"

namespace {

using clientsync::ExitStatus;

/// If whoever started the program closed a standard stream, the next file that it opens must not get that stream's
/// number: log lines would be written into it. If a reader goes away, work goes on.
void secure_standard_streams() {
  int descriptor = 0;
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for this signal
}

}  // namespace

int main(int argc, char** argv) {
  secure_standard_streams();
  try {
    clientsync::StandardOutput output;
    const int status = clientsync::run_command_line(argc, argv);
    output.finish();
    return status;
  } catch (const clientsync::UsageError& error) {
    std::cerr << "clientsync: " << error.what() << "\n";
    return static_cast<int>(ExitStatus::usage);
  } catch (const std::exception& error) {
    std::cerr << "clientsync: " << error.what() << "\n";
    return static_cast<int>(ExitStatus::environment_failed);
  }
}
