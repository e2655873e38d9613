// What folder and ledger say of an inbox: what is not taken there, what would be imported, and what was last.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/http/status_page.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/file_history.hpp"

namespace clientsync {

/// So many names of each kind are told at most.
inline constexpr std::size_t most_told_names = 1000;

/// Something in an inbox that is not taken; hidden names apart, which are not told.
struct PassedOver {
  std::string name;    ///< bytes
  std::string reason;  ///< a word: see docs/operations.md, "Why a file is or is not taken"
  std::string why;     ///< for people
};

struct InboxFacts {
  std::optional<ToldFault> fault{};       ///< the folder is missing, cannot be read, or is another ledger's
  std::vector<PassedOver> passed_over{};  ///< by name, the first of them
  std::size_t passed_over_count = 0;
  std::vector<WaitingFile> waiting{};  ///< files that are not done, by name, the first of them; not looked for if the
                                       ///< service tells them
  std::size_t waiting_count = 0;
  std::optional<PastImport> last_import{};
  std::vector<PastImport> unpublished{};
};

/// What is looked at in an inbox besides the ledger.
enum class LookInto {
  nothing,      ///< its folder does not answer
  passed_over,  ///< what is not taken
  waiting,      ///< the files that wait too; this reads those that may be done
};

/// Looks at the inbox. `pool`: null if the database cannot be used; then nothing that needs it is told. Throws
/// DatabaseError.
[[nodiscard]] InboxFacts find_facts(ConnectionPool* pool, const InboxConfig& inbox, LookInto look);

}  // namespace clientsync
