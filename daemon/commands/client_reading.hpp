// What the commands share that read the register: filters, and the clients that pass them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "daemon/commands/command_line.hpp"
#include "importer/client_list.hpp"

namespace clientsync {

/// What was typed to choose clients.
struct FilterArguments {
  std::string find;
  std::optional<std::string> type, lead;
  std::optional<bool> active;
  bool without_number = false;
};

/// Adds the options for `arguments`, which must outlive the parsing.
void add_filters(CLI::App& command, FilterArguments& arguments);

/// Throws UsageError if a text is not UTF-8.
[[nodiscard]] ClientFilter filter_of(const FilterArguments& arguments);

/// Calls `each` with those clients of the firm that pass the filter, by company ID, while they are read. Only if they
/// are to be sorted are all of them held in memory. `progress`: a bar may be shown meanwhile, because `each` writes
/// nothing to a terminal. Returns how many there are. Throws DatabaseError, std::runtime_error if there is no database,
/// and what `each` throws.
std::size_t read_clients(const DatabaseOptions& database, const std::string& firm, const ClientFilter& filter,
                         std::optional<ClientColumn> sort, bool progress,
                         const std::function<void(const Client&)>& each);

}  // namespace clientsync
