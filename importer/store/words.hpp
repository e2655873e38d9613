// The words that the tables have for an entry's kind and source, for what a change is about, and for roles.
#pragma once

#include <array>
#include <string_view>

#include "importer/plan/history.hpp"

namespace clientsync {

/// What an entry of the ledger is. `adopt` changes nothing: its file counts as done without having been imported.
enum class EntryKind { import, load, edit, undo, replay, adopt };

/// From where an entry came (docs/specification.md §10).
enum class EntrySource { folder, command, console, api };

/// What users and tokens may do (docs/specification.md §11). Each may do what those before it may.
enum class Role {
  viewer,  ///< looks and downloads
  editor,  ///< uploads, edits, undoes
  admin,   ///< deletes; users and tokens
};
inline constexpr std::array all_roles{Role::viewer, Role::editor, Role::admin};

[[nodiscard]] std::string_view word_of(EntryKind kind);
[[nodiscard]] std::string_view word_of(EntrySource source);
[[nodiscard]] std::string_view word_of(ClientField field);
[[nodiscard]] std::string_view word_of(Role role);

// What a word means; `refused` for a word that this program does not know.

[[nodiscard]] EntryKind kind_of_entry(std::string_view word);
[[nodiscard]] EntrySource source_of_entry(std::string_view word);
[[nodiscard]] ClientField field_of_client(std::string_view word);
[[nodiscard]] Role role_of(std::string_view word);

}  // namespace clientsync
