// Standard output, with what went wrong when it was written to.
#pragma once

#include <memory>
#include <streambuf>

namespace clientsync {

/// As long as it lives, std::cout writes through it. On a terminal, each line is seen at once.
class StandardOutput {
 public:
  StandardOutput();
  ~StandardOutput();  ///< writes what is left, if it can
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  /// Writes what is left. Throws std::system_error if not everything could be written, unless that is because the
  /// reader closed its end: whoever reads the first lines of a list wants no message about the others.
  void finish();

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
  std::streambuf* before_;
};

}  // namespace clientsync
