// The register in the database. Each statement takes all clients of a file as one JSON parameter
// (docs/decisions/0001-one-json-parameter.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/plan/register.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

using FirmId = std::int64_t;

/// The firm's id; nullopt if the database has no firm of that name.
[[nodiscard]] std::optional<FirmId> find_firm(Connection& connection, std::string_view name);

/// Inside a transaction: creates the firm if there is none of that name, locks it until the transaction ends, and
/// returns its id.
[[nodiscard]] FirmId lock_firm(Connection& connection, std::string_view name);

/// The part of the register that `touched` asks for, and the firm's counts, in one query.
[[nodiscard]] Register read_register(Connection& connection, FirmId firm, const Touched& touched);

/// Adds to a slice the clients whose company IDs are in any of `ranges`.
void add_clients_in(Connection& connection, FirmId firm, std::span<const DigitRange> ranges, Register& slice);

/// Inside a transaction: writes new numbers, names and clients; numbers may swap. `conflict` unless every client has
/// the name and number that its write says it had before.
void write_clients(Connection& connection, FirmId firm, std::span<const ClientWrite> writes);

/// Calls `each` with the firm's clients, ordered by company ID as text. It may use the connection, and whatever it
/// throws passes through unchanged.
void list_clients(Connection& connection, FirmId firm, const std::function<void(const Client&)>& each);

}  // namespace clientsync
