#include "importer/plan/row_checks.hpp"

#include <algorithm>
#include <utility>

#include "importer/plan/row_hints.hpp"
#include "importer/plan/spreadsheet_dates.hpp"
#include "importer/plan/spreadsheet_forms.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

// In code points.
constexpr std::size_t max_id_text = 64, max_name = 200, max_number = 100, max_detail = 200;

std::string_view cell(const Row& row, Column column) {
  return row.cells[index_of(column)];
}

void add_hidden(CheckedRow& checked, Message message, std::string_view value, const HiddenCharacter& hidden) {
  add(checked, message,
      {{"value", value},
       {"character", code_point_name(hidden.code_point)},
       {"position", std::to_string(hidden.position)}});
}

bool same_name(std::string_view a, std::string_view b) {
  return a == b || fold_white_space(a) == fold_white_space(b);
}

bool is_marked_superseded(const Row& row) {
  return row.report_line->error_codes.find(token(Code::superseded)) != std::string::npos;
}

bool is_valid_id(std::string_view id, Policy::CompanyId kind) {
  if (kind == Policy::CompanyId::digits) return all_digits(id) && id.size() <= max_id_digits;
  return code_points(id) <= max_id_text && !find_hidden(id);
}

/// The number that the row means: Ref's, if the cell is what a spreadsheet made of it (docs/specification.md §5). If
/// Ref's is itself what a spreadsheet made of the client's present number, whoever typed that number corrected it.
std::string_view meant_number(const Row& row, const CheckedRow& checked) {
  const std::string_view number = cell(row, Column::client_number);
  if (!row.ref || !row.ref->number || row.ref->company_id != checked.company_id || number.empty()) return number;
  const std::string_view original = *row.ref->number;
  const bool corrected = checked.client != nullptr && checked.client->number == number && is_form(original, number);
  return is_form(number, original) && !corrected ? original : number;
}

/// True if `number` is `other` without some of its leading zeros.
bool lost_zeros(std::string_view number, std::string_view other) {
  return all_digits(number) && all_digits(other) && other.size() > number.size() && other.ends_with(number) &&
         other.find_first_not_of('0') >= other.size() - number.size();
}

void check_reformatted_number(std::string_view number, const Register& current, CheckedRow& checked) {
  const KnownClient* client = checked.client;
  if (client != nullptr && client->number) {
    const std::string_view present = *client->number;
    if (present == number) return;
    if (lost_zeros(number, present))
      return add(checked, Message::client_number_zeros_lost, {{"value", number}, {"number", present}});
    if (is_form(number, present))
      return add(checked, Message::client_number_reformatted, {{"value", number}, {"number", present}});
  }
  if (is_scientific(number)) {
    add(checked, Message::client_number_scientific, {{"value", number}});
  } else if (is_named_date(number)) {
    add(checked, Message::client_number_date, {{"value", number}});
  } else if (const KnownClient* other = client == nullptr ? nullptr : current.holder_with_zeros(number, client)) {
    add(checked, Message::client_number_zeros_lost_other,
        {{"value", number}, {"number", *other->number}, {"name", other->display_name}});
  }
}

/// The group "number" of docs/specification.md §4.2, for a number that is not blank. Reports only the first rule that
/// fails.
void check_number_form(std::string_view number, const Register& current, const Policy& policy, CheckedRow& checked) {
  if (number.starts_with('=')) {
    add(checked, Message::client_number_formula, {{"value", number}});
  } else if (is_error_value(number)) {
    add(checked, Message::client_number_spreadsheet_error, {{"value", number}});
  } else if (policy.damaged_numbers == Policy::DamagedNumbers::check) {
    check_reformatted_number(number, current, checked);
  }
}

/// The groups "length" and "characters". True if the number passes both, so that a Ref can hold it.
bool check_number_text(std::string_view number, CheckedRow& checked) {
  const std::size_t length = code_points(number);
  if (length > max_number) {
    add(checked, Message::client_number_too_long,
        {{"value", number}, {"length", std::to_string(length)}, {"limit", std::to_string(max_number)}});
  }
  const auto hidden = find_hidden_or_odd_space(number);
  if (hidden) add_hidden(checked, Message::client_number_hidden, number, *hidden);
  return length <= max_number && !hidden;
}

void check_detail(std::string_view text, Message control, Message too_long, CheckedRow& checked) {
  if (const auto hidden = find_control(text)) {
    add_hidden(checked, control, text, *hidden);
  } else if (const std::size_t length = code_points(text); length > max_detail) {
    add(checked, too_long, {{"length", std::to_string(length)}, {"limit", std::to_string(max_detail)}});
  }
}

void add_superseded(CheckedRow& checked, Message message, std::string_view value, const PastChange& later,
                    std::initializer_list<Argument> more) {
  const std::string entry = std::to_string(later.entry.number);
  std::vector<Argument> arguments(more);
  arguments.insert(
      arguments.end(),
      {{"value", value}, {"entry", entry}, {"entry_file", later.entry.file}, {"entry_date", later.entry.date}});
  add(checked, message, std::span<const Argument>(arguments));
}

/// True if a line of a report would bring back what `change` replaced: the report was written before, and the line has
/// the number that it had then, or one that the client had. Somebody who confirms a line empties its error code.
bool brings_back(const Row& row, const CheckedRow& checked, const History& history, const PastChange& change) {
  const bool is_known =
      checked.number_after && history.had(checked.company_id, ClientField::number, *checked.number_after);
  const bool is_left = row.ref ? row.ref->number == checked.number_after : is_marked_superseded(row);
  if (is_marked_superseded(row)) return is_left || is_known;
  const std::int64_t reported = history.last_error(checked.company_id, row.row);
  if (reported == 0) return is_known;  // a report that this ledger does not know
  return (is_left || is_known) && change.entry.number > reported;
}

/// The lines of a report that are out of date by themselves, because the report is older than the register.
void check_line(const Row& row, const History& history, bool writes_number, bool writes_name, CheckedRow& checked) {
  if (!row.report_line || row.report_line->error_codes.empty()) return;
  const std::string_view id = checked.company_id;
  const PastChange* number = writes_number ? history.last_change(id, ClientField::number, 0) : nullptr;
  if (number != nullptr && brings_back(row, checked, history, *number)) {
    return add_superseded(checked, Message::superseded_line, checked.number_after.value_or("–"), *number,
                          {{"number", number->after ? std::string_view(*number->after) : "–"}});
  }
  const PastChange* name = writes_name ? history.last_change(id, ClientField::name, 0) : nullptr;
  if (name != nullptr && is_marked_superseded(row) && history.had(id, ClientField::name, checked.name_after)) {
    add_superseded(checked, Message::superseded_line_name, checked.name_after, *name,
                   {{"name", checked.client->display_name}});
  }
}

/// The group "history" of docs/specification.md §4.2: the row would write a field that a later entry has changed.
void check_history(const Row& row, const History& history, CheckedRow& checked) {
  const KnownClient* client = checked.client;
  const std::optional<std::string_view> number = client != nullptr ? client->number : std::nullopt;
  const bool writes_number = checked.number_after != number;
  const bool writes_name = client != nullptr && checked.name_after != client->display_name;
  const std::string_view id = checked.company_id;
  const std::string_view value = checked.number_after.value_or("–"), present = number.value_or("–");
  if (const auto& first = history.first_import) {
    const Argument file{"file", first->file}, date{"date", first->date};
    if (first->adopted && writes_number && number)
      return add(checked, Message::superseded_adopted, {{"value", value}, {"number", present}, file, date});
    const auto later = [&](ClientField field) { return history.last_change(id, field, first->number); };
    if (const PastChange* change = client == nullptr ? later(ClientField::deleted) : nullptr)
      return add_superseded(checked, Message::superseded_deleted, id, *change, {file, date});
    if (const PastChange* change = writes_number ? later(ClientField::number) : nullptr)
      return add_superseded(checked, Message::superseded_number, value, *change, {{"number", present}, file, date});
    if (const PastChange* change = writes_name ? later(ClientField::name) : nullptr)
      return add_superseded(checked, Message::superseded_name, checked.name_after, *change,
                            {{"name", client->display_name}, file, date});
  }
  check_line(row, history, writes_number, writes_name, checked);
}

/// True for the last row of a table that has sums, which is no client.
bool is_total(const Row& row) {
  return is_total_label(cell(row, Column::company_id)) || is_total_label(cell(row, Column::display_name));
}

/// The one client from whose ID a spreadsheet can have made `id`, if `id` still has 15 of its digits; nullptr if none
/// or several fit.
const KnownClient* client_with_digits(std::string_view id, const Register& current) {
  const auto range = keeps_exact_digits(id) ? originals_of(id) : std::nullopt;
  if (!range) return nullptr;
  const auto fits = [&](const KnownClient& client) { return range->contains(client.company_id); };
  const auto& clients = current.clients();
  const auto first = std::ranges::find_if(clients, fits);
  return first == clients.end() || std::any_of(first + 1, clients.end(), fits) ? nullptr : &*first;
}

/// A damaged ID that was not restored. `fitting`: the one client that fits by name and digits, or nullptr.
void add_reformatted_id(const KnownClient* fitting, const Register& current, CheckedRow& checked) {
  const std::string_view id = checked.company_id;
  if (fitting != nullptr) {
    add(checked, Message::company_id_reformatted_fits,
        {{"value", id}, {"id", fitting->company_id}, {"name", fitting->display_name}});
  } else if (const KnownClient* other = client_with_digits(id, current)) {
    add(checked, Message::company_id_reformatted_other_name,
        {{"value", id}, {"id", other->company_id}, {"name", other->display_name}});
  } else {
    const Message message =
        is_total(*checked.row) ? Message::company_id_reformatted_total : Message::company_id_reformatted;
    add(checked, message, {{"value", id}});
  }
}

/// The client whose ID stands in another column of the row, while its name or number stands in the column of the ID, or
/// its name where it should be. nullptr unless the columns were swapped.
const KnownClient* swapped_client(const Row& row, const Register& current) {
  const std::string_view id = cell(row, Column::company_id), name = cell(row, Column::display_name),
                         number = cell(row, Column::client_number);
  // What `touched_by` asks for: the register may hold more.
  const auto find = [&](std::string_view digits) {
    return digits.size() <= max_id_digits && all_digits(digits) ? current.find(digits) : nullptr;
  };
  if (const KnownClient* client = find(number)) {
    const bool has_number = client->number && (*client->number == id || is_form(id, *client->number));
    if (has_number || same_name(client->display_name, name)) return client;
  }
  const KnownClient* client = find(name);
  return client != nullptr && same_name(client->display_name, id) ? client : nullptr;
}

void add_swapped_id(Message message, const KnownClient& client, CheckedRow& checked) {
  add(checked, message, {{"value", checked.company_id}, {"id", client.company_id}, {"name", client.display_name}});
}

void add_changed_name(const Row& row, CheckedRow& checked) {
  const std::string_view name = cell(row, Column::display_name), number = cell(row, Column::client_number);
  const std::string_view present = checked.client->display_name;
  if (name.empty()) {
    add(checked, Message::display_name_changed_blank, {{"name", present}});
  } else if (same_name(number, present) && checked.client->number != number) {
    add(checked, Message::display_name_changed_swapped, {{"value", name}, {"number", number}});
  } else {
    const bool accents = has_damaged_accents(name, present);
    add(checked, accents ? Message::display_name_changed_accents : Message::display_name_changed,
        {{"value", name}, {"name", present}});
  }
}

}  // namespace

void add(CheckedRow& checked, Message message, std::span<const Argument> arguments) {
  Problem problem{message, checked.row->row, {}};
  for (const auto& [name, text] : arguments) problem.arguments.emplace_back(name, text);
  checked.problems.push_back(std::move(problem));
}

ClientDetails details_after(const CheckedRow& checked) {
  if (checked.details_after != nullptr) return *checked.details_after;
  return checked.client != nullptr ? checked.client->details : ClientDetails();
}

std::optional<Ref> ref_of(const CheckedRow& checked) {
  if (checked.keeps_ref) return *checked.row->ref;
  if (checked.client == nullptr) return std::nullopt;
  return Ref{checked.company_id, checked.refers_to_number ? checked.number_after : std::nullopt};
}

/// The one client whose name fits and from whose ID a spreadsheet can have made the cell; nullptr if none or several
/// fit.
const KnownClient* RowChecker::fitting_client(const Row& row) {
  const auto range = originals_of(cell(row, Column::company_id));
  if (!range) return nullptr;
  if (by_name_.empty()) {
    for (const KnownClient& client : current_.clients())
      by_name_.emplace(fold_white_space(client.display_name), &client);
  }
  const KnownClient* fitting = nullptr;
  const auto [begin, end] = by_name_.equal_range(fold_white_space(cell(row, Column::display_name)));
  for (auto it = begin; it != end; ++it) {
    if (!range->contains(it->second->company_id)) continue;
    if (fitting != nullptr) return nullptr;
    fitting = it->second;
  }
  return fitting;
}

/// Finds the client that the row means. Ref decides if the ID is blank or what a spreadsheet makes of Ref's, and the
/// name fits. Otherwise a damaged ID means the one client that fits, if the policy restores it.
void RowChecker::resolve_company(const Row& row, CheckedRow& checked) {
  checked.company_id = cell(row, Column::company_id);
  if (row.ref && row.ref->company_id != checked.company_id &&
      (checked.company_id.empty() || is_form(checked.company_id, row.ref->company_id))) {
    const KnownClient* named = current_.find(row.ref->company_id);
    // If names are checked, the row fails for a wrong one, and its message is about the name.
    const bool only_name_is_wrong =
        policy_.display_name == Policy::DisplayName::check && current_.find(checked.company_id) == nullptr;
    if (named != nullptr && (only_name_is_wrong || same_name(named->display_name, cell(row, Column::display_name)))) {
      checked.company_id = named->company_id;
      checked.restored = true;
    }
  }
  checked.client = current_.find(checked.company_id);
  if (checked.client != nullptr || policy_.damaged_ids != Policy::DamagedIds::restore) return;
  if (const KnownClient* fitting = fitting_client(row)) {
    checked.company_id = fitting->company_id;
    checked.client = fitting;
    checked.restored = true;
  }
}

bool RowChecker::looks_reformatted(std::string_view company_id, const KnownClient* fitting) const {
  if (is_scientific(company_id)) return true;
  // Where company IDs are text, an amount may be the ID of a client that is still unknown.
  if (is_amount(company_id))
    return policy_.company_id == Policy::CompanyId::digits || client_with_digits(company_id, current_) != nullptr;
  if (!is_rounded(company_id)) return false;
  if (policy_.unknown_company == Policy::UnknownCompany::reject || fitting != nullptr) return true;
  return std::ranges::any_of(current_.clients(), [&](const KnownClient& client) {
    return client.company_id.size() == company_id.size() &&
           client.company_id.starts_with(company_id.substr(0, spreadsheet_digits));
  });
}

void RowChecker::add_invalid_id(const Row& row, const KnownClient* swapped, CheckedRow& checked) const {
  if (swapped != nullptr) return add_swapped_id(Message::company_id_invalid_swapped, *swapped, checked);
  const bool digits = policy_.company_id == Policy::CompanyId::digits;
  const Message message = !digits         ? Message::company_id_invalid_text
                          : is_total(row) ? Message::company_id_invalid_total
                                          : Message::company_id_invalid_digits;
  add(checked, message, {{"value", checked.company_id}});
}

void RowChecker::check_company(const Row& row, CheckedRow& checked) {
  const std::string_view id = checked.company_id;
  const bool may_be_damaged = checked.client == nullptr && policy_.damaged_ids != Policy::DamagedIds::accept;
  const KnownClient* fitting = may_be_damaged ? fitting_client(row) : nullptr;
  const KnownClient* swapped = checked.client == nullptr ? swapped_client(row, current_) : nullptr;
  if (id.empty()) {
    add(checked, is_total(row) ? Message::company_id_blank_total : Message::company_id_blank);
  } else if (may_be_damaged && looks_reformatted(id, fitting)) {
    add_reformatted_id(fitting, current_, checked);
  } else if (!is_valid_id(id, policy_.company_id)) {
    add_invalid_id(row, swapped, checked);
  } else if (row.ref && row.ref->company_id != id) {
    add(checked, Message::company_id_mismatch, {{"value", id}, {"id", row.ref->company_id}});
  } else if (swapped != nullptr) {
    add_swapped_id(Message::company_id_unknown_swapped, *swapped, checked);
  } else if (checked.client == nullptr && policy_.unknown_company == Policy::UnknownCompany::reject) {
    add(checked, Message::company_id_unknown, {{"value", id}});
  }
  // A Ref that did not decide stays, because it may decide once the row is corrected. If Ref held the cell's ID
  // instead, a mismatch would pass as soon as its report is dropped again.
  checked.keeps_ref = row.ref != nullptr && row.ref->company_id != id;
}

void RowChecker::check_name(const Row& row, CheckedRow& checked) {
  const std::string_view name = cell(row, Column::display_name);
  const bool update = policy_.display_name == Policy::DisplayName::update;
  const bool create = checked.client == nullptr && policy_.unknown_company == Policy::UnknownCompany::create;
  checked.name_after = update || checked.client == nullptr ? name : checked.client->display_name;
  if (update || create) {
    const auto control = find_control(name);
    if (name.empty()) {
      add(checked, Message::display_name_blank);
    } else if (control) {
      add_hidden(checked, Message::display_name_control, name, *control);
    } else if (const std::size_t length = code_points(name); length > max_name) {
      add(checked, Message::display_name_too_long,
          {{"length", std::to_string(length)}, {"limit", std::to_string(max_name)}});
    }
  } else if (policy_.display_name == Policy::DisplayName::check && checked.client != nullptr &&
             !same_name(name, checked.client->display_name)) {
    add_changed_name(row, checked);
  }
}

void RowChecker::check_number(const Row& row, CheckedRow& checked) {
  const std::string_view number = meant_number(row, checked);
  if (number != cell(row, Column::client_number)) checked.restored = true;
  if (number.empty()) {
    if (policy_.blank_number == Policy::BlankNumber::reject) add(checked, Message::client_number_blank);
    const bool clears = policy_.blank_number == Policy::BlankNumber::clear || checked.client == nullptr;
    checked.number_after = clears ? std::nullopt : checked.client->number;
    return;
  }
  check_number_form(number, current_, policy_, checked);
  checked.refers_to_number = check_number_text(number, checked);
  checked.number_after = number;
}

void RowChecker::check_details(const Row& row, CheckedRow& checked) {
  if (row.details == nullptr) return;
  ClientDetails& details = details_.emplace_back(details_after(checked));
  const auto& [type, lead, status] = *row.details;
  if (type) {
    check_detail(*type, Message::type_control, Message::type_too_long, checked);
    details.type = *type;
  }
  if (lead) {
    check_detail(*lead, Message::lead_control, Message::lead_too_long, checked);
    details.lead = *lead;
  }
  if (status) {
    const std::optional<bool> active = read_status(*status);
    if (!active) add(checked, Message::status_invalid, {{"value", *status}});
    details.active = active.value_or(details.active);
  }
  checked.details_after = &details;
}

CheckedRow RowChecker::check(const Row& row) {
  CheckedRow checked;
  checked.row = &row;
  if (row.kept()) {
    checked.keeps_ref = row.ref != nullptr;
    return checked;
  }
  if (row.shape) {
    checked.problems.push_back(*row.shape);
    return checked;
  }
  resolve_company(row, checked);
  check_company(row, checked);
  if (checked.client != nullptr && policy_.existing_clients == Policy::ExistingClients::keep) {
    checked.name_after = checked.client->display_name;
    checked.number_after = checked.client->number;
    return checked;
  }
  check_name(row, checked);
  check_number(row, checked);
  check_details(row, checked);
  if (policy_.older_files == Policy::OlderFiles::check) check_history(row, history_, checked);
  return checked;
}

}  // namespace clientsync
