// The words that the tables have for an entry's kind and source, for what a change is about, and for a client's status.
#pragma once

#include <string_view>

#include "importer/plan/history.hpp"

namespace clientsync {

/// What an entry of the ledger is. `adopt` changes nothing: its file counts as done without having been imported.
enum class EntryKind { import, load, edit, undo, replay, adopt };

/// From where an entry came (docs/specification.md §10).
enum class EntrySource { folder, command, console, api };

[[nodiscard]] std::string_view word_of(EntryKind kind);
[[nodiscard]] std::string_view word_of(EntrySource source);
[[nodiscard]] std::string_view word_of(ClientField field);
[[nodiscard]] std::string_view status_word(bool active);

// What a word means; `refused` for a word that this program does not know.

[[nodiscard]] EntryKind kind_of_entry(std::string_view word);
[[nodiscard]] EntrySource source_of_entry(std::string_view word);
[[nodiscard]] ClientField field_of_client(std::string_view word);

}  // namespace clientsync
