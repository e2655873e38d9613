// The register in the database. What takes a Batch adds its statements to it; their results are there when it has run,
// and what they refer to must stay until then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/plan/register.hpp"
#include "importer/store/batch.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

using FirmId = std::int64_t;

struct Firm {
  FirmId id = 0;
  std::size_t client_count = 0;
  std::size_t number_count = 0;  ///< clients that have a number
};

/// nullopt if the database has no firm of that name.
[[nodiscard]] std::optional<Firm> find_firm(Connection& connection, std::string_view name);

/// Inside a transaction: locks the firm until the transaction ends. `firm`: unchanged if there is none of that name.
void lock_firm(Batch& batch, std::string_view name, std::optional<Firm>& firm);

/// Inside a transaction: creates the firm if there is none of that name, and locks it.
[[nodiscard]] Firm create_firm(Connection& connection, std::string_view name);

/// Adds to a slice the clients that `touched` asks for, or all of them if they are few, and sets the firm's counts.
void read_register(Batch& batch, const Firm& firm, const Touched& touched, Register& slice);

/// Adds to a slice the clients whose company IDs are in any of `ranges`.
void add_clients_in(Connection& connection, FirmId firm, std::span<const DigitRange> ranges, Register& slice);

/// Sets the details of these clients in a slice that has them when the batch comes to this statement. `company_ids` may
/// repeat.
void read_details(Batch& batch, FirmId firm, std::span<const std::string_view> company_ids, Register& slice);

/// Inside a transaction: changes, creates and deletes clients; numbers may swap. `conflict` unless every client has the
/// name and number that its write says it had before, and, if its details change or it is deleted, those details.
void write_clients(Batch& batch, FirmId firm, std::span<const ClientWrite> writes);

/// Outside of a transaction: calls `each` with the firm's clients, ordered by company ID as text, all from one moment.
/// They are read while they are listed, so `each` may not use the connection. What it throws passes through unchanged.
void list_clients(Connection& connection, FirmId firm, const std::function<void(const Client&)>& each);

/// nullopt if the firm has no client of that company ID.
[[nodiscard]] std::optional<Client> find_client(Connection& connection, FirmId firm, std::string_view company_id);

}  // namespace clientsync
