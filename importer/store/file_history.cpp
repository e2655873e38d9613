#include "importer/store/file_history.hpp"

#include "importer/store/batch.hpp"
#include "importer/store/history.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::size_t columns = 18;

/// The imports that fit `where`.
std::string imports_sql(const std::string& where) {
  return "select i.id, i.name, i.kind, i.state, i.who, i.started_at, i.sha256, i.size, i.mtime, i.row_count, i.updated,"
         " i.unchanged, i.created, i.failed, i.restored, i.report_state, i.report_name,"
         " (select e.codes from import_errors e where e.import_id = i.id and e.seq = 1)"
         " from imports i where " +
         where;
}

PastImport import_in(std::span<const Cell> cells) {
  const auto count = [&](std::size_t at) { return static_cast<std::size_t>(number_in(cells[at])); };
  const bool rejected = cells[3] == "rejected";
  return {.id = number_in(cells[0]),
          .name = unescape(*cells[1]),
          .adopted = cells[2] == "adopt",
          .rejected = rejected,
          .code = rejected ? std::string(cells[17].value_or("")) : "",
          .who = std::string(*cells[4]),
          .started_at = number_in(cells[5]),
          .file = {std::string(*cells[6]), static_cast<std::uint64_t>(number_in(cells[7])), number_in(cells[8])},
          .counts = {count(9), count(10), count(11), count(12), count(13), count(14)},
          .report_state = report_state_of(std::string(*cells[15])),
          .report_name = unescape(*cells[16])};
}

std::vector<PastImport> read_imports(Connection& connection, const std::string& where,
                                     std::vector<Parameter> parameters) {
  std::vector<PastImport> imports;
  Batch batch(connection);
  batch.add({.sql = imports_sql(where),
             .parameters = std::move(parameters),
             .columns = columns,
             .each = [&](std::span<const Cell> cells) { imports.push_back(import_in(cells)); }});
  batch.run("reading the history of a file");
  return imports;
}

}  // namespace

FileHistory read_file_history(Connection& connection, std::string_view inbox, std::string_view name, std::size_t most) {
  FileHistory history;
  const std::string escaped = escape(name);
  Batch batch(connection);
  batch.add(
      {.sql = "select count(*) from imports where inbox = :inbox and name = :name",
       .parameters = {{"inbox", inbox}, {"name", std::string_view(escaped)}},
       .columns = 1,
       .each = [&](std::span<const Cell> cells) { history.count = static_cast<std::size_t>(number_in(cells[0])); }});
  batch.run("counting the imports of a file");
  history.imports =
      read_imports(connection, "i.inbox = :inbox and i.name = :name order by i.id desc limit " + std::to_string(most),
                   {{"inbox", inbox}, {"name", std::string_view(escaped)}});
  return history;
}

std::optional<PastImport> read_last_import(Connection& connection, std::string_view inbox) {
  std::vector<PastImport> imports =
      read_imports(connection, "i.inbox = :inbox and i.kind <> 'adopt' order by i.id desc limit 1", {{"inbox", inbox}});
  if (imports.empty()) return std::nullopt;
  return std::move(imports.front());
}

std::vector<PastImport> read_unpublished(Connection& connection, std::string_view inbox) {
  return read_imports(connection, "i.inbox = :inbox and i.report_state = 'pending' order by i.id", {{"inbox", inbox}});
}

std::optional<LedgerEntryName> read_first_import(Connection& connection, std::string_view firm, std::string_view inbox,
                                                 std::string_view name, const std::string& sha256) {
  const std::optional<Firm> known = find_firm(connection, firm);
  if (!known || sha256.empty()) return std::nullopt;
  LedgerEntry entry;
  if (!inbox.empty()) entry.inbox = inbox;
  entry.name = name;
  entry.file.sha256 = sha256;
  std::optional<LedgerEntryName> found;
  Batch batch(connection);
  find_first_import(batch, known->id, entry, "", found);
  batch.run("looking for the first import of a file");
  return found;
}

}  // namespace clientsync
