// Finds texts by their hashes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace clientsync {

/// A hash table of texts that stand elsewhere, which are known by their positions there. Flat, because a node for each
/// text would cost more than all that an import does with it.
class TextIndex {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  /// `position` is less than `none`. A text may be added several times.
  void add(std::string_view text, std::size_t position) {
    if (2 * ++count_ > slots_.size()) grow();
    place({hash_of(text), static_cast<std::uint32_t>(position)});
  }

  /// Asks `is_it`, which takes a position and must compare the texts, until it says true; returns that position, or
  /// `none`. The positions of equal texts come in no order.
  template <class Predicate>
  [[nodiscard]] std::uint32_t find(std::string_view text, Predicate is_it) const {
    if (slots_.empty()) return none;
    const std::uint32_t hash = hash_of(text);
    for (std::size_t i = hash & mask(); slots_[i].position != none; i = (i + 1) & mask()) {
      if (slots_[i].hash == hash && is_it(slots_[i].position)) return slots_[i].position;
    }
    return none;
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t position = none;
  };

  static std::uint32_t hash_of(std::string_view text) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
  }
  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }

  void place(const Slot& slot) {
    std::size_t i = slot.hash & mask();
    while (slots_[i].position != none) i = (i + 1) & mask();
    slots_[i] = slot;
  }

  void grow() {
    constexpr std::size_t least = 16;
    const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(std::max(least, 2 * slots_.size())));
    for (const Slot& slot : before) {
      if (slot.position != none) place(slot);
    }
  }

  std::vector<Slot> slots_;  ///< a power of two, at most half of them taken
  std::size_t count_ = 0;
};

}  // namespace clientsync
