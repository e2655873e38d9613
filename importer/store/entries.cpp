#include "importer/store/entries.hpp"

#include <span>
#include <utility>

#include "importer/digest.hpp"
#include "importer/store/entries_sql.hpp"
#include "importer/store/snapshot.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

std::string text_or_empty(const Cell& cell) {
  return text_in(cell).value_or("");
}

std::optional<ImportId> entry_in(const Cell& cell) {
  return cell ? std::optional(number_in(cell)) : std::nullopt;
}

constexpr std::size_t entry_columns = 24;

RecordedEntry entry_of(std::span<const Cell> cells) {
  const auto count = [&](std::size_t at) { return static_cast<std::size_t>(number_in(cells[at])); };
  return {.id = number_in(cells[0]),
          .kind = kind_of_entry(cells[1].value()),
          .rejected = cells[2] == "rejected",
          .firm = text_or_empty(cells[3]),
          .inbox = text_or_empty(cells[4]),
          .name = unescape(cells[5].value()),
          .version = number_in(cells[6]),
          .sha256 = text_or_empty(cells[7]),
          .size = static_cast<std::uint64_t>(number_in(cells[8])),
          .language = text_or_empty(cells[9]),
          .who = text_or_empty(cells[10]),
          .source = source_of_entry(cells[11].value()),
          .started_at = number_in(cells[12]),
          .finished_at = number_in(cells[13]),
          .counts = {count(14), count(15), count(16), count(17), count(18), count(19)},
          .original = entry_in(cells[20]),
          .undone_by = entry_in(cells[21]),
          .report_state = report_state_of(std::string(cells[22].value())),
          .report_name = unescape(cells[23].value())};
}

constexpr std::size_t change_columns = 6;

EntryChange change_of(std::span<const Cell> cells) {
  return {.company_id = text_or_empty(cells[0]),
          .field = field_of_client(cells[1].value()),
          .before = text_in(cells[2]),
          .after = text_in(cells[3]),
          .entry = number_in(cells[4]),
          .undoes = number_in(cells[5])};
}

}  // namespace

void list_entries(Connection& connection, const EntryFilter& filter,
                  const std::function<void(const RecordedEntry&)>& each) {
  const ImportId first = filter.before.value_or(std::numeric_limits<ImportId>::max());
  const auto next = [&](const RecordedEntry* last, std::size_t size, std::vector<RecordedEntry>& page) {
    Statement statement{
        .sql = sql::list_entries(connection.kind(), filter.firm.has_value(), filter.inbox.has_value(),
                                 filter.kind.has_value()),
        .parameters = {{"before", last != nullptr ? last->id : first}, {"most", static_cast<std::int64_t>(size)}},
        .columns = entry_columns,
        .each = [&page](std::span<const Cell> cells) { page.push_back(entry_of(cells)); }};
    if (filter.firm) statement.parameters.push_back({"firm", *filter.firm});
    if (filter.inbox) statement.parameters.push_back({"inbox", std::string_view(*filter.inbox)});
    if (filter.kind) statement.parameters.push_back({"kind", word_of(*filter.kind)});
    return statement;
  };
  read_in_pages<RecordedEntry>(connection, "listing the entries of the ledger", filter.limit, next, each);
}

bool has_several_firms(Connection& connection) {
  std::int64_t firms = 0;
  Batch batch(connection);
  batch.add({.sql = "select count(*) from firms", .columns = 1, .each = [&firms](std::span<const Cell> cells) {
               firms = number_in(cells[0]);
             }});
  batch.run("counting the firms");
  return firms > 1;
}

std::optional<RecordedEntry> read_entry(Connection& connection, ImportId entry) {
  std::optional<RecordedEntry> found;
  Batch batch(connection);
  batch.add({.sql = sql::read_entry(connection.kind()),
             .parameters = {{"entry", entry}},
             .columns = entry_columns,
             .each = [&found](std::span<const Cell> cells) { found = entry_of(cells); }});
  batch.run("reading an entry of the ledger");
  return found;
}

void read_entry_changes(Batch& batch, ImportId entry, std::vector<EntryChange>& changes) {
  batch.add({.sql = sql::read_entry_changes,
             .parameters = {{"entry", entry}},
             .columns = change_columns,
             .each = [&changes](std::span<const Cell> cells) { changes.push_back(change_of(cells)); }});
}

void read_later_changes(Batch& batch, ImportId entry, std::vector<EntryChange>& changes) {
  batch.add({.sql = sql::read_later_changes(batch.connection()),
             .parameters = {{"entry", entry}},
             .columns = change_columns,
             .each = [&changes](std::span<const Cell> cells) { changes.push_back(change_of(cells)); }});
}

std::vector<EntryError> read_entry_errors(Connection& connection, ImportId entry) {
  std::vector<EntryError> errors;
  Batch batch(connection);
  batch.add({.sql = "select sheet_row, company_id, codes, message from import_errors where import_id = :entry"
                    " order by seq",
             .parameters = {{"entry", entry}},
             .columns = 4,
             .each = [&errors](std::span<const Cell> cells) {
               errors.push_back({static_cast<std::size_t>(number_in(cells[0])), text_or_empty(cells[1]),
                                 text_or_empty(cells[2]), text_or_empty(cells[3])});
             }});
  batch.run("reading the errors of an entry");
  return errors;
}

EntryBytes read_entry_bytes(Connection& connection, ImportId entry) {
  const auto bytes_in = [](const Cell& cell) {
    return cell ? std::optional(unbase64(std::string(*cell))) : std::nullopt;
  };
  EntryBytes bytes;
  Batch batch(connection);
  batch.add({.sql = "select input, report from import_bytes where import_id = :entry",
             .parameters = {{"entry", entry}},
             .columns = 2,
             .each = [&](std::span<const Cell> cells) {
               bytes = {bytes_in(cells[0]), bytes_in(cells[1])};
             }});
  batch.run("reading the bytes of an entry");
  return bytes;
}

std::vector<ClientChange> read_client_history(Connection& connection, FirmId firm, std::string_view company_id) {
  std::vector<ClientChange> changes;
  const auto read = [&changes](std::span<const Cell> cells) {
    ClientChange change{.entry = number_in(cells[0]),
                        .field = field_of_client(cells[6].value()),
                        .before = text_in(cells[7]),
                        .after = text_in(cells[8])};
    if (cells[1]) {
      change.kind = kind_of_entry(*cells[1]);
      change.source = source_of_entry(cells[2].value());
      change.name = unescape(cells[3].value());
      change.who = text_or_empty(cells[4]);
      change.started_at = number_in(cells[5]);
    }
    changes.push_back(std::move(change));
  };
  Batch batch(connection);
  batch.add({.sql = sql::read_client_history(connection),
             .parameters = {{"firm", firm}, {"client", company_id}},
             .columns = 9,
             .each = read});
  batch.run("reading the history of a client");
  return changes;
}

}  // namespace clientsync
