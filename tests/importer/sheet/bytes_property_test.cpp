// Whatever bytes a file has, it gets a report whose counts add up, or an error of the file; never an exception.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/invariants.hpp"
#include "tests/support/texts.hpp"

namespace clientsync {
namespace {

namespace fs = std::filesystem;

const fs::path root = CLIENTSYNC_SOURCE_DIR;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The clients of samples/register.csv.
const Register& sample_firm() {
  static const Register firm = [] {
    std::vector<Client> clients;
    const Sheet sheet = read_sheet(bytes_of(root / "samples/register.csv"), SheetRules{});
    for (const Row& row : sheet.rows) {
      Client client = testing::a_client(std::string(row.cells[0])).named(std::string(row.cells[1]));
      if (!row.cells[2].empty()) client.number = row.cells[2];
      clients.push_back(client);
    }
    return testing::register_of(clients);
  }();
  return firm;
}

/// Every CSV of samples/ and tests/cases/, except the largest.
const std::vector<std::string>& real_files() {
  static const std::vector<std::string> files = [] {
    std::vector<std::string> found;
    for (const fs::path& folder : {root / "samples", root / "tests/cases"}) {
      if (!fs::exists(folder)) continue;
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        const bool is_small_csv =
            entry.is_regular_file() && entry.path().extension() == ".csv" && entry.file_size() < 5000;
        if (is_small_csv) found.push_back(bytes_of(entry.path()));
      }
    }
    std::ranges::sort(found);
    return found;
  }();
  return files;
}

/// A file and the settings that judge it.
struct Drop {
  std::string bytes;
  unsigned char rules = 0;
  unsigned char policy = 0;
};

std::ostream& operator<<(std::ostream& out, const Drop& drop) {
  return out << "rules " << +drop.rules << " policy " << +drop.policy << " bytes " << escape(drop.bytes);
}

testing::Outcome outcome_of(const Drop& drop) {
  const SheetRules rules = testing::rules_of(drop.rules);
  const Policy policy = testing::policy_of(drop.policy, drop.rules);
  return testing::judge(read_sheet(drop.bytes, rules), rules, sample_firm(), policy);
}

/// Each file with settings of its own; half of them the defaults, under which real files get furthest.
Drop with_settings(std::string bytes) {
  Drop drop{std::move(bytes)};
  if (*rc::gen::arbitrary<bool>()) {
    drop.rules = *rc::gen::arbitrary<unsigned char>();
    drop.policy = *rc::gen::arbitrary<unsigned char>();
  }
  return drop;
}

void require_all_to_hold(const Drop& drop) {
  RC_LOG() << drop << '\n';
  const testing::Outcome outcome = outcome_of(drop);
  RC_CLASSIFY(outcome.sheet.rejected(), "rejected");
  RC_CLASSIFY(outcome.plan.counts.failed > 0, "with failed rows");
  RC_CLASSIFY(!outcome.plan.writes.empty(), "written");
}

std::size_t place_in(const std::string& bytes) {
  return *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
}

/// What happens to files on their way: bytes lost, doubled, cut off, changed or inserted.
std::string mutated(std::string bytes) {
  const std::size_t place = place_in(bytes);
  const std::size_t length = *rc::gen::inRange<std::size_t>(0, 20);
  const std::string piece = *rc::gen::element<std::string>("\"", ",", ";", "\t", "\r", "\n", std::string(1, '\0'),
                                                           "\xEF\xBB\xBF", "\xFF\xFE", "\xC3", "\x81", "'", "=", "0",
                                                           "E+15", "#N/A", "\xE2\x80\xAE", "sep=;\r\n", "Company ID");
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      return bytes.substr(0, place);
    case 1:
      return bytes.erase(place, length);
    case 2:
      return bytes.insert(place, bytes.substr(place, length));
    case 3:
      return bytes.insert(place, piece);
    default:
      return bytes.replace(place, std::min(piece.size(), bytes.size() - place), piece);
  }
}

/// A cell of a client's row, mostly as the register has it.
std::string random_cell(const KnownClient& client, Column column) {
  switch (*rc::gen::inRange(0, 12)) {
    case 0:
      return *any_text();
    case 1:
      return *rc::gen::element<std::string>("", " ", "=\"007\"", "9.13035E+15", "9130351530529740", "#REF!", "=1+1");
    case 2:
      return std::to_string(*rc::gen::inRange(0, 20));
    default:
      break;
  }
  if (column == Column::company_id) return std::string(client.company_id);
  if (column == Column::display_name) return std::string(client.display_name);
  const auto other = rc::gen::elementOf(sample_firm().clients());
  return std::string((*rc::gen::arbitrary<bool>() ? client : *other).number.value_or("N-1"));
}

/// A file that is a CSV whatever its cells hold: in any dialect, columns in any order, rows too short and too long.
std::string random_csv() {
  const Language language = *rc::gen::elementOf(all_languages);
  std::vector<Column> columns(all_columns.begin(), all_columns.end());
  std::swap(columns[0], columns[*rc::gen::inRange<std::size_t>(0, 3)]);
  const Dialect dialect{.delimiter = *rc::gen::element(',', ';', '\t', '|'),
                        .line_end = *rc::gen::element(LineEnd::crlf, LineEnd::lf, LineEnd::cr)};
  std::string file = *rc::gen::element<std::string>("", "\xEF\xBB\xBF", std::string("sep=") + dialect.delimiter + "\n");
  std::vector<std::string> names;
  for (const Column column : columns) names.emplace_back(header(column, language));
  write_record(file, names, dialect);
  for (int rows = *rc::gen::inRange(0, 12); rows > 0; --rows) {
    std::vector<std::string> cells;
    const KnownClient client = *rc::gen::elementOf(sample_firm().clients());
    for (const Column column : columns) cells.push_back(random_cell(client, column));
    if (*rc::gen::inRange(0, 10) == 0) cells.resize(*rc::gen::inRange<std::size_t>(1, 6), "more");
    write_record(file, cells, dialect);
  }
  return file;
}

TEST_CASE("any bytes give a report with the accounting right or a file error", "[sheet][plan][report][property]") {
  CHECK_PROPERTY("random bytes", [] { require_all_to_hold(with_settings(*any_bytes())); });
  CHECK_PROPERTY("random text under a header",
                 [] { require_all_to_hold(with_settings(std::string(testing::english_header) + *any_text())); });
}

TEST_CASE("a real file however damaged gives a report or a file error", "[sheet][plan][report][property]") {
  REQUIRE(real_files().size() > 10);
  CHECK_PROPERTY("samples and cases with some of their bytes changed", [] {
    std::string bytes = *rc::gen::elementOf(real_files());
    for (int times = *rc::gen::inRange(0, 4); times > 0; --times) bytes = mutated(std::move(bytes));
    require_all_to_hold(with_settings(std::move(bytes)));
  });
}

TEST_CASE("a well-formed file is never rejected for its cells", "[sheet][plan][report][property]") {
  CHECK_PROPERTY("random cells in any dialect", [] {
    const Drop drop{.bytes = random_csv(), .policy = *rc::gen::arbitrary<unsigned char>()};
    require_all_to_hold(drop);
    RC_ASSERT_FALSE(read_sheet(drop.bytes, SheetRules{}).rejected());
  });
}

}  // namespace
}  // namespace clientsync
