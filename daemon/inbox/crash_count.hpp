// Which file a daemon has in hand, kept where it outlives the daemon: a file that kills it again and again is found
// out.
#pragma once

#include <map>
#include <string>

#include "daemon/files/directory.hpp"

namespace clientsync {

/// After this many deaths with it in hand a file is set aside.
inline constexpr unsigned max_deaths = 3;

/// The daemon's notes in the hidden file `.clientsync.in-hand` of an inbox. They need not survive a power cut, so they
/// cost no fsync. Each daemon that watches the inbox has notes of its own, under a lock that its death releases. For
/// one thread at a time. They are
/// there only while files are taken: an idle inbox costs no file.
class InHand {
 public:
  /// Opens the notes and counts the file that was in hand when their last owner died. Throws std::system_error.
  explicit InHand(const Directory& directory);
  ~InHand();  ///< work on what is in hand has ended; removes the notes where they say nothing then
  InHand(const InHand&) = delete;
  InHand& operator=(const InHand&) = delete;

  /// How often a daemon died with this very file in hand: the same name, inode, size and mtime.
  [[nodiscard]] unsigned deaths(const std::string& name, const Stamp& stamp) const;

  void begin(const std::string& name, const Stamp& stamp) noexcept;
  /// The work on the file has ended, well or badly: the daemon lives.
  void end() noexcept;

 private:
  void write() const;

  const Directory& directory_;
  std::string notes_name_;
  FileDescriptor notes_;
  std::map<std::string, unsigned> deaths_;  ///< by file, as one word
  std::string in_hand_;                     ///< empty: nothing
};

}  // namespace clientsync
