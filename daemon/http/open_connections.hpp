// The connections that are open, and which of them goes if there are too many, so that nobody can keep others out by
// opening connections on which he asks nothing. Used by one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <utility>

namespace clientsync {

inline constexpr std::size_t most_connections = 64, most_connections_of_peer = 24;

class OpenConnections {
 public:
  struct OpenConnection {
    std::string peer{};      ///< "" if this peer may have any number of connections
    bool busy = false;       ///< a request is being answered
    bool streaming = false;  ///< the answer is a stream of events
    std::function<void()> close{};
  };
  using Place = std::list<OpenConnection>::iterator;

  [[nodiscard]] Place add(std::string peer, std::function<void()> close) {
    return open_.insert(open_.end(), {.peer = std::move(peer), .close = std::move(close)});
  }
  void remove(Place place) { open_.erase(place); }

  /// Those that changed least recently come first.
  void set_busy(Place place, bool busy) {
    place->busy = busy;
    open_.splice(open_.end(), open_, place);
  }

  /// Makes room for a connection: closes the peer's own oldest idle one if it has many, or else the oldest idle one of
  /// all, or else the oldest one, if there are many in all. False if there is no room, since the peer is busy with all
  /// that it may have.
  [[nodiscard]] bool make_room(const std::string& peer) {
    const auto of_peer = [&](const OpenConnection& each) { return each.peer == peer; };
    if (!peer.empty() && std::ranges::count_if(open_, of_peer) >= std::ptrdiff_t{most_connections_of_peer})
      return close_first([&](const OpenConnection& each) { return of_peer(each) && !each.busy; });
    if (open_.size() < most_connections) return true;
    return close_first([](const OpenConnection& each) { return !each.busy; }) ||
           close_first([](const OpenConnection&) { return true; });
  }

  /// Closes those whose client waits for no answer.
  void close_idle() {
    for (OpenConnection& each : open_)
      if (!each.busy || each.streaming) each.close();
  }
  void close_all() {
    for (OpenConnection& each : open_) each.close();
  }

  [[nodiscard]] bool empty() const { return open_.empty(); }
  [[nodiscard]] std::size_t streams() const {
    return static_cast<std::size_t>(std::ranges::count(open_, true, &OpenConnection::streaming));
  }

 private:
  template <class Matches>
  bool close_first(const Matches& matches) {
    const Place place = std::ranges::find_if(open_, matches);
    if (place == open_.end()) return false;
    place->close();
    // It leaves when its coroutine has ended; until then it must not be found again.
    place->peer.clear();
    place->busy = true;
    return true;
  }

  std::list<OpenConnection> open_;
};

}  // namespace clientsync
