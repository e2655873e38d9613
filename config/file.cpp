#include "config/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace clientsync {

FileText read_file(const std::filesystem::path& path, std::size_t limit, bool secret) {
  struct Descriptor {
    int number;
    ~Descriptor() { ::close(number); }
  };
  // O_NONBLOCK: opening a FIFO must not block.
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (number < 0) return {"", "can't be opened: " + system_message(errno)};
  const Descriptor file{number};
  struct stat status {};
  if (::fstat(file.number, &status) != 0) return {"", "can't be read: " + system_message(errno)};
  if (!S_ISREG(status.st_mode)) return {"", "is not a regular file"};
  if (secret && (status.st_mode & 077U) != 0) {
    return {"", "is open to group or others; run: chmod 600 " + path.native()};
  }
  std::string content(limit + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ::ssize_t count = ::read(file.number, content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {"", "can't be read: " + system_message(errno)};
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > limit) return {"", "is larger than " + std::to_string(limit) + " bytes"};
  content.resize(size);
  return {std::move(content), ""};
}

std::string system_message(int error) {
  return std::system_category().message(error);
}

}  // namespace clientsync
