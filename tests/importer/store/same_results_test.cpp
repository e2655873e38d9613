// Random imports, one after the other, on a server and on SQLite: register, history and reports are the same, byte for
// byte.
#include <string>
#include <vector>

#include "importer/import.hpp"
#include "importer/store/schema.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

/// One file and the rules under which it is imported.
struct Drop {
  std::string bytes;
  Policy policy;
};

/// Texts that databases with other ideas of equality, order or escaping would mix up.
rc::Gen<std::string> tricky(const std::string& plain) {
  return rc::gen::elementOf(std::vector<std::string>{plain,
                                                     plain,
                                                     plain,
                                                     plain + "a",
                                                     plain + "A",
                                                     plain + "é",
                                                     plain + "e",
                                                     plain + "ß",
                                                     plain + "ss",
                                                     plain + "😀",
                                                     plain + "\\",
                                                     plain + "'",
                                                     plain + "\"\"",
                                                     plain + "%",
                                                     plain + "_",
                                                     "0" + plain,
                                                     "00" + plain,
                                                     plain + " x",
                                                     plain + ":firm",
                                                     "$1" + plain,
                                                     plain + "::jsonb",
                                                     plain + "\t",
                                                     ""});
}

std::string generated_row() {
  const int id = *rc::gen::inRange(1, 13);
  const std::string name = *tricky("Client " + std::to_string(*rc::gen::element(id, id, id, 3)));
  const std::string number = *tricky(std::to_string(*rc::gen::inRange(1, 9)));
  const std::string company = *rc::gen::element<std::string>(std::to_string(9130351530529740 + id), "9.13035E+15",
                                                             std::to_string(9130351530529740 + id),
                                                             std::to_string(9130351530529740 + id), "913035153052974");
  return company + ",\"" + name + "\",\"" + number + "\"\r\n";
}

Policy generated_policy() {
  using P = Policy;
  P policy;
  policy.unknown_company =
      *rc::gen::element(P::UnknownCompany::create, P::UnknownCompany::create, P::UnknownCompany::reject);
  policy.display_name = *rc::gen::element(P::DisplayName::check, P::DisplayName::ignore, P::DisplayName::update);
  policy.blank_number = *rc::gen::element(P::BlankNumber::reject, P::BlankNumber::keep, P::BlankNumber::clear);
  policy.damaged_numbers = *rc::gen::element(P::DamagedNumbers::check, P::DamagedNumbers::accept);
  policy.apply = *rc::gen::element(P::Apply::good_rows, P::Apply::good_rows, P::Apply::all_or_nothing);
  policy.max_clients = 9;
  return policy;
}

Drop generated_drop() {
  Drop drop{"Company ID,Display name,Client number\r\n", generated_policy()};
  const int rows = *rc::gen::inRange(0, 12);
  for (int row = 0; row < rows; ++row) drop.bytes += generated_row();
  return drop;
}

/// Imports the drops, and returns the report of each and what the database has in the end.
std::vector<std::string> results_of(Connection& connection, const std::string& firm, const std::vector<Drop>& drops) {
  std::vector<std::string> results;
  std::int64_t version = 0;
  for (const Drop& drop : drops) {
    ImportRules rules;
    rules.firm = firm;
    rules.policy = drop.policy;
    LedgerEntry entry = an_entry("clients.csv", ++version);
    entry.inbox = firm;
    entry.input = drop.bytes;
    entry.file = {sha256(drop.bytes), drop.bytes.size(), 1'700'000'000};
    const auto imported = import_file(connection, entry, rules);
    RC_ASSERT(imported.has_value());
    results.push_back(imported->report);
    RC_ASSERT(report_bytes(connection, imported->import) == imported->report);
    RC_ASSERT(input_bytes(connection, imported->import) == drop.bytes);
  }
  const std::string of_inbox = " i.inbox = '" + firm + "' ";
  for (const std::string& sql : {
           "select c.company_id, c.display_name, c.client_number, c.number_key, c.status from clients c"
           " join firms f on f.id = c.firm_id where f.name = '" +
               firm + "' order by c.company_id",
           "select i.version, c.seq, c.company_id, c.field, c.old_value, c.new_value, i.who, i.started_at"
           " from changes c join imports i on i.id = c.import_id where" +
               of_inbox + "order by i.version, c.seq",
           "select i.version, e.seq, e.sheet_row, e.company_id, e.codes, e.message"
           " from import_errors e join imports i on i.id = e.import_id where" +
               of_inbox + "order by i.version, e.seq",
           "select i.version, i.state, i.row_count, i.updated, i.unchanged, i.created, i.failed, i.language,"
           " i.report_sha256, i.report_state from imports i where" +
               of_inbox + "order by i.version",
       }) {
    results.push_back(text_of(connection, sql));
  }
  return results;
}

}  // namespace

TEST_CASE("the same imports have the same results on every database", "[server]") {
  Store here;
  const TemporaryDirectory directory;
  Connection sqlite({.connection = "dbname=" + (directory.path() / "reference.db").string()});
  prepare_schema(sqlite);
  int firms = 0;
  CHECK_PROPERTY("same results", [&] {
    const auto drops =
        *rc::gen::resize(8, rc::gen::nonEmpty(rc::gen::container<std::vector<Drop>>(rc::gen::exec(generated_drop))));
    const std::string firm = "firm-" + std::to_string(++firms);
    RC_ASSERT(results_of(here, firm, drops) == results_of(sqlite, firm, drops));
  });
}
