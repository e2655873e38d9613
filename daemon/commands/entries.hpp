// What the commands share that make or show entries of the ledger.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/commands/common.hpp"
#include "daemon/commands/complaints.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/json/entries.hpp"
#include "importer/entry.hpp"

namespace clientsync {

/// The largest file that is loaded into the register, or by which it is edited: bytes.
inline constexpr std::size_t max_register_bytes = std::size_t{64} << 20;

/// The rules by which a file is entered into the register as a whole, or not at all: whoever gives it means all of it.
/// A blank cell leaves what is there.
[[nodiscard]] ImportRules rules_for_register(ImportRules rules);

/// The user at the command line, now.
[[nodiscard]] Author author();

/// How much of it is the date.
inline constexpr std::size_t date_length = 10;

/// The inbox whose rules an edit of the register follows: the one that `--inbox` names, or else the first of the only
/// firm that is configured. Throws as `chosen_inbox` does.
[[nodiscard]] InboxConfig firm_inbox(const Config& config, const Options& options);

/// A file that somebody named, as it was read.
struct NamedSheet {
  std::string path;  ///< by which the ledger knows it
  InputFile input;
  Sheet sheet;
};

/// Throws std::system_error if it cannot be read.
[[nodiscard]] NamedSheet read_named_sheet(const std::filesystem::path& file, const SheetRules& rules);

/// The entry of the file. It views the file's bytes.
[[nodiscard]] LedgerEntry entry_of(const NamedSheet& named, EntryKind kind, const Author& author);

/// Throws UsageError if the ledger has no such entry.
[[nodiscard]] RecordedEntry require_entry(Connection& connection, ImportId id);

/// What people see of a value: a dash if there is none.
[[nodiscard]] std::string shown(const std::optional<std::string_view>& value);

/// As a table, old → new. Prints nothing if there are none.
void print_changes(std::span<const ShownChange> changes);

/// The verdict with the `changes` and `errors` of the plan, as one line of JSON on standard output.
void print_json(const Verdict& verdict, const Plan& plan, std::span<const Complaint> complaints);

/// Says which entry was written, and how to take it back.
void print_written(ImportId entry);

}  // namespace clientsync
