// Counts how often the service died with a file in hand, so that a file that kills it again and again can be set aside
// (docs/specification.md §7).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/files/directory.hpp"

namespace clientsync {

/// After this many deaths with it in hand a file is set aside.
inline constexpr unsigned max_deaths = 3;

/// How often the service died with the input in hand; while it is in hand, one more. 0 if nothing is counted; nullopt
/// if this user may not know.
[[nodiscard]] std::optional<unsigned> count_deaths(const std::filesystem::path& state, std::string_view inbox,
                                                   std::string_view name, const Stamp& stamp);

/// Remembers the deaths in the service's own state directory, where users cannot write: one small file for each input
/// that is in hand, or was in hand at a death. The name of that file is a hash of the input's inbox, name and stamp;
/// its size is the number of deaths. Nothing is synced to disk, since after a power cut no count is needed. May be used
/// by several threads, and by several processes with the same state directory.
class CrashCount {
 public:
  /// Keeps its files in `state`/in-hand and creates both directories if they are missing (mode 0700). If that is not
  /// possible, logs `state.unavailable` and counts nothing. Removes files that have not changed for 30 days.
  explicit CrashCount(const std::filesystem::path& state);

  /// From `take` on, except between `put_down` and `take_up`, the input counts as in hand: if the process dies, that is
  /// one death.
  class InHand {
   public:
    InHand() = default;
    InHand(InHand&& other) noexcept = default;
    InHand& operator=(InHand&&) = delete;
    ~InHand();
    /// How often a process died with the input in hand before this one took it. 0 if deaths cannot be counted, or if
    /// another living process has the input in hand.
    [[nodiscard]] unsigned deaths() const { return deaths_; }

    /// While something else is waited for, the input does not count as in hand.
    void put_down() noexcept;
    void take_up() noexcept;

   private:
    friend class CrashCount;
    std::string path_;
    FileDescriptor file_;  ///< locked as long as it is open
    unsigned deaths_ = 0;
  };

  /// Does nothing, and says 0 deaths, if deaths cannot be counted.
  [[nodiscard]] InHand take(std::string_view inbox, std::string_view name, const Stamp& stamp) const noexcept;

  /// Forgets the deaths of an input that has been dealt with.
  void forget(std::string_view inbox, std::string_view name, const Stamp& stamp) const noexcept;

 private:
  std::filesystem::path directory_;  ///< empty if nothing can be counted
};

}  // namespace clientsync
