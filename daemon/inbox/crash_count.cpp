#include "daemon/inbox/crash_count.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr unsigned max_daemons = 16;
constexpr std::size_t max_notes = std::size_t{64} << 10;
constexpr std::string_view in_hand_mark = "in-hand";

/// A file as one word: its stamp and its name.
std::string word_for(const std::string& name, const Stamp& stamp) {
  std::string word = std::to_string(stamp.device) + ":" + std::to_string(stamp.inode) + ":" +
                     std::to_string(stamp.size) + ":" + std::to_string(stamp.mtime) + ":" + escape(name);
  for (char& c : word) {
    if (c == ' ') c = '/';  // no file name has a slash
  }
  return word;
}

/// True where the file that the word is for still stands in the directory, as it was.
bool stands_there(const Directory& directory, const std::string& word) {
  std::size_t name = 0;
  for (int part = 0; part < 4 && name != std::string::npos; ++part) name = word.find(':', name == 0 ? 0 : name + 1);
  if (name == std::string::npos) return false;
  std::string escaped = word.substr(name + 1);
  std::ranges::replace(escaped, '/', ' ');
  const auto entry = directory.look(unescape(escaped));
  return entry && word_for(entry->name, entry->stamp) == word;
}

/// The notes of that number, locked; none where another daemon has them, or is just done with them and removes them.
/// Somebody else's link or directory is in nobody's way: it is not opened.
FileDescriptor open_notes(const Directory& directory, const std::string& name) {
  constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  constexpr mode_t mode = 0600;
  FileDescriptor notes(::openat(directory.fd(), name.c_str(), flags, mode));
  struct stat status {};
  const bool usable = notes && ::flock(notes.get(), LOCK_EX | LOCK_NB) == 0 && ::fstat(notes.get(), &status) == 0 &&
                      S_ISREG(status.st_mode) && status.st_nlink == 1;
  return usable ? std::move(notes) : FileDescriptor();
}

std::string read_notes(const FileDescriptor& notes) {
  std::string text(max_notes, '\0');
  const ssize_t length = ::pread(notes.get(), text.data(), text.size(), 0);
  text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return text;
}

}  // namespace

InHand::InHand(const Directory& directory) : directory_(directory) {
  for (unsigned n = 1; !notes_ && n <= max_daemons; ++n) {
    notes_name_ = ".clientsync.in-hand" + (n == 1 ? std::string() : "." + std::to_string(n));
    notes_ = open_notes(directory, notes_name_);
  }
  if (!notes_) throw_errno("keep notes in", directory, notes_name_);
  std::istringstream lines(read_notes(notes_));
  for (std::string word, mark; lines >> mark >> word;) {
    unsigned& deaths = deaths_[word];
    if (mark == in_hand_mark) {
      ++deaths;
    } else {
      deaths += static_cast<unsigned>(std::strtoul(mark.c_str(), nullptr, 10));
    }
  }
  std::erase_if(deaths_, [&](const auto& entry) { return !stands_there(directory, entry.first); });
  write();
}

InHand::~InHand() {
  end();
  if (deaths_.empty()) ::unlinkat(directory_.fd(), notes_name_.c_str(), 0);
}

unsigned InHand::deaths(const std::string& name, const Stamp& stamp) const {
  const auto found = deaths_.find(word_for(name, stamp));
  return found == deaths_.end() ? 0 : found->second;
}

void InHand::begin(const std::string& name, const Stamp& stamp) noexcept {
  in_hand_ = word_for(name, stamp);
  write();
}

void InHand::end() noexcept {
  deaths_.erase(in_hand_);
  in_hand_.clear();
  write();
}

/// One write, so that a death leaves the notes as they were or as they are. Where there is no room for them, work goes
/// on without.
void InHand::write() const {
  std::string text;
  if (!in_hand_.empty()) text += std::string(in_hand_mark) + " " + in_hand_ + "\n";
  for (const auto& [word, deaths] : deaths_) text += std::to_string(deaths) + " " + word + "\n";
  const ssize_t length = ::pwrite(notes_.get(), text.data(), text.size(), 0);
  // Where not even that works, what is left of longer notes says no more than that a file was in hand once.
  if (::ftruncate(notes_.get(), std::max<ssize_t>(length, 0)) != 0) return;
}

}  // namespace clientsync
