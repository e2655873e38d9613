#include "daemon/service/look_requests.hpp"

#include <utility>

#include "daemon/inbox/file_names.hpp"

namespace clientsync {

using Sign = Hints::Sign;

void LookRequests::on_event(const WatchEvent& event) {
  using Event = WatchEvent::Kind;
  if (event.kind == Event::lost) watch_lost_ = true;
  if (event.kind == Event::overflow) overflown_ = true;
  if (event.name.empty()) return;
  // What is never taken is not looked at; but the directory may go with the last of its files.
  if (event.kind != Event::removed && name_kind(event.name, {}) == NameKind::temporary) return;
  // The close of a file that is being written asks for a look, or its settling does.
  if (event.kind == Event::placed) placed_.insert(event.name);
  if (event.kind != Event::placed && event.kind != Event::modified) asked_.insert(event.name);
  take_hint(event);
}

void LookRequests::take_hint(const WatchEvent& event) {
  switch (event.kind) {
    case WatchEvent::Kind::renamed_in:
      hints_.signs[event.name] = Sign::renamed_in;
      break;
    case WatchEvent::Kind::modified:
      hints_.signs[event.name] = Sign::open;
      break;
    case WatchEvent::Kind::closed:
      if (Sign& sign = hints_.signs.try_emplace(event.name, Sign::closed).first->second; sign == Sign::open)
        sign = Sign::written;
      break;
    case WatchEvent::Kind::removed:
      hints_.removed.insert(event.name);
      hints_.signs.erase(event.name);
      break;
    case WatchEvent::Kind::appeared:
    case WatchEvent::Kind::placed:
      // The file of that name that was renamed in before is gone: this one has yet to be written.
      if (const auto known = hints_.signs.find(event.name);
          known != hints_.signs.end() && known->second == Sign::renamed_in)
        known->second = Sign::written;
      break;
    case WatchEvent::Kind::lost:
    case WatchEvent::Kind::overflow:
      break;
  }
}

std::set<std::string> LookRequests::names() const {
  std::set<std::string> names = asked_;
  names.insert(placed_.begin(), placed_.end());
  for (const auto& [name, sign] : hints_.signs) names.insert(name);
  return names;
}

Hints LookRequests::grant(bool listing) {
  asked_.clear();
  placed_.clear();
  if (listing) overflown_ = watch_lost_ = false;
  return std::exchange(hints_, {});
}

void LookRequests::move_sign(const std::string& name, Hints& hints) {
  const auto sign = hints_.signs.find(name);
  if (sign != hints_.signs.end()) hints.signs.insert(hints_.signs.extract(sign));
}

}  // namespace clientsync
