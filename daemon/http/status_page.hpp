// What the service says of its inboxes and of the files that wait there: as values, and as the page /status, which
// `clientsync status` and `clientsync explain` read again. Pure. Moments are RFC 3339 in UTC.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http/message.hpp"

namespace clientsync {

/// A file that the service has seen and not yet dealt with.
struct WaitingFile {
  std::string name{};  ///< as bytes
  std::uint64_t bytes = 0;
  std::string reason{};  ///< a word: see docs/operations.md, "What the service is doing"
  std::string why{};     ///< for people: "its writer has it open"
  std::string since{};   ///< the file has not changed since then
  std::string next{};    ///< when it is tried next, at the earliest; empty: as soon as its turn comes
  bool anew = false;     ///< the service saw it arrive: a new drop even if bytes and time are those of an import,
  std::int64_t arrived_after = 0;  ///< unless that import is newer than this one

  bool operator==(const WaitingFile&) const = default;
};

/// An inbox of the running service.
struct InboxStatus {
  std::string name{};
  std::string path{};  ///< as bytes
  std::string firm{};
  std::string watch{};               ///< "inotify", "polling"; empty while the folder is not open
  std::size_t waiting = 0;           ///< files
  std::vector<WaitingFile> files{};  ///< those of them that have not changed for longest

  bool operator==(const InboxStatus&) const = default;
};

/// A fault as the page tells it.
struct ToldFault {
  std::string event{};
  std::string inbox{};  ///< empty if it concerns no single inbox
  std::string file{};   ///< as bytes; empty if it concerns no single file
  std::string why{};
  std::string since{};
  bool warning = false;  ///< everything still works

  bool operator==(const ToldFault&) const = default;
};

struct ServiceStatus {
  std::string version{};
  std::vector<ToldFault> faults{};
  std::vector<InboxStatus> inboxes{};  ///< by name

  bool operator==(const ServiceStatus&) const = default;
};

/// Which part of the page is wanted. The faults are always told.
struct StatusFilter {
  std::string inbox{};  ///< this one alone; empty: all
  std::string file{};   ///< of the waiting files this one alone; empty: all

  bool operator==(const StatusFilter&) const = default;
};

/// `/status`, `/status?inbox=main&file=a%20b.csv`, and back from what follows the `?`. Other keys are passed over.
[[nodiscard]] std::string target_of(const StatusFilter& filter);
[[nodiscard]] StatusFilter filter_of(std::string_view query);

/// As they stand on the page.
[[nodiscard]] boost::json::object object_of(const InboxStatus& inbox);
[[nodiscard]] boost::json::object object_of(const ToldFault& fault);

[[nodiscard]] HttpResponse page_of(const ServiceStatus& status);

/// What a page says. Throws std::runtime_error if it is no such page.
[[nodiscard]] ServiceStatus read_page(std::string_view body);

}  // namespace clientsync
