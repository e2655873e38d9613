#include "daemon/inbox/watcher.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "daemon/files/temporary.hpp"

namespace clientsync {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} << 10;
constexpr std::uint32_t interest = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_EXCL_UNLINK | IN_ONLYDIR;

int open_inotify() {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot watch directories by inotify");
  return fd;
}

WatchEvent::Kind kind_of(std::uint32_t mask) {
  if ((mask & IN_MOVED_TO) != 0) return WatchEvent::Kind::renamed_in;
  if ((mask & IN_CLOSE_WRITE) != 0) return WatchEvent::Kind::closed;
  if ((mask & IN_MODIFY) != 0) return WatchEvent::Kind::modified;
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) return WatchEvent::Kind::removed;
  if ((mask & IN_CREATE) != 0) return WatchEvent::Kind::appeared;
  return WatchEvent::Kind::lost;
}

}  // namespace

Watcher::Watcher(boost::asio::io_context& context, Handler handler)
    : descriptor_(context, open_inotify()), handler_(std::move(handler)), buffer_(buffer_bytes) {
  wait();
}

bool Watcher::watch(std::uint64_t number, const Directory& directory) {
  const std::lock_guard lock(mutex_);
  remove(number);
  // Its path may lead to another directory by now.
  const std::string handle = "/proc/self/fd/" + std::to_string(directory.fd());
  const int watch = ::inotify_add_watch(descriptor_.native_handle(), handle.c_str(), interest);
  if (watch < 0 || !numbers_.emplace(watch, number).second) return false;
  watches_[number] = watch;
  return true;
}

void Watcher::forget(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  remove(number);
}

/// The mutex is held.
void Watcher::remove(std::uint64_t number) {
  const auto it = watches_.find(number);
  if (it == watches_.end()) return;
  // Fails if the directory is gone, because then the kernel has removed the watch itself.
  static_cast<void>(::inotify_rm_watch(descriptor_.native_handle(), it->second));
  numbers_.erase(it->second);
  watches_.erase(it);
}

void Watcher::stop() {
  const std::lock_guard lock(mutex_);
  descriptor_.close();
}

void Watcher::wait() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (error) return;
                           read_events();
                           wait();
                         });
}

void Watcher::read_events() {
  const auto read = [this] { return ::read(descriptor_.native_handle(), buffer_.data(), buffer_.size()); };
  for (ssize_t length = read(); length > 0; length = read()) {
    for (ssize_t offset = 0; offset < length;) {
      inotify_event event{};
      std::memcpy(&event, buffer_.data() + offset, sizeof event);
      const char* name = buffer_.data() + offset + sizeof event;
      dispatch(event.wd, event.mask, event.cookie,
               event.len == 0 ? std::string() : std::string(name, ::strnlen(name, event.len)));
      offset += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  tell_moved_away(false);
}

/// The number of a watch, which is removed if its directory is lost; nullopt if it was removed before.
std::optional<std::uint64_t> Watcher::number_of(int watch, bool lost) {
  const std::lock_guard lock(mutex_);
  const auto it = numbers_.find(watch);
  if (it == numbers_.end()) return std::nullopt;
  const std::uint64_t number = it->second;
  if (lost) remove(number);
  return number;
}

void Watcher::dispatch(int watch, std::uint32_t mask, std::uint32_t cookie, std::string name) {
  tell_moved_away((mask & IN_MOVED_TO) != 0 && cookie == moved_away_cookie_ && is_temporary(name));
  if ((mask & IN_Q_OVERFLOW) != 0) return handler_({WatchEvent::Kind::overflow, 0, {}});
  WatchEvent::Kind kind = kind_of(mask);
  const auto number = number_of(watch, kind == WatchEvent::Kind::lost);
  if (!number) return;
  if (is_temporary(name)) {
    if ((mask & IN_MOVED_FROM) != 0) own_move_ = cookie;
    return;
  }
  if ((mask & IN_MOVED_FROM) != 0) {
    moved_away_ = {kind, *number, std::move(name)};
    moved_away_cookie_ = cookie;
    return;
  }
  // A report that we put in its place is not complete by virtue of its rename: a user may be saving over it already.
  const bool own_move = cookie != 0 && cookie == own_move_;
  if (own_move && kind == WatchEvent::Kind::renamed_in) kind = WatchEvent::Kind::placed;
  handler_({kind, *number, std::move(name)});
}

/// What we exchange for a newer report, or take aside to look at it, was not removed by anybody.
void Watcher::tell_moved_away(bool by_us) {
  if (!moved_away_) return;
  WatchEvent event = *std::exchange(moved_away_, std::nullopt);
  if (by_us) event.kind = WatchEvent::Kind::placed;
  handler_(event);
}

}  // namespace clientsync
