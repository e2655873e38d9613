#include "importer/plan/row_checks.hpp"

#include <algorithm>

#include "importer/plan/spreadsheet_forms.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

// In code points.
constexpr std::size_t max_id_text = 64, max_name = 200, max_number = 100;

const std::string& cell(const Row& row, Column column) {
  return row.cells[index_of(column)];
}

void add(CheckedRow& checked, Message message, std::vector<std::pair<std::string_view, std::string>> arguments = {}) {
  checked.problems.push_back({message, checked.row->row, std::move(arguments)});
}

void add_hidden(CheckedRow& checked, Message message, const std::string& value, const HiddenCharacter& hidden) {
  add(checked, message,
      {{"value", value},
       {"code_point", code_point_name(hidden.code_point)},
       {"position", std::to_string(hidden.position)}});
}

bool same_name(std::string_view a, std::string_view b) {
  return a == b || fold_white_space(a) == fold_white_space(b);
}

bool is_marked_superseded(const Row& row) {
  return row.report_line->error_codes.find(token(Code::superseded)) != std::string::npos;
}

bool is_valid_id(const std::string& id, Policy::CompanyId kind) {
  if (kind == Policy::CompanyId::digits) return all_digits(id) && id.size() <= max_id_digits;
  return code_points(id) <= max_id_text && !find_hidden(id);
}

/// The number that the row means: Ref's, if the cell is what a spreadsheet made of it (docs/specification.md §5).
const std::string& meant_number(const Row& row, const std::string& company_id) {
  const std::string& number = cell(row, Column::client_number);
  if (!row.ref || !row.ref->number || row.ref->company_id != company_id || number.empty()) return number;
  const std::string& original = *row.ref->number;
  return is_number_form(number, original) || is_date_form(number, original) ? original : number;
}

void check_reformatted_number(const std::string& number, const Register& current, const Policy& policy,
                              CheckedRow& checked) {
  const Client* client = checked.client;
  if (client != nullptr && client->number == number) return;
  if (is_scientific(number)) return add(checked, Message::client_number_scientific, {{"value", number}});
  if (client == nullptr || policy.leading_zeros == Policy::LeadingZeros::accept || !all_digits(number)) return;
  const auto lost_zeros_of = [&](const std::string& other) {
    return other.size() > number.size() && other.ends_with(number) &&
           other.find_first_not_of('0') >= other.size() - number.size() && all_digits(other);
  };
  if (client->number && lost_zeros_of(*client->number)) {
    return add(checked, Message::client_number_zeros_lost, {{"value", number}, {"number", *client->number}});
  }
  if (const Client* other = current.holder_with_zeros(number, client)) {
    add(checked, Message::client_number_zeros_lost_other,
        {{"value", number}, {"number", *other->number}, {"name", other->display_name}});
  }
}

/// The group "number" of docs/specification.md §4.2, for a number that is not blank. Reports only the first rule that
/// fails.
void check_number_form(const std::string& number, const Register& current, const Policy& policy, CheckedRow& checked) {
  if (number.starts_with('=')) {
    add(checked, Message::client_number_formula, {{"value", number}});
  } else if (is_error_value(number)) {
    add(checked, Message::client_number_spreadsheet_error, {{"value", number}});
  } else {
    check_reformatted_number(number, current, policy, checked);
  }
}

/// The groups "length" and "characters". True if the number passes both, so that a Ref can hold it.
bool check_number_text(const std::string& number, CheckedRow& checked) {
  const std::size_t length = code_points(number);
  if (length > max_number) {
    add(checked, Message::client_number_too_long,
        {{"value", number}, {"length", std::to_string(length)}, {"limit", std::to_string(max_number)}});
  }
  const auto hidden = find_hidden(number);
  if (hidden) add_hidden(checked, Message::client_number_hidden, number, *hidden);
  return length <= max_number && !hidden;
}

void add_superseded(CheckedRow& checked, Message message, const std::string& value, const PastChange& later,
                    std::vector<std::pair<std::string_view, std::string>> more) {
  more.insert(more.end(), {{"value", value},
                           {"entry", std::to_string(later.entry.number)},
                           {"entry_file", later.entry.file},
                           {"entry_date", later.entry.date}});
  add(checked, message, std::move(more));
}

/// True if a line of a report still says what it said when it was written: somebody who corrects a line types another
/// number, and somebody who confirms a superseded one empties its error code.
bool is_left_line(const Row& row, const CheckedRow& checked) {
  if (!row.report_line || row.report_line->error_codes.empty()) return false;
  return is_marked_superseded(row) || (row.ref && row.ref->number == checked.number_after);
}

/// The group "history" of docs/specification.md §4.2: the row would write a field that a later entry has changed.
void check_history(const Row& row, const History& history, CheckedRow& checked) {
  const Client* client = checked.client;
  const std::optional<std::string> number = client != nullptr ? client->number : std::nullopt;
  const bool writes_number = checked.number_after != number;
  const bool writes_name = client != nullptr && checked.name_after != client->display_name;
  const std::string& id = checked.company_id;
  const std::string value = checked.number_after.value_or("–"), present = number.value_or("–");
  if (const auto& first = history.first_import) {
    const std::pair<std::string_view, std::string> file{"file", first->file}, date{"date", first->date};
    const auto later = [&](ClientField field) { return history.last_change(id, field, first->number); };
    if (const PastChange* change = writes_number ? later(ClientField::number) : nullptr)
      return add_superseded(checked, Message::superseded_number, value, *change, {{"number", present}, file, date});
    if (const PastChange* change = writes_name ? later(ClientField::name) : nullptr)
      return add_superseded(checked, Message::superseded_name, checked.name_after, *change,
                            {{"name", client->display_name}, file, date});
  }
  if (!writes_number || !checked.number_after || !is_left_line(row, checked)) return;
  // Of a report that was edited in place, it is known when it was written; of others, that the client had the number.
  const bool in_place = history.report_of != 0 && !is_marked_superseded(row);
  const PastChange* change = history.last_change(id, ClientField::number, in_place ? history.report_of : 0);
  if (change != nullptr && (in_place || history.had_number(id, *checked.number_after)))
    add_superseded(checked, Message::superseded_line, value, *change, {{"number", present}});
}

/// The one client from whose ID a spreadsheet can have made `id`, if `id` still has 15 of its digits; nullptr if none
/// or several fit.
const Client* client_with_digits(const std::string& id, const Register& current) {
  const auto range = keeps_exact_digits(id) ? originals_of(id) : std::nullopt;
  if (!range) return nullptr;
  const auto fits = [&](const Client& client) { return range->contains(client.company_id); };
  const auto& clients = current.clients();
  const auto first = std::ranges::find_if(clients, fits);
  return first == clients.end() || std::any_of(first + 1, clients.end(), fits) ? nullptr : &*first;
}

/// A damaged ID that was not restored. `fitting`: the one client that fits by name and digits, or nullptr.
void add_reformatted_id(const Client* fitting, const Register& current, CheckedRow& checked) {
  const std::string& id = checked.company_id;
  if (fitting != nullptr) {
    add(checked, Message::company_id_reformatted_fits,
        {{"value", id}, {"id", fitting->company_id}, {"name", fitting->display_name}});
  } else if (const Client* other = client_with_digits(id, current)) {
    add(checked, Message::company_id_reformatted_other_name,
        {{"value", id}, {"id", other->company_id}, {"name", other->display_name}});
  } else {
    add(checked, Message::company_id_reformatted, {{"value", id}});
  }
}

}  // namespace

/// The one client whose name fits and from whose ID a spreadsheet can have made the cell; nullptr if none or several
/// fit.
const Client* RowChecker::fitting_client(const Row& row) {
  const auto range = originals_of(cell(row, Column::company_id));
  if (!range) return nullptr;
  if (by_name_.empty()) {
    for (const Client& client : current_.clients()) by_name_.emplace(fold_white_space(client.display_name), &client);
  }
  const Client* fitting = nullptr;
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
      (checked.company_id.empty() || is_number_form(checked.company_id, row.ref->company_id))) {
    const Client* named = current_.find(row.ref->company_id);
    if (named != nullptr && same_name(named->display_name, cell(row, Column::display_name))) {
      checked.company_id = named->company_id;
      checked.restored = true;
    }
  }
  checked.client = current_.find(checked.company_id);
  if (checked.client != nullptr || policy_.damaged_ids == Policy::DamagedIds::reject) return;
  if (const Client* fitting = fitting_client(row)) {
    checked.company_id = fitting->company_id;
    checked.client = fitting;
    checked.restored = true;
  }
}

bool RowChecker::looks_reformatted(const std::string& company_id, const Client* fitting) const {
  if (is_scientific(company_id)) return true;
  if (!is_rounded(company_id)) return false;
  if (policy_.unknown_company == Policy::UnknownCompany::reject || fitting != nullptr) return true;
  return std::ranges::any_of(current_.clients(), [&](const Client& client) {
    return client.company_id.size() == company_id.size() &&
           client.company_id.starts_with(company_id.substr(0, spreadsheet_digits));
  });
}

void RowChecker::check_company(const Row& row, CheckedRow& checked) {
  const std::string& id = checked.company_id;
  const Client* fitting = checked.client == nullptr ? fitting_client(row) : nullptr;
  if (id.empty()) {
    add(checked, Message::company_id_blank);
  } else if (checked.client == nullptr && looks_reformatted(id, fitting)) {
    add_reformatted_id(fitting, current_, checked);
  } else if (!is_valid_id(id, policy_.company_id)) {
    add(checked,
        policy_.company_id == Policy::CompanyId::digits ? Message::company_id_invalid_digits
                                                        : Message::company_id_invalid_text,
        {{"value", id}});
  } else if (row.ref && row.ref->company_id != id) {
    add(checked, Message::company_id_mismatch, {{"value", id}, {"id", row.ref->company_id}});
  } else if (checked.client == nullptr && policy_.unknown_company == Policy::UnknownCompany::reject) {
    add(checked, Message::company_id_unknown, {{"value", id}});
  }
  // A Ref that did not decide stays, because it may decide once the row is corrected. If Ref held the cell's ID
  // instead, a mismatch would pass as soon as its report is dropped again.
  checked.keeps_ref = row.ref && row.ref->company_id != id;
  if (checked.keeps_ref) {
    checked.ref = row.ref;
  } else if (checked.client != nullptr) {
    checked.ref = Ref{id, std::nullopt};
  }
}

void RowChecker::check_name(const Row& row, CheckedRow& checked) {
  const std::string& name = cell(row, Column::display_name);
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
    add(checked, Message::display_name_changed, {{"value", name}, {"name", checked.client->display_name}});
  }
}

void RowChecker::check_number(const Row& row, CheckedRow& checked) {
  const std::string& number = meant_number(row, checked.company_id);
  if (number != cell(row, Column::client_number)) checked.restored = true;
  if (number.empty()) {
    if (policy_.blank_number == Policy::BlankNumber::reject) add(checked, Message::client_number_blank);
    const bool clears = policy_.blank_number == Policy::BlankNumber::clear || checked.client == nullptr;
    checked.number_after = clears ? std::nullopt : checked.client->number;
    return;
  }
  check_number_form(number, current_, policy_, checked);
  const bool writable = check_number_text(number, checked);
  if (writable && checked.ref && !checked.keeps_ref) checked.ref->number = number;
  checked.number_after = number;
}

CheckedRow RowChecker::check(const Row& row) {
  CheckedRow checked;
  checked.row = &row;
  if (row.kept()) {
    checked.ref = row.ref;
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
  check_history(row, history_, checked);
  return checked;
}

}  // namespace clientsync
