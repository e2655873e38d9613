// Puts files in their places whole or not at all, and removes them (docs/specification.md §5, "Publishing"), in a
// directory where users save over them at any moment: nothing that a user wrote is ever lost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/files/directory.hpp"
#include "daemon/files/rename.hpp"
#include "daemon/files/temporary.hpp"

namespace clientsync {

/// A report or mark on its way to its place: a hidden temporary file of our own. For a report it is made before the
/// transaction, to prove that a report can be written at all. The directory must outlive it.
class NewFile {
 public:
  /// Creates the empty temporary file. Throws std::system_error.
  explicit NewFile(const Directory& directory);
  ~NewFile();  ///< removes the temporary file if it is still there and still ours
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  /// Allocates room for that many bytes, so that a full disk shows before anything is imported. Throws
  /// std::system_error.
  void reserve(std::uint64_t bytes);

  /// Writes the bytes; sets the mode (`mode`, but owner and group may always read and write) and the directory's group
  /// if that is permitted; fsyncs. To be called once. If it throws std::system_error, the object is of no more use.
  void write(std::string_view bytes, std::uint32_t mode);

  enum class Placed {
    done,      ///< the file was put at `place`, durably; a user may have saved over it since
    occupied,  ///< something that must not be replaced is there; nothing has changed, and another place can be tried
  };
  /// Puts the file at `place`. A free place takes one rename that replaces nothing. If a regular file of at most
  /// `limit` bytes is there and `replaceable` accepts its bytes, the names are exchanged, and if other bytes come out
  /// than were asked about, they are put back. `replaceable` is only asked before anything is moved. Never follows or
  /// replaces a link, directory or other thing. Throws std::system_error.
  [[nodiscard]] Placed place(const std::string& place, const Known& replaceable, std::uint64_t limit);

  /// The stamp of the file as it was written: as long as its place has this stamp, nobody has touched it.
  [[nodiscard]] const Stamp& stamp() const { return stamp_; }

 private:
  enum class State { empty, written, spent };
  enum class Replaced { yes, not_yet, not_movable };

  [[nodiscard]] const std::string& name() const { return aside_ ? aside_->name() : own_.name; }
  [[nodiscard]] Sight ours() const;
  void fill();
  void renew_if_lost(std::uint64_t limit);
  [[nodiscard]] bool holds_ours() const;
  [[nodiscard]] Replaced replace(const std::string& place, const std::string& accepted, std::uint64_t limit);
  [[nodiscard]] Replaced replace_by_steps(const std::string& place, const std::string& accepted, std::uint64_t limit);

  const Directory& directory_;
  Temporary own_;
  std::unique_ptr<Aside> aside_;  ///< the file's name once it may come to hold what a user saved
  State state_ = State::empty;
  std::string bytes_;
  std::uint32_t mode_ = 0;
  Stamp stamp_;  ///< of our own file as it was written; inode 0 before
};

/// Removes `name` if it is a regular file of at most `limit` bytes that `removable` accepts: moves it aside first and
/// checks what was moved; anything else is put back. Returns true if it was removed or was not there. Throws
/// std::system_error.
bool remove_file(const Directory& directory, const std::string& name, const Known& removable, std::uint64_t limit);

}  // namespace clientsync
