// Decides when files are complete, and which of them are new drops (docs/specification.md §2). Pure: listings, hints
// and the time come in as values; nothing here opens a file or reads a clock. The folder daemon/inbox may use
// daemon/files, daemon/log, config, importer/text and importer/digest.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "daemon/files/directory.hpp"

namespace clientsync {

/// A moment on the daemon's own monotonic clock. File times are never compared with it.
using Moment = std::chrono::steady_clock::time_point;

/// So many files of an inbox are ready at most. The others wait in Arrivals, which keeps less of each.
inline constexpr std::size_t most_ready = 1000;

struct Patience {
  std::chrono::milliseconds settle{1000};
  std::chrono::milliseconds writer{
      30000};                   ///< how long an empty file, or one that its writer has open, may take to grow
  unsigned cut_off_factor = 5;  ///< a file that may be cut off settles this many times as long
  bool polling = false;         ///< require two equal polls as well
};

/// A file that is complete and can be read.
struct Ready {
  std::string name;
  Stamp stamp;
  /// The daemon saw it arrive, or be replaced or written again: it is a new drop even if bytes and time are the same.
  bool anew = false;
  /// Imports up to this one are older than the arrival of the file; a later one may be of this very arrival.
  std::int64_t arrived_after = 0;
  /// It was renamed into the inbox, or has settled as long as a file that may be cut off has to.
  bool patient = false;
  Moment since{};     ///< it has not changed since then
  Moment complete{};  ///< when it became complete
};

/// What inotify told since the last scan, by name.
struct Hints {
  /// The last thing that happened to a file.
  enum class Sign {
    renamed_in,  ///< renamed into the inbox, and so complete at once unless it is empty
    open,        ///< written to, and not closed since
    written,     ///< written to and closed
    closed,      ///< closed by somebody who had opened it for writing, whether or not there was a write before
  };
  std::map<std::string, Sign, std::less<>> signs;
  /// Deleted or moved away.
  std::set<std::string, std::less<>> removed;
  /// The newest import of the whole ledger that was known before the previous look at the directory. A file that is
  /// first seen now arrived after that import, whichever daemon made it.
  std::int64_t newest_import = 0;
};

/// Follows the files of one inbox from scan to scan.
class Arrivals {
 public:
  Arrivals(std::vector<std::string> patterns, Patience patience);

  /// Whether the inbox is polled may change when its directory is opened again.
  void set_polling(bool polling) { patience_.polling = polling; }

  /// Takes the result of one scan. Files whose names match no pattern are followed too, since they may be edited
  /// reports; temporary files are not. Before the first listing of a directory that was missing or was mounted anew,
  /// call `forget_directory`.
  void observe(std::span<const Entry> listing, const Hints& hints, Moment now);

  /// Takes the result of a look at these names alone: a scan that leaves out all others. `found` are the entries of
  /// those that are there.
  void observe_names(std::span<const std::string> names, std::span<const Entry> found, const Hints& hints, Moment now);

  /// Hands out the first `most` of the files that have become complete, in the order in which they became complete;
  /// those that became complete at the same moment in the order in which the daemon saw them arrive; those of one scan
  /// by mtime, then name. Each one stays handed out until one of the functions below tells its fate.
  [[nodiscard]] std::vector<Ready> ready(Moment now, std::size_t most);

  /// The first `most` files that another look must find unchanged before `ready` gives them, or that could not be
  /// examined and are worth another look.
  [[nodiscard]] std::vector<std::string> due(Moment now, std::size_t most) const;

  /// When `ready` may have something new although no event comes; nullopt if only an event can change that.
  [[nodiscard]] std::optional<Moment> next(Moment now) const;

  /// The file was imported, or is not a new drop. If another version was seen since, the name goes on waiting. `import`
  /// is the import that was made of it: whatever arrived while it was handed out, or arrives later, came after that
  /// import. If the name was not handed out, it is a file that we put there, and the hint of its arrival is ignored.
  void done(const std::string& name, const Stamp& stamp, std::int64_t import = 0);
  /// The file was gone when it was to be read. It is handed out again if the next scan finds it after all.
  void withdrawn(const std::string& name);
  /// The file changed while it was read: it has to settle again.
  void settling(const std::string& name, Moment now);
  /// The file may be cut off: it has to settle `cut_off_factor` times as long.
  void needs_patience(const std::string& name);
  /// The file could not be imported for now: it is handed out again at that time.
  void retry(const std::string& name, Moment at);

  /// The directory is missing or is another one: its files are remembered, and none counts as removed.
  void forget_directory();

  /// The number of files that wait to be handed out or for their fate, without those that the last scan found missing
  /// or with a second link.
  [[nodiscard]] std::size_t waiting() const;

  /// Since when the one of these files that waits longest has not changed; nullopt if none waits.
  [[nodiscard]] std::optional<Moment> oldest_waiting() const;

  /// What a file waits for.
  enum class Wait : std::uint8_t {
    handed_out,   ///< its fate: nothing more is known here
    turn,         ///< it is complete, and others come first
    settle,       ///< it has to stay unchanged
    writer,       ///< its writer has it open
    growth,       ///< it is empty
    rest,         ///< it may be cut off
    retry,        ///< an attempt failed
    examination,  ///< it cannot be examined
    second_link,  ///< it has a second hard link, as backups make them
  };
  /// A file that waits.
  struct Waiting {
    std::string name;
    std::uint64_t bytes = 0;
    Wait wait = Wait::settle;
    Moment since{};                ///< it has not changed since then
    std::optional<Moment> next{};  ///< when its wait is over if nothing happens; nullopt: nobody knows
    bool anew = false;             ///< as in Ready
    std::int64_t arrived_after = 0;
  };
  /// The first `most` of the files that wait, those first that have not changed for longest; files with a second link
  /// too, which do not count as waiting.
  [[nodiscard]] std::vector<Waiting> waiting_files(std::size_t most) const;
  /// The file of that name if it waits.
  [[nodiscard]] std::optional<Waiting> waiting_file(const std::string& name) const;

 private:
  /// What starts anew when a file changes. Small, since a hundred thousand files may wait.
  struct Version {
    Stamp stamp{};
    Moment since{};           ///< the first scan that saw it
    Moment not_before{};      ///< it is tried again then
    bool renamed_in = false;  ///< and so complete at once
    bool announced = false;   ///< the hint of its arrival has come, or none is due
    bool open = false;        ///< written to, and not closed since
    bool needs_patience = false;
    bool linked = false;           ///< the last scan found it with a second link
    std::uint8_t equal_polls = 0;  ///< scans that found it unchanged, up to as many as polling requires
  };
  struct File {
    Version version{};
    Moment turn = Moment::max();  ///< with `order`, its place in `line_`; Moment::max(): it has none
    std::uint64_t order = 0;      ///< of its arrival among all arrivals
    std::int64_t arrived_after = 0;
    std::uint32_t scan = 0;  ///< the last one that found it; see `unscanned` and `missing`
    bool anew = false;
    enum class State : std::uint8_t { waiting, handed_out, done } state = State::waiting;
    /// Set if it changed, vanished or was written again while it was handed out; true if that makes it a new drop.
    std::optional<bool> again{};
  };
  using Named = std::map<std::string, File, std::less<>>::value_type;
  /// The order in which files become complete that need nothing but time.
  struct Sooner {
    bool operator()(const Named* a, const Named* b) const {
      return std::tie(a->second.turn, a->second.order) < std::tie(b->second.turn, b->second.order);
    }
  };
  struct Told {
    bool arrived = false, renamed_in = false, open = false, closed = false, removed = false;
  };
  [[nodiscard]] static Told told_of(const std::string& name, const Hints& hints);

  void take_entries(std::span<const Entry> entries, const Hints& hints, Moment now);
  [[nodiscard]] Named* take_entry(const Entry& entry, const Hints& hints, Moment now);
  [[nodiscard]] bool update(File& file, const Entry& entry, Told told, Moment now);
  [[nodiscard]] bool note_change(File& file, const Stamp& stamp, const Told& told, Moment now) const;
  void note_hidden(const Entry& entry, Moment now);
  [[nodiscard]] bool forget_missing(File& file) const;
  void forget(Named& named);
  void settle_fate(File& file, bool is_new, const Stamp& stamp, std::int64_t import);
  [[nodiscard]] Named* take_back(const std::string& name);
  void leave_line(Named& named);
  void line_up(Named& named);
  [[nodiscard]] Wait wait_of(const File& file) const;
  [[nodiscard]] Waiting waiting_of(const Named& named) const;
  [[nodiscard]] std::optional<Moment> complete_at(const File& file) const;
  [[nodiscard]] bool is_missing(const File& file) const;
  [[nodiscard]] bool is_waiting(const File& file) const;
  [[nodiscard]] bool is_shown(const File& file) const;

  std::vector<std::string> patterns_;
  Patience patience_;
  std::map<std::string, File, std::less<>> files_;
  std::set<Named*, Sooner> line_;
  std::uint64_t arrivals_ = 0;
  std::uint32_t scans_ = 0;
  bool first_scan_ = true;  ///< of this directory: what it finds may have been there for long
};

/// For people: "its writer has it open".
[[nodiscard]] std::string_view sentence(Arrivals::Wait wait);

}  // namespace clientsync
