#include "daemon/inbox/crash_count.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "daemon/log.hpp"
#include "importer/digest.hpp"

namespace clientsync {
namespace {

void make_directory(const std::filesystem::path& path) {
  constexpr mode_t owner_only = 0700;
  if (::mkdir(path.c_str(), owner_only) != 0 && errno != EEXIST) {
    throw std::system_error(errno, std::generic_category(), "cannot create " + path.string());
  }
}

/// In the state directory.
constexpr const char* counted_in = "in-hand";

/// Hexadecimal digits in the name of a file.
constexpr std::size_t name_digits = 32;

void remove_old(const Directory& directory) {
  constexpr std::chrono::seconds longest = std::chrono::hours{24 * 30};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  for (const Entry& entry : directory.list()) {
    // Somebody may have chosen a directory that holds other files too.
    const bool ours = entry.type == FileType::regular && entry.name.size() == name_digits &&
                      entry.name.find_first_not_of("0123456789abcdef") == std::string::npos;
    const bool old = std::chrono::seconds(entry.stamp.mtime_seconds()) < now - longest;
    if (ours && old) ::unlinkat(directory.fd(), entry.name.c_str(), 0);
  }
}

/// Opens the file and locks it. Empty if that fails, or if a living process has it locked; if that one has put it down,
/// `deaths` says how often others died with it.
FileDescriptor open_locked(const std::string& path, unsigned& deaths) {
  constexpr int max_attempts = 100;
  constexpr mode_t owner_only = 0600;
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, owner_only));
    if (!file) break;
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) deaths = static_cast<unsigned>(stamp_of(file.get()).size);
      break;
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) break;
    if (status.st_nlink > 0) return file;
    // Its last holder removed it between our opening and locking it.
  }
  return {};
}

std::string path_for(const std::filesystem::path& directory, std::string_view inbox, std::string_view name,
                     const Stamp& stamp) {
  std::string input;
  input.append(inbox).append(1, '\0').append(name);
  for (const std::uint64_t part : {stamp.device, stamp.inode, stamp.size, static_cast<std::uint64_t>(stamp.mtime)}) {
    input.append(1, '\0').append(std::to_string(part));
  }
  return directory / sha256(input).substr(0, name_digits);
}

}  // namespace

std::optional<unsigned> count_deaths(const std::filesystem::path& state, std::string_view inbox, std::string_view name,
                                     const Stamp& stamp) {
  struct stat status {};
  if (::stat(path_for(state / counted_in, inbox, name, stamp).c_str(), &status) == 0)
    return static_cast<unsigned>(status.st_size);
  return errno == ENOENT || errno == ENOTDIR ? std::optional(0U) : std::nullopt;
}

CrashCount::CrashCount(const std::filesystem::path& state) {
  try {
    const std::filesystem::path directory = state / counted_in;
    make_directory(state);
    make_directory(directory);
    remove_old(Directory(directory, Directory::Links::refuse));
    if (::access(directory.c_str(), W_OK | X_OK) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot write to " + directory.string());
    }
    directory_ = directory;
  } catch (const std::system_error& error) {
    log(LogLevel::error, "state.unavailable", {{"path", state.string()}, {"error", error.what()}});
  }
}

CrashCount::InHand CrashCount::take(std::string_view inbox, std::string_view name, const Stamp& stamp) const noexcept {
  InHand in_hand;
  if (directory_.empty()) return in_hand;
  try {
    in_hand.path_ = path_for(directory_, inbox, name, stamp);
    FileDescriptor file = open_locked(in_hand.path_, in_hand.deaths_);
    if (!file) return in_hand;
    in_hand.deaths_ = static_cast<unsigned>(stamp_of(file.get()).size);
    if (::ftruncate(file.get(), off_t{in_hand.deaths_} + 1) == 0) in_hand.file_ = std::move(file);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the work goes on without counting
  }
  return in_hand;
}

// If one of these fails, the next taker finds one death too many or too few.
void CrashCount::InHand::put_down() noexcept {
  if (file_ && (::ftruncate(file_.get(), off_t{deaths_}) != 0 || ::flock(file_.get(), LOCK_SH | LOCK_NB) != 0))
    file_.close();
}

void CrashCount::InHand::take_up() noexcept {
  if (file_ && (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 || ::ftruncate(file_.get(), off_t{deaths_} + 1) != 0))
    file_.close();
}

CrashCount::InHand::~InHand() {
  put_down();
  if (file_ && deaths_ == 0) ::unlink(path_.c_str());
}

void CrashCount::forget(std::string_view inbox, std::string_view name, const Stamp& stamp) const noexcept {
  if (directory_.empty()) return;
  try {
    ::unlink(path_for(directory_, inbox, name, stamp).c_str());
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): an old file is removed later
  }
}

}  // namespace clientsync
