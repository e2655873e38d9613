// Whose an inbox is: its hidden file `.clientsync` names the ledger that knows what was imported there
// (docs/specification.md §2, "Once"). Under another ledger, or another name, all old files would look new.
#pragma once

#include <string>

#include "daemon/files/directory.hpp"

namespace clientsync {

inline const std::string mark_name = ".clientsync";

struct Mark {
  std::string ledger;  ///< its UUID
  std::string inbox;   ///< its name in the configuration
};

/// For people: "ledger …, inbox …".
[[nodiscard]] std::string describe(const Mark& mark);

/// What stands in the mark's place.
struct MarkSight {
  enum class State { ours, foreign, absent } state = State::absent;
  std::string found{};  ///< of what is foreign: what it says or is, for people
};

/// Anything that does not say what is expected is foreign. Throws std::system_error where it can't be read.
[[nodiscard]] MarkSight look_at_mark(const Directory& directory, const Mark& expected);

/// Puts the mark where none stands, durably, and gives what stands there then: ours or foreign. Throws
/// std::system_error where it can't be read or written.
[[nodiscard]] MarkSight claim_inbox(const Directory& directory, const Mark& mark);

/// Puts the mark in the place of any file that stands there. Throws std::system_error, also where a link, a directory
/// or something large stands in its place.
void put_mark(const Directory& directory, const Mark& mark);

}  // namespace clientsync
