// inotify on many directories. Its events are hints: whoever gets one looks at the directory again
// (docs/specification.md §2, "When").
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/files/directory.hpp"

namespace clientsync {

struct WatchEvent {
  enum class Kind {
    appeared,    ///< something was made under that name, or a report was put there: look again
    written,     ///< written and closed
    renamed_in,  ///< renamed into the directory
    removed,     ///< deleted or renamed away
    lost,        ///< the directory itself was moved, deleted or unmounted: it is not watched any more
    overflow,    ///< events were lost: look at every directory
  };
  Kind kind = Kind::appeared;
  std::uint64_t directory = 0;  ///< as given to `watch`; meaningless for overflow
  std::string name;             ///< bytes; empty for lost and overflow
};

/// For one thread: the one that runs the io_context.
class Watcher {
 public:
  using Handler = std::function<void(const WatchEvent&)>;

  /// Throws std::system_error where the kernel gives no inotify instance.
  Watcher(boost::asio::io_context& context, Handler handler);

  /// Watches the very directory that is held open, under that number. False where inotify can't be had for it (limits,
  /// file system, it is watched under another number).
  [[nodiscard]] bool watch(std::uint64_t number, const Directory& directory);
  void forget(std::uint64_t number);
  void stop();

 private:
  void wait();
  void read_events();
  void dispatch(int watch, std::uint32_t mask, std::uint32_t cookie, std::string name);

  boost::asio::posix::stream_descriptor descriptor_;
  Handler handler_;
  std::unordered_map<int, std::uint64_t> numbers_;  ///< by watch descriptor
  std::unordered_map<std::uint64_t, int> watches_;  ///< by number
  std::uint32_t own_move_ = 0;  ///< the cookie of the last rename of a temporary file of clientsync's own
  std::vector<char> buffer_;
};

}  // namespace clientsync
