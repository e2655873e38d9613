// A firm's register and its history in memory: what the database makes of plans, for tests of sequences of entries.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/plan/register.hpp"
#include "importer/plan/undo.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/invariants.hpp"

namespace clientsync::testing {

using Clients = std::map<std::string, Client>;  // by company ID

[[nodiscard]] inline std::string status_text(bool active) {
  return active ? "active" : "inactive";
}

/// The history's rows of one write (docs/database.md, "changes").
[[nodiscard]] inline std::vector<EntryChange> changes_of(const ClientWrite& write, std::int64_t entry,
                                                         std::int64_t undoes) {
  using Text = std::optional<std::string>;
  std::vector<EntryChange> changes;
  const auto add = [&](ClientField field, Text before, Text after) {
    if (write.created) before.reset();
    if (write.deleted) after.reset();
    changes.push_back({std::string(write.company_id), field, std::move(before), std::move(after), entry, undoes});
  };
  const auto add_if_changed = [&](ClientField field, const auto& before, const auto& after) {
    if (before != after) add(field, Text(before), Text(after));
  };
  const ClientDetails &before = write.details_before, &after = write.details_after;
  if (write.created) add(ClientField::created, "", std::string(write.name_after));
  if (write.deleted) add(ClientField::deleted, std::string(write.name_before), "");
  if (!write.created && !write.deleted) add_if_changed(ClientField::name, write.name_before, write.name_after);
  add_if_changed(ClientField::number, write.number_before, write.number_after);
  add_if_changed(ClientField::type, before.type, after.type);
  add_if_changed(ClientField::lead, before.lead, after.lead);
  add_if_changed(ClientField::status, status_text(before.active), status_text(after.active));
  return changes;
}

class RegisterModel {
 public:
  struct Entry {
    std::int64_t number = 0, undoes = 0;
    std::vector<EntryChange> changes;
  };

  [[nodiscard]] const Clients& clients() const { return clients_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  /// Applies an entry as the database does, and records it. Throws if a write does not fit what is there, or if two
  /// clients would have one number at any moment.
  void apply(std::span<const ClientWrite> writes, std::int64_t undoes = 0) {
    Entry entry{.number = std::ssize(entries_) + 1, .undoes = undoes, .changes = {}};
    for (const ClientWrite& write : writes) {
      require_fitting(write);
      for (EntryChange& change : changes_of(write, entry.number, undoes)) entry.changes.push_back(std::move(change));
    }
    for (const ClientWrite& write : writes) {
      if (write.deleted) clients_.erase(std::string(write.company_id));
    }
    for (const ClientWrite& write : writes) {
      if (write.release_first && !write.deleted) clients_.at(std::string(write.company_id)).number.reset();
    }
    for (const bool created : {false, true}) {
      for (const ClientWrite& write : writes) {
        if (!write.deleted && write.created == created) set(write);
      }
    }
    entries_.push_back(std::move(entry));
  }

  [[nodiscard]] Register whole() const {
    std::vector<Client> all;
    for (const auto& [id, client] : clients_) all.push_back(client);
    return register_of(all);
  }

  /// The part of the register that the store reads for a plan.
  [[nodiscard]] Register slice(const Touched& touched) const {
    const Register all = whole();
    Register part;
    part.set_counts(all.client_count(), all.number_count());
    for (const KnownClient& client : all.clients()) {
      const bool by_number = client.number && std::ranges::count(touched.number_keys, number_key(*client.number)) > 0;
      if (by_number || std::ranges::count(touched.company_ids, client.company_id) > 0) part.add(client);
    }
    return part;
  }

  [[nodiscard]] EntryHistory history_of(std::int64_t number) const {
    EntryHistory history{.entry = number, .changes = entries_.at(static_cast<std::size_t>(number - 1)).changes};
    std::set<std::string> ids;
    for (const EntryChange& change : history.changes) ids.insert(change.company_id);
    for (const Entry& entry : entries_) {
      if (entry.number <= number) continue;
      for (const EntryChange& change : entry.changes) {
        if (ids.contains(change.company_id)) history.later.push_back(change);
      }
    }
    return history;
  }

  /// The register as the history alone tells it: all changes' new values, from nothing.
  [[nodiscard]] Clients replayed() const {
    Clients clients;
    for (const Entry& entry : entries_) {
      for (const EntryChange& change : entry.changes) replay(change, clients);
    }
    return clients;
  }

 private:
  static void replay(const EntryChange& change, Clients& clients) {
    if (change.field == ClientField::deleted) clients.erase(change.company_id);
    if (change.field == ClientField::created) clients[change.company_id] = a_client(change.company_id);
    const auto found = clients.find(change.company_id);
    if (found == clients.end()) return;  // a further field of a deletion
    Client& client = found->second;
    if (change.field == ClientField::created || change.field == ClientField::name) client.display_name = *change.after;
    if (change.field == ClientField::number) client.number = change.after;
    if (change.field == ClientField::type) client.type = *change.after;
    if (change.field == ClientField::lead) client.lead = *change.after;
    if (change.field == ClientField::status) client.active = *change.after == "active";
  }

  void require_fitting(const ClientWrite& write) const {
    require_stored(write);
    require(!(write.created && write.deleted), "no client is created and deleted at once");
    const auto found = clients_.find(std::string(write.company_id));
    require((found == clients_.end()) == write.created, "new clients are created, others are updated");
    if (write.created) return;
    const Client& client = found->second;
    require(client.display_name == write.name_before && client.number == write.number_before,
            "a write knows what it replaces");
    require(write.details_before == ClientDetails{client.type, client.lead, client.active},
            "a write knows the details that it replaces");
  }

  void set(const ClientWrite& write) {
    for (const auto& [id, client] : clients_) {
      require(id == write.company_id || !client.number || client.number != write.number_after, "numbers are unique");
    }
    Client& client = clients_[std::string(write.company_id)];
    client.company_id = write.company_id;
    client.display_name = write.name_after;
    client.number = write.number_after;
    client.type = write.details_after.type;
    client.lead = write.details_after.lead;
    client.active = write.details_after.active;
  }

  Clients clients_;
  std::vector<Entry> entries_;
};

inline std::ostream& operator<<(std::ostream& out, const EntryChange& change) {
  static constexpr const char* names[] = {"created", "deleted", "name", "number", "type", "lead", "status"};
  return out << change.company_id << ' ' << names[static_cast<std::size_t>(change.field)] << ' '
             << change.before.value_or("-") << " -> " << change.after.value_or("-");
}

inline std::ostream& operator<<(std::ostream& out, const RegisterModel& model) {
  for (const RegisterModel::Entry& entry : model.entries()) {
    out << "entry " << entry.number;
    if (entry.undoes != 0) out << " undoes " << entry.undoes;
    for (const EntryChange& change : entry.changes) out << "\n  " << change;
    out << '\n';
  }
  return out;
}

}  // namespace clientsync::testing
