// When files are complete, and which of them are new drops (docs/specification.md §2). Pure: listings, hints and the
// time come in as values; nothing here opens a file or reads a clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/files/directory.hpp"
#include "daemon/inbox/file_names.hpp"

namespace clientsync {

/// A moment on the daemon's own monotonic clock. File times are never compared with it.
using Moment = std::chrono::steady_clock::time_point;

struct Patience {
  std::chrono::milliseconds settle{1000};
  std::chrono::milliseconds empty{30000};  ///< for a file of zero bytes to grow
  unsigned cut_off_factor = 5;             ///< for what may be cut off
  bool polling = false;                    ///< two equal polls are wanted as well
};

/// A file that is complete and waits to be read.
struct Ready {
  std::string name;
  Stamp stamp;
  /// The daemon saw it put there, replaced or written again: a new drop though bytes and time are the same.
  bool anew = false;
  /// No import up to this one is of this arrival; a later one may be.
  std::int64_t arrived_after = 0;
  /// It has settled as long as what may be cut off needs, or was renamed into the inbox.
  bool patient = false;
  Moment since{};  ///< it has not changed
};

/// What inotify told since the last scan, by name.
struct Hints {
  /// True: renamed into the inbox, complete at once (but for a zero-byte file); false: written and closed.
  std::map<std::string, bool, std::less<>> arrived;
  /// Deleted or moved away.
  std::vector<std::string> removed;
  /// The newest import of the whole ledger that was known before the directory was looked at the last time: none of
  /// those is of an arrival that is seen only now, whichever daemon made them.
  std::int64_t newest_import = 0;
};

/// Follows the files of one inbox from scan to scan.
class Arrivals {
 public:
  Arrivals(std::vector<std::string> patterns, Patience patience);

  /// Whether the inbox is polled may change when its directory is opened again.
  void set_polling(bool polling) { patience_.polling = polling; }

  /// Takes what one scan found. `taken` says of a name of kind `other` whether it may be an input all the same (the
  /// ledger published a report there); it is asked once for each new stamp, and where it throws nothing has changed.
  /// Without it all such names are handed out. A listing of a directory that is missing must not be passed; before the
  /// first one of a directory that was missing or mounted anew call `forget_directory`.
  void observe(std::span<const Entry> listing, const Hints& hints, Moment now,
               const std::function<bool(const std::string&)>& taken = nullptr);

  /// Files that are complete and not yet handed out, in the order in which the daemon saw them arrive; those that one
  /// scan found, by mtime, then name.
  [[nodiscard]] std::vector<Ready> ready(Moment now);

  /// When `ready` may next have something new without a further event; nullopt: not before one.
  [[nodiscard]] std::optional<Moment> next(Moment now) const;

  // What became of a file that `ready` handed out:
  /// Imported, or known not to be a new drop. Where another stamp was seen since, the file goes on waiting. Of a name
  /// that was not handed out: it stands there by our own doing, and the hint of its arrival counts for nothing.
  /// `import` is the one that was made of it here: what arrived while it was in hand, or is seen from now on, came
  /// after it.
  void done(const std::string& name, const Stamp& stamp, std::int64_t import = 0);
  /// It was gone when it was to be read: it is handed out again where a scan finds it there all the same.
  void withdrawn(const std::string& name);
  /// It changed while it was read: starts anew.
  void settling(const std::string& name, Moment now);
  /// It may be cut off: it waits cut_off_factor times as long.
  void needs_patience(const std::string& name);
  /// A fault of its own or of the environment: it is handed out again then.
  void retry(const std::string& name, Moment at);

  /// The directory is missing or another one: names are kept, nothing counts as removed.
  void forget_directory();

  /// How many wait to be handed out, or for their fate; not those that the last scan found gone, or linked.
  [[nodiscard]] std::size_t waiting() const;

  /// Since when the one of them has not changed that has not changed for the longest; nullopt: none waits.
  [[nodiscard]] std::optional<Moment> oldest_waiting() const;

 private:
  struct File {
    Stamp stamp;
    Moment since{};           ///< the stamp was first seen then
    std::uint64_t order = 0;  ///< of arrival
    std::uint64_t scan = 0;   ///< the last one that found it
    bool anew = false;
    bool renamed_in = false;
    std::int64_t arrived_after = 0;
    std::int64_t import = 0;  ///< the newest that was told by `done`
    bool announced = false;   ///< the hint of this arrival has come, or none is due
    bool wants_patience = false;
    bool linked = false;  ///< the last scan found it with a second link
    unsigned equal_polls = 0;
    enum class State { waiting, handed_out, done, ignored } state = State::waiting;
    /// It changed, went or was written again while it was handed out; true: so that it is anew.
    std::optional<bool> again = std::nullopt;
    std::optional<Moment> not_before = std::nullopt;
  };
  using Named = std::map<std::string, File, std::less<>>::value_type;
  struct Told {
    bool arrived = false, renamed_in = false, removed = false;
  };

  [[nodiscard]] std::vector<bool> ignored(std::span<const Entry> listing,
                                          const std::function<bool(const std::string&)>& taken) const;
  [[nodiscard]] bool arrives(const Entry& entry, const Told& told, Moment now);
  [[nodiscard]] bool changes(File& file, const Stamp& stamp, const Told& told, Moment now) const;
  [[nodiscard]] static bool told_again(File& file, const Told& told, Moment now);
  void overlook(const Entry& entry, Moment now);
  void sweep();
  [[nodiscard]] File* give_back(const std::string& name);
  [[nodiscard]] std::optional<Moment> complete_at(const File& file) const;
  [[nodiscard]] bool waits(const File& file) const;

  std::vector<std::string> patterns_;
  Patience patience_;
  std::map<std::string, File, std::less<>> files_;
  std::uint64_t arrivals_ = 0;
  std::uint64_t scans_ = 0;
  bool first_scan_ = true;
};

}  // namespace clientsync
