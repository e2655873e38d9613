// The keys by which a program may repeat a request to import without importing twice (docs/specification.md §11,
// "Idempotency-Key").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "importer/store/batch.hpp"
#include "importer/store/database.hpp"
#include "importer/store/ledger_reports.hpp"

namespace clientsync {

/// The key of a request, and what was asked for with it.
struct RequestKey {
  std::string scope;   ///< whose key it is: another scope may use the same one. Up to 300 characters
  std::string key;     ///< 1 to 200 characters of visible ASCII
  std::string digest;  ///< SHA-256 of all that the request wants
};

/// A request that was answered.
struct KnownRequest {
  std::string digest;
  ImportId import = 0;  ///< the entry that it made
};

/// nullopt: no request with that key was answered yet, or it is more than 30 days ago. Look it up before the import and
/// again whenever it is tried anew after a `conflict`.
[[nodiscard]] std::optional<KnownRequest> find_request(Connection& connection, std::string_view scope,
                                                       std::string_view key);

/// Inside the transaction of the import, after its firm was locked: entry and key are committed together. `conflict` if
/// another request with the key was first. `at`: seconds since the epoch. LedgerEntry::request does this for an import.
void insert_request_key(Batch& batch, const RequestKey& request, ImportId import, std::int64_t at);

}  // namespace clientsync
