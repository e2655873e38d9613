// Why a file of an inbox is or is not taken: the service's own questions in its own order (docs/specification.md §2,
// §8). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "daemon/explain/file_facts.hpp"
#include "daemon/http/status_page.hpp"

namespace clientsync {

enum class Answer {
  will_be_imported,
  will_be_rejected,  ///< whatever its rows say
  not_taken,
  done,
  own_report,  ///< a report as it was written
  gone,        ///< there is no such file
  elsewhere,   ///< it is in no inbox
  unknown,     ///< something that has to be known could not be found out
};

/// "will_be_imported".
[[nodiscard]] std::string_view word_of(Answer answer);

struct Explanation {
  Answer answer = Answer::unknown;
  std::string reason{};  ///< a word: see docs/operations.md, "Why a file is or is not taken"; empty: it needs none
  std::string why{};     ///< for people, escaped
  std::string since{};   ///< it waits since then, RFC 3339; empty: nobody knows
  std::string next{};    ///< when the service tries it, at the earliest
  ImportId import = 0;   ///< the entry that made it done, or whose report it is; 0: none
};

/// What the running service says of a file.
struct ServiceView {
  enum class State {
    answers,
    silent,          ///< nobody answers where the service should
    not_configured,  ///< no place is configured where it could be asked
  } state = State::not_configured;
  bool watches = false;                  ///< it has the inbox
  std::optional<ToldFault> fault{};      ///< of the inbox or the database
  std::optional<WaitingFile> waiting{};  ///< the file waits
};

[[nodiscard]] Explanation explain(const FileFacts& facts, const InboxConfig& inbox, const ServiceView& service);

}  // namespace clientsync
