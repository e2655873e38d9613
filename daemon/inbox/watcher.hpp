// Watches directories by inotify. Its events are hints: whoever gets one looks at the file that it names
// (docs/specification.md §2, "When").
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/files/directory.hpp"

namespace clientsync {

struct WatchEvent {
  enum class Kind {
    appeared,    ///< something was created under that name
    placed,      ///< a temporary file of ours was put there, or what was there became one: a report changed places
    modified,    ///< written to by somebody who has it open
    closed,      ///< closed by somebody who had opened it for writing
    renamed_in,  ///< renamed into the directory
    removed,     ///< deleted or renamed away
    lost,        ///< the directory itself was moved, deleted or unmounted, and is no longer watched
    overflow,    ///< events were lost: any directory may have changed
  };
  Kind kind = Kind::appeared;
  std::uint64_t directory = 0;  ///< the number given to `watch`; meaningless for overflow
  std::string name;             ///< bytes; empty for lost and overflow
};

/// `watch` and `forget` may be called from any thread, the rest from the thread that runs the io_context.
class Watcher {
 public:
  using Handler = std::function<void(const WatchEvent&)>;

  /// The handler is called by the thread that runs the io_context. Throws std::system_error if the kernel gives no
  /// inotify instance.
  Watcher(boost::asio::io_context& context, Handler handler);

  /// Watches this very directory under that number, in place of the one that had the number before. Returns false if
  /// inotify cannot watch it: limits, the file system, or it is watched under another number. Call it before listing
  /// the directory, otherwise a file that arrives in between is missed.
  [[nodiscard]] bool watch(std::uint64_t number, const Directory& directory);
  void forget(std::uint64_t number);
  void stop();
  /// Calls the handler for all events that have happened by now.
  void read_events();

 private:
  void wait();
  void dispatch(int watch, std::uint32_t mask, std::uint32_t cookie, std::string name);
  void tell_moved_away(bool by_us);
  [[nodiscard]] std::optional<std::uint64_t> number_of(int watch, bool lost);
  void remove(std::uint64_t number);

  boost::asio::posix::stream_descriptor descriptor_;
  Handler handler_;
  /// Held while a watch is added and registered, so that no event of an unregistered watch is dispatched.
  std::mutex mutex_;
  std::unordered_map<int, std::uint64_t> numbers_;  ///< by watch descriptor
  std::unordered_map<std::uint64_t, int> watches_;  ///< by number
  std::uint32_t own_move_ = 0;  ///< the cookie of the last event in which one of our temporary files was renamed
  /// A file that was renamed away, until the next event tells whether it became a temporary file of ours.
  std::optional<WatchEvent> moved_away_;
  std::uint32_t moved_away_cookie_ = 0;
  std::vector<char> buffer_;
};

}  // namespace clientsync
