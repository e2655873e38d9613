#include "importer/store/words.hpp"

#include <array>
#include <cstddef>
#include <string>

#include "importer/store/database.hpp"

namespace clientsync {
namespace {

// In the order of their enumerators.
constexpr std::array<std::string_view, 6> kinds{"import", "load", "edit", "undo", "replay", "adopt"};
constexpr std::array<std::string_view, 4> sources{"folder", "command", "console", "api"};
constexpr std::array<std::string_view, 7> fields{"created", "deleted", "name", "number", "type", "lead", "status"};
constexpr std::array<std::string_view, 3> roles{"viewer", "editor", "admin"};

template <class Enum, std::size_t size>
Enum meaning(const std::array<std::string_view, size>& words, std::string_view word, const char* what) {
  for (std::size_t at = 0; at < size; ++at) {
    if (words[at] == word) return static_cast<Enum>(at);
  }
  throw DatabaseError(DatabaseError::Kind::refused, std::string("the database has a ") + what +
                                                        " that this program does not know: " + std::string(word));
}

}  // namespace

std::string_view word_of(EntryKind kind) {
  return kinds.at(static_cast<std::size_t>(kind));
}

std::string_view word_of(EntrySource source) {
  return sources.at(static_cast<std::size_t>(source));
}

std::string_view word_of(ClientField field) {
  return fields.at(static_cast<std::size_t>(field));
}

std::string_view word_of(Role role) {
  return roles.at(static_cast<std::size_t>(role));
}

EntryKind kind_of_entry(std::string_view word) {
  return meaning<EntryKind>(kinds, word, "kind of entry");
}

EntrySource source_of_entry(std::string_view word) {
  return meaning<EntrySource>(sources, word, "source of an entry");
}

ClientField field_of_client(std::string_view word) {
  return meaning<ClientField>(fields, word, "field");
}

Role role_of(std::string_view word) {
  return meaning<Role>(roles, word, "role");
}

}  // namespace clientsync
