// Reports put in their place whole or not at all, and taken away again (docs/specification.md §5, "Publishing"), in a
// folder where users save over them at any moment: nothing that a user wrote is ever lost to a report.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/files/directory.hpp"
#include "daemon/files/rename.hpp"

namespace clientsync {

/// Says of the SHA-256 of a file whether its bytes are ours to replace or remove. It is only asked before anything is
/// moved.
using Known = std::function<bool(const std::string& sha256)>;

/// The place of the `n`-th choice (1, 2, …) for the report of `input` (docs/specification.md §5, "Name"): "clients.csv"
/// gives "clients.errors.csv", then "clients.errors.2.csv". At most `longest` bytes: a name too long is cut at a
/// character and gets `~` and 8 hexadecimal digits of the SHA-256 of the input's name.
[[nodiscard]] std::string report_place(const std::string& input, unsigned n, std::size_t longest);

/// A new, empty file of our own under a random name, locked as long as it is open: that shows remove_strays that its
/// owner lives.
struct Temporary {
  explicit Temporary(const Directory& directory);  ///< throws std::system_error
  std::string name;                                ///< `.clientsync-<16 hex>.tmp`
  FileDescriptor fd;
};

/// A name for what is moved aside. The lock on what stands there may be anybody's, so there is a temporary file of the
/// same digits beside it, as the sign that its owner lives.
class Aside {
 public:
  explicit Aside(const Directory& directory);  ///< throws std::system_error
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const Directory& directory_;
  Temporary sign_;
  std::string name_;
};

/// A report on its way: a hidden temporary file of our own in the inbox, made before the transaction to prove that a
/// report can be written at all. The directory must outlive it.
class ReportFile {
 public:
  /// Makes the empty temporary file, exclusively, under a random name that `is_temporary` knows. Throws
  /// std::system_error.
  explicit ReportFile(const Directory& directory);
  ~ReportFile();  ///< removes the temporary file if it is still there and holds nothing of a user's
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;

  /// Makes room for a report of that many bytes, so that a full disk shows before anything is imported. Throws
  /// std::system_error.
  void reserve(std::uint64_t bytes);

  /// Writes the bytes, sets the mode (that of the input, owner and group may always read and write) and the directory's
  /// group where permitted, and fsyncs. Once. Throws std::system_error; then this object is of no more use.
  void write(std::string_view bytes, std::uint32_t input_mode);

  enum class Placed {
    done,      ///< the report was put at `place`, durably; a user may have saved over it since
    occupied,  ///< something that may not be replaced stands there; nothing has changed, another place can be tried
  };
  /// Puts the report at `place`, by one rename that replaces nothing, or, where `replaceable` says yes to what stands
  /// there (a regular file of at most `limit` bytes), by exchanging the names and looking at what came out: bytes that
  /// are not those that were asked about are put back. Never follows or replaces a link, directory or other thing.
  /// Throws std::system_error.
  [[nodiscard]] Placed place(const std::string& place, const Known& replaceable, std::uint64_t limit);

  /// Of the report as it was written: what still has this stamp at its place was not touched since.
  [[nodiscard]] const Stamp& stamp() const { return stamp_; }

 private:
  enum class State { empty, written, spent };
  enum class Replaced { yes, not_yet, not_movable };

  void create();
  [[nodiscard]] Sight ours() const;
  void fill();
  void renew_if_lost(std::uint64_t limit);
  [[nodiscard]] bool holds_ours() const;
  [[nodiscard]] Replaced replace(const std::string& place, const std::string& accepted, std::uint64_t limit);
  [[nodiscard]] Replaced replace_by_steps(const std::string& place, const std::string& accepted, std::uint64_t limit);

  const Directory& directory_;
  Temporary own_;
  std::string temporary_;       ///< where it stands by now
  std::optional<Aside> aside_;  ///< once it may come to stand for what a user saved
  State state_ = State::empty;
  std::string bytes_;
  std::uint32_t mode_ = 0;
  Stamp stamp_;  ///< of our own file as it was written; inode 0 before
};

/// True for names that clientsync gives to temporary files: `.clientsync-<16 hex>.tmp` holds nothing but our own bytes;
/// `.clientsync-<16 hex>.aside` may hold, for moments or after a crash, what a user saved.
[[nodiscard]] bool is_temporary(std::string_view name);

/// Removes `name` where it is a regular file of at most `limit` bytes that `removable` accepts, by moving it aside
/// first and looking at what was moved; anything else is put back. True where it was removed or was not there. Throws
/// std::system_error.
bool remove_file(const Directory& directory, const std::string& name, const Known& removable, std::uint64_t limit);

/// Removes those of the temporary files of these names that a crash left behind; those of a living process (this one or
/// another, as far as the file system's locks reach) stay, and so do all where there are no locks. Gives the names that
/// were left because they hold bytes that `known` does not accept: a user's, for a person to look at. Throws
/// std::system_error.
[[nodiscard]] std::vector<std::string> remove_strays(const Directory& directory, std::span<const std::string> names,
                                                     const Known& known, std::uint64_t limit);

/// Gives what `remove_strays` left a visible name, "recovered-<16 hex>.csv", so that its user finds it and it is a drop
/// like any other. Gives that name. Throws std::system_error.
std::string show_again(const Directory& directory, const std::string& stray);

}  // namespace clientsync
