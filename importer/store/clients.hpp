// The register in the database. Every statement takes a whole file's worth of clients as one JSON parameter.
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

/// The firm's id, nullopt where the database has no firm of that name.
[[nodiscard]] std::optional<FirmId> find_firm(Connection& connection, std::string_view name);

/// Inside a transaction: the firm's id, its row made where there is none, and locked until the transaction ends.
[[nodiscard]] FirmId lock_firm(Connection& connection, std::string_view name);

/// The part of the register that `touched` asks for, and the firm's counts, in one query.
[[nodiscard]] Register read_register(Connection& connection, FirmId firm, const Touched& touched);

/// Inside a transaction: releases the old numbers, then writes new ones, names and new clients. Each statement must
/// find exactly the clients that `writes` has for it, with the names and numbers that they have before, otherwise
/// DatabaseError::Kind::conflict.
void write_clients(Connection& connection, FirmId firm, std::span<const ClientWrite> writes);

/// Inside a transaction: adds clients that the register does not have. `conflict` where an ID or number is taken.
void add_clients(Connection& connection, FirmId firm, std::span<const Client> clients);

/// Calls `each` with the firm's clients, by company ID as text. What `each` throws comes out as it is; it may use the
/// connection.
void list_clients(Connection& connection, FirmId firm, const std::function<void(const Client&)>& each);

}  // namespace clientsync
