#include "importer/plan/undo.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "importer/plan/client_state.hpp"

namespace clientsync {
namespace {

using Kind = FieldOutcome::Kind;
using Changes = std::span<const EntryChange>;

bool is_lifecycle(ClientField field) {
  return field == ClientField::created || field == ClientField::deleted;
}

/// True if a change of `later` can have replaced, or reversed, a change of `field`.
bool same_field(ClientField field, ClientField later) {
  return field == later || (is_lifecycle(field) && is_lifecycle(later));
}

/// True if the field of a new client is what a change of `later` sets. A creation gives the name.
bool sets_same(ClientField created, ClientField later) {
  return created == later || (created == ClientField::created && later == ClientField::name);
}

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

/// What later entries did to one client.
class LaterChanges {
 public:
  explicit LaterChanges(Changes changes) : changes_(changes) {}

  /// The undo that reversed what `entry` did to the field, and whose own change of it still stands; 0: none.
  [[nodiscard]] std::int64_t undo_of(std::int64_t entry, ClientField field) const {
    for (const EntryChange& change : changes_) {
      if (change.undoes != entry || !same_field(field, change.field)) continue;
      if (undo_of(change.entry, field) == 0) return change.entry;
    }
    return 0;
  }

  /// The last change that `matches`, or nullptr.
  template <class Predicate>
  [[nodiscard]] const EntryChange* last(Predicate matches) const {
    const auto found = std::find_if(changes_.rbegin(), changes_.rend(), matches);
    return found == changes_.rend() ? nullptr : &*found;
  }

 private:
  Changes changes_;
};

/// The changes of an entry to one client, which are reversed together.
struct Reversal {
  /// A creation or deletion is reversed as a whole.
  enum class Of { fields, creation, deletion } of = Of::fields;
  std::vector<std::size_t> changes{};   ///< positions in the entry
  std::optional<std::size_t> number{};  ///< the one of them that is of the number
  const KnownClient* client = nullptr;  ///< as it is now; nullptr: there is none
  std::optional<std::size_t> taker{};   ///< the position of the reversal that takes the client's present number
};

class Undo {
 public:
  Undo(const EntryHistory& history, const Register& current, const Policy& policy)
      : history_(history), current_(current), policy_(policy) {}

  UndoPlan plan();

 private:
  [[nodiscard]] const EntryChange& change(std::size_t i) const { return history_.changes[i]; }
  [[nodiscard]] bool is_reversed(std::size_t i) const { return plan_.outcomes[i].kind == Kind::reversed; }
  [[nodiscard]] bool reverses_number(const Reversal& reversal) const {
    return reversal.number && is_reversed(*reversal.number);
  }
  /// True if the reversal of a whole client stands.
  [[nodiscard]] bool reverses(const Reversal& reversal, Reversal::Of of) const {
    return reversal.of == of && is_reversed(reversal.changes.front());
  }
  [[nodiscard]] LaterChanges later_of(std::string_view company_id) const;

  void group_by_client();
  [[nodiscard]] FieldOutcome described(std::size_t i) const;
  void judge(const Reversal& reversal);
  void judge_field(const Reversal& reversal, std::size_t i, const LaterChanges& later);
  void judge_creation(const Reversal& reversal, const LaterChanges& later);
  void keep(std::size_t i, std::int64_t entry, bool already_reversed);
  void keep(std::size_t i, const EntryChange* because);
  void fail(const Reversal& reversal, const Problem& problem);
  void check_places();
  void check_numbers();
  void add_write(const Reversal& reversal);

  const EntryHistory& history_;
  const Register& current_;
  const Policy& policy_;
  std::vector<Reversal> reversals_;
  std::unordered_map<std::string_view, std::size_t> by_id_;  ///< positions of reversals
  UndoPlan plan_;
};

LaterChanges Undo::later_of(std::string_view company_id) const {
  const auto id_of = [](const EntryChange& later) { return std::string_view(later.company_id); };
  const auto begin = std::ranges::lower_bound(history_.later, company_id, {}, id_of);
  return LaterChanges({begin, std::ranges::upper_bound(begin, history_.later.end(), company_id, {}, id_of)});
}

void Undo::group_by_client() {
  for (std::size_t i = 0; i < history_.changes.size(); ++i) {
    const auto [found, is_new] = by_id_.try_emplace(change(i).company_id, reversals_.size());
    if (is_new) reversals_.push_back({.client = current_.find(change(i).company_id)});
    Reversal& reversal = reversals_[found->second];
    reversal.changes.push_back(i);
    if (change(i).field == ClientField::created) reversal.of = Reversal::Of::creation;
    if (change(i).field == ClientField::deleted) reversal.of = Reversal::Of::deletion;
    if (change(i).field == ClientField::number) reversal.number = i;
  }
}

FieldOutcome Undo::described(std::size_t i) const {
  const EntryChange& described = change(i);
  FieldOutcome outcome{.company_id = described.company_id,
                       .field = described.field,
                       .before = view_of(described.before),
                       .written = view_of(described.after)};
  if (const KnownClient* client = current_.find(described.company_id)) {
    outcome.display_name = client->display_name;
    outcome.now = field_of(state_of(*client), described.field);
  } else {
    const EntryChange* deletion = later_of(described.company_id).last([](const EntryChange& later) {
      return later.field == ClientField::deleted;
    });
    const EntryChange& first = change(reversals_[by_id_.at(described.company_id)].changes.front());
    if (deletion == nullptr && first.field == ClientField::deleted) deletion = &first;
    if (deletion != nullptr) outcome.display_name = view_of(deletion->before).value_or("");
  }
  return outcome;
}

void Undo::keep(std::size_t i, std::int64_t entry, bool already_reversed) {
  plan_.outcomes[i].kind = Kind::kept;
  plan_.outcomes[i].kept_for = entry;
  plan_.outcomes[i].already_reversed = already_reversed;
}

void Undo::keep(std::size_t i, const EntryChange* because) {
  keep(i, because == nullptr ? 0 : because->entry, false);
}

/// The number, or the whole client if the client comes back, cannot be restored.
void Undo::fail(const Reversal& reversal, const Problem& problem) {
  for (const std::size_t i : reversal.changes) {
    if (reversal.of == Reversal::Of::fields && i != reversal.number) continue;
    plan_.outcomes[i].kind = Kind::failed;
    plan_.outcomes[i].problem = problem;
  }
}

void Undo::judge_field(const Reversal& reversal, std::size_t i, const LaterChanges& later) {
  const ClientField field = change(i).field;
  if (const std::int64_t undo = later.undo_of(history_.entry, field)) return keep(i, undo, true);
  ClientState written;
  set_field(written, field, view_of(change(i).after));
  if (reversal.client != nullptr && field_of(state_of(*reversal.client), field) == field_of(written, field)) return;
  keep(i, later.last(
              [&](const EntryChange& other) { return same_field(field, other.field) || is_lifecycle(other.field); }));
}

/// A client that is no longer as the entry created it is kept whole: a field that changed since for its last change,
/// the others for the last change of any.
void Undo::judge_creation(const Reversal& reversal, const LaterChanges& later) {
  ClientState created;
  for (const std::size_t i : reversal.changes) set_field(created, change(i).field, view_of(change(i).after));
  if (reversal.client != nullptr && state_of(*reversal.client) == created) return;
  const auto differs = [&](ClientField field) {
    return reversal.client == nullptr || is_lifecycle(field) ||
           field_of(state_of(*reversal.client), field) != field_of(created, field);
  };
  const EntryChange* of_any = later.last([&](const EntryChange& other) { return differs(other.field); });
  for (const std::size_t i : reversal.changes) {
    const EntryChange* of_field = later.last([&](const EntryChange& other) {
      return differs(other.field) && (is_lifecycle(other.field) || sets_same(change(i).field, other.field));
    });
    keep(i, of_field == nullptr ? of_any : of_field);
  }
}

void Undo::judge(const Reversal& reversal) {
  const std::size_t first = reversal.changes.front();
  const LaterChanges later = later_of(change(first).company_id);
  if (reversal.of == Reversal::Of::fields) {
    for (const std::size_t i : reversal.changes) judge_field(reversal, i, later);
    return;
  }
  if (const std::int64_t undo = later.undo_of(history_.entry, ClientField::created)) {
    for (const std::size_t i : reversal.changes) keep(i, undo, true);
  } else if (reversal.of == Reversal::Of::creation) {
    judge_creation(reversal, later);
  } else if (reversal.client != nullptr) {
    const EntryChange* because = later.last([](const EntryChange& other) { return is_lifecycle(other.field); });
    for (const std::size_t i : reversal.changes) keep(i, because);
  }
}

/// As in an import: if there is not room for all clients that come back, none does.
void Undo::check_places() {
  const auto count = [&](Reversal::Of of) {
    return static_cast<std::size_t>(
        std::ranges::count_if(reversals_, [&](const Reversal& reversal) { return reverses(reversal, of); }));
  };
  const std::size_t restored = count(Reversal::Of::deletion);
  const std::size_t staying = current_.client_count() - count(Reversal::Of::creation);
  const std::size_t places = policy_.max_clients - std::min(policy_.max_clients, staying);
  if (restored <= places) return;
  for (const Reversal& reversal : reversals_) {
    if (!reverses(reversal, Reversal::Of::deletion)) continue;
    fail(reversal, {Message::register_full_undo,
                    0,
                    {{"created", std::to_string(restored)},
                     {"places", std::to_string(places)},
                     {"limit", std::to_string(policy_.max_clients)}}});
  }
}

/// As in an import: starts with all reversals, and removes those whose number stays with its holder until nothing
/// changes. The numbers that an entry replaced differ from each other, so at most one reversal waits for another.
void Undo::check_numbers() {
  std::vector<std::pair<std::size_t, const KnownClient*>> taken;
  for (std::size_t r = 0; r < reversals_.size(); ++r) {
    if (!reverses_number(reversals_[r]) || !change(*reversals_[r].number).before) continue;
    const KnownClient* holder = current_.holder(*change(*reversals_[r].number).before);
    if (holder == nullptr || holder == reversals_[r].client) continue;
    const auto mover = by_id_.find(holder->company_id);
    if (mover == by_id_.end() || !reverses_number(reversals_[mover->second])) {
      taken.emplace_back(r, holder);
    } else {
      reversals_[mover->second].taker = r;
    }
  }
  while (!taken.empty()) {
    const auto [r, holder] = taken.back();
    taken.pop_back();
    fail(reversals_[r], {Message::client_number_taken_undo,
                         0,
                         {{"value", *change(*reversals_[r].number).before},
                          {"id", std::string(holder->company_id)},
                          {"name", std::string(holder->display_name)}}});
    if (reversals_[r].taker) taken.emplace_back(*reversals_[r].taker, reversals_[r].client);
  }
}

void Undo::add_write(const Reversal& reversal) {
  const bool creates = reverses(reversal, Reversal::Of::deletion), deletes = reverses(reversal, Reversal::Of::creation);
  const ClientState before = reversal.client == nullptr ? ClientState() : state_of(*reversal.client);
  ClientState after = deletes ? ClientState() : before;
  const auto has = [&](Kind kind) {
    return std::ranges::any_of(reversal.changes, [&](std::size_t i) { return plan_.outcomes[i].kind == kind; });
  };
  ++plan_.counts.rows;
  if (!has(Kind::reversed)) {
    ++(has(Kind::failed) ? plan_.counts.failed : plan_.counts.unchanged);
    return;
  }
  ++(creates ? plan_.counts.created : plan_.counts.updated);
  for (const std::size_t i : reversal.changes) {
    if (is_reversed(i) && !deletes) set_field(after, change(i).field, view_of(change(i).before));
  }
  plan_.writes.push_back({.company_id = change(reversal.changes.front()).company_id,
                          .created = creates,
                          .name_before = before.name,
                          .name_after = after.name,
                          .number_before = before.number,
                          .number_after = after.number,
                          .release_first = reversal.taker && reverses_number(reversals_[*reversal.taker]),
                          .deleted = deletes,
                          .details_before = before.details,
                          .details_after = after.details});
}

UndoPlan Undo::plan() {
  const auto with = [&](Kind kind) {
    return static_cast<std::size_t>(std::ranges::count(plan_.outcomes, kind, &FieldOutcome::kind));
  };
  group_by_client();
  for (std::size_t i = 0; i < history_.changes.size(); ++i) plan_.outcomes.push_back(described(i));
  for (const Reversal& reversal : reversals_) judge(reversal);
  check_places();
  check_numbers();
  for (const Reversal& reversal : reversals_) add_write(reversal);
  plan_.reversed = with(Kind::reversed);
  plan_.kept = with(Kind::kept);
  plan_.failed = with(Kind::failed);
  return std::move(plan_);
}

}  // namespace

Touched touched_by(std::span<const EntryChange> changes) {
  Touched touched;
  for (const EntryChange& change : changes) {
    touched.company_ids.push_back(change.company_id);
    if (change.field == ClientField::number && change.before) touched.number_keys.push_back(number_key(*change.before));
  }
  return touched;
}

UndoPlan plan_undo(EntryHistory history, const Register& current, const Policy& policy) {
  const auto texts = std::make_shared<EntryHistory>(std::move(history));
  std::ranges::stable_sort(texts->later, {},
                           [](const EntryChange& later) { return std::string_view(later.company_id); });
  UndoPlan plan = Undo(*texts, current, policy).plan();
  plan.history_texts = texts;
  plan.register_texts = current.texts();
  return plan;
}

}  // namespace clientsync
