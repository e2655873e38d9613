// The hidden file `.clientsync` marks an inbox with the ledger that knows what was imported there, and with its name
// (docs/specification.md §2, "Once"). Under another ledger or name, all old files would look new.
#pragma once

#include <string>

#include "daemon/files/directory.hpp"

namespace clientsync {

inline const std::string mark_name = ".clientsync";

struct Mark {
  std::string ledger;  ///< its UUID
  std::string inbox;   ///< its name in the configuration

  bool operator==(const Mark&) const = default;
};

/// For people: "ledger …, inbox …".
[[nodiscard]] std::string describe(const Mark& mark);

/// What is at the mark's name in an inbox. Anybody who can write to the inbox can damage its mark, so a damaged one
/// stops nothing (docs/specification.md §7).
struct MarkSight {
  enum class State {
    ours,
    foreign,  ///< a well-formed mark of another ledger or inbox name
    absent,
    damaged,  ///< anything else: an empty file, rubbish, a link, a directory, a second hard link, an unreadable file
  };
  State state = State::absent;
  std::string found{};    ///< for people: what a foreign mark says, or what a damaged one is; empty otherwise
  bool restored = false;  ///< by `claim_inbox`: ours, put over a damaged one
  bool unmarked = false;  ///< by `claim_inbox`: counts as ours, but the damaged one could not be replaced
};

/// Throws std::system_error.
[[nodiscard]] MarkSight look_at_mark(const Directory& directory, const Mark& expected);

/// Puts the mark, durably, if there is none or if a damaged file of at most 4096 bytes is in its place. Returns what is
/// there afterwards: ours or foreign. Throws std::system_error if the inbox cannot be written.
[[nodiscard]] MarkSight claim_inbox(const Directory& directory, const Mark& mark);

/// Puts the mark over any file of at most 4096 bytes. Throws std::runtime_error if a link, a directory or a larger file
/// is in its place, and std::system_error if the inbox cannot be written.
void put_mark(const Directory& directory, const Mark& mark);

}  // namespace clientsync
