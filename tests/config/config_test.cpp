#include "config/config.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include "config/yaml.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr ConfigChecks text_only{ConfigChecks::Folders::ignore, false};

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string example() {
  return read(fs::path(CLIENTSYNC_SOURCE_DIR) / "config/clientsync.yaml");
}

std::vector<std::string> sentences(const ConfigResult& result) {
  std::vector<std::string> sentences;
  if (const auto* errors = std::get_if<std::vector<ConfigError>>(&result)) {
    for (const ConfigError& error : *errors) sentences.push_back(format_error("c.yaml", error));
  }
  return sentences;
}

/// What is wrong with a text, looking at nothing else.
std::vector<std::string> faults(const std::string& yaml) {
  return sentences(parse_config(yaml, text_only));
}

Config good(const std::string& yaml, const ConfigChecks& checks = text_only) {
  const ConfigResult result = parse_config(yaml, checks);
  CAPTURE(yaml, sentences(result));
  REQUIRE(std::holds_alternative<Config>(result));
  return std::get<Config>(result);
}

/// One inbox with a further line of settings, which is line 3.
std::string inbox_with(const std::string& line) {
  return "inboxes:\n  - {name: main, path: /in,\n" + line + "}\n";
}

InboxConfig good_inbox(const std::string& line) {
  return good(inbox_with(line)).inboxes.at(0);
}

using Faults = std::vector<std::string>;
using Names = std::vector<std::string>;
using Headers = std::array<std::vector<std::string>, 3>;

const std::string minimal = "inboxes: [{name: main, path: /in}]\n";

/// A directory that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "clientsync-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  /// Writes a file; returns its path.
  [[nodiscard]] std::string write(const std::string& name, const std::string& content, ::mode_t mode) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    REQUIRE(::chmod((path_ / name).c_str(), mode) == 0);
    return *this / name;
  }

 private:
  fs::path path_;
};

/// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

std::string with_password_file(const std::string& file) {
  return "database: {password_file: " + file + "}\n" + minimal;
}

constexpr ConfigChecks secrets_only{ConfigChecks::Folders::ignore, true};

void collect_keys(const YamlNode& node, const std::string& parent, std::set<std::string>& keys) {
  for (const YamlNode& item : node.items) collect_keys(item, parent, keys);
  for (const YamlEntry& entry : node.entries) {
    keys.insert(parent + entry.key);
    collect_keys(entry.value, parent + entry.key + ".", keys);
  }
}

}  // namespace

TEST_CASE("the annotated example is the defaults with one inbox", "[config]") {
  Config expected;
  expected.inboxes.resize(1);
  expected.inboxes[0].name = "main";
  expected.inboxes[0].path = "/srv/clientsync/inbox";
  expected.inboxes[0].rules.firm = "main";
  CHECK(good(example()) == expected);
}

TEST_CASE("the annotated example lists every key", "[config]") {
  std::vector<ConfigError> errors;
  const std::optional<YamlNode> root = parse_yaml(example(), errors);
  REQUIRE(root);
  std::set<std::string> keys;
  collect_keys(*root, "", keys);
  const std::set<std::string> expected = {"database",
                                          "database.backend",
                                          "database.connection",
                                          "database.password_file",
                                          "state",
                                          "defaults",
                                          "inboxes",
                                          "inboxes.name",
                                          "inboxes.path",
                                          "inboxes.firm",
                                          "inboxes.watch",
                                          "inboxes.settle",
                                          "inboxes.poll",
                                          "inboxes.rescan",
                                          "inboxes.patterns",
                                          "inboxes.limits",
                                          "inboxes.limits.rows",
                                          "inboxes.limits.bytes",
                                          "inboxes.limits.clients",
                                          "inboxes.limits.changes",
                                          "inboxes.unknown_company",
                                          "inboxes.display_name",
                                          "inboxes.blank_number",
                                          "inboxes.company_id",
                                          "inboxes.damaged_ids",
                                          "inboxes.damaged_numbers",
                                          "inboxes.older_files",
                                          "inboxes.apply",
                                          "inboxes.fallback_encoding",
                                          "inboxes.headers",
                                          "inboxes.language",
                                          "inboxes.columns",
                                          "inboxes.columns.company_id",
                                          "inboxes.columns.display_name",
                                          "inboxes.columns.client_number",
                                          "inboxes.report",
                                          "roots",
                                          "retention",
                                          "log",
                                          "log.level",
                                          "log.format",
                                          "http",
                                          "http.listen",
                                          "http.console",
                                          "http.tls",
                                          "http.tls.certificate",
                                          "http.tls.key",
                                          "http.trusted_proxies",
                                          "http.hosts"};
  CHECK(keys == expected);
}

TEST_CASE("a name and a path are all that an inbox needs", "[config]") {
  const Config config = good(minimal);
  CHECK(config.database == DatabaseOptions{});
  REQUIRE(config.inboxes.size() == 1);
  InboxConfig expected;
  expected.name = "main";
  expected.path = "/in";
  expected.rules.firm = "main";
  CHECK(config.inboxes[0] == expected);
  CHECK(good("\xEF\xBB\xBF" + minimal) == config);
  CHECK(good("inboxes:\r\n  - name: main\r\n    path: /in\r\n") == config);
  CHECK(good("database:\ndefaults:\nlog:\nhttp:\nroots:\n" + minimal) == config);
}

TEST_CASE("every setting reaches its place", "[config]") {
  const Config config = good(R"(
database: {backend: sqlite, connection: dbname=/tmp/x.db}
state: /srv/state
inboxes:
  - name: north.office_2-a
    path: /srv/north
    firm: Norte & Filhos
    watch: poll
    settle: 500ms
    poll: 5s
    rescan: 2m
    patterns: ["*.csv", '*.txt']
    limits: {rows: 10, bytes: 1MB, clients: 20, changes: 25%}
    unknown_company: create
    display_name: update
    blank_number: clear
    company_id: text
    damaged_ids: reject
    damaged_numbers: accept
    older_files: accept
    apply: all_or_nothing
    fallback_encoding: reject
    headers: forgiving
    language: pt-BR
    columns: {company_id: [Code, Código], display_name: [Client], client_number: [No]}
    report: errors
retention: 1d
log: {level: debug, format: json}
)");
  CHECK(config.database.connection == "dbname=/tmp/x.db");
  CHECK(config.state == "/srv/state");
  CHECK(config.retention == 24h);
  CHECK(config.log_level == LogLevel::debug);
  CHECK(config.log_format == LogFormat::json);
  InboxConfig expected;
  expected.name = "north.office_2-a";
  expected.path = "/srv/north";
  expected.rules.firm = "Norte & Filhos";
  expected.watch = Watch::poll;
  expected.settle = 500ms;
  expected.poll = 5s;
  expected.rescan = 2min;
  expected.patterns = {"*.csv", "*.txt"};
  expected.rules.sheet.max_rows = 10;
  expected.rules.sheet.max_bytes = 1024 * 1024;
  expected.rules.policy.max_clients = 20;
  expected.rules.policy.max_changes_percent = 25;
  expected.rules.policy.unknown_company = Policy::UnknownCompany::create;
  expected.rules.policy.display_name = Policy::DisplayName::update;
  expected.rules.policy.blank_number = Policy::BlankNumber::clear;
  expected.rules.policy.company_id = Policy::CompanyId::text;
  expected.rules.policy.damaged_ids = Policy::DamagedIds::reject;
  expected.rules.policy.damaged_numbers = Policy::DamagedNumbers::accept;
  expected.rules.policy.older_files = Policy::OlderFiles::accept;
  expected.rules.policy.apply = Policy::Apply::all_or_nothing;
  expected.rules.sheet.fallback = FallbackEncoding::reject;
  expected.rules.sheet.spelling = HeaderSpelling::forgiving;
  expected.rules.sheet.language = Language::pt_br;
  expected.rules.sheet.headers = {{{"Code", "Código"}, {"Client"}, {"No"}}};
  expected.rules.report_always = false;
  REQUIRE(config.inboxes.size() == 1);
  CHECK(config.inboxes[0] == expected);
}

TEST_CASE("a setting that takes words knows each of them", "[config]") {
  CHECK(good_inbox("watch: inotify").watch == Watch::inotify);
  CHECK(good_inbox("watch: auto").watch == Watch::automatic);
  CHECK(good_inbox("display_name: ignore").rules.policy.display_name == Policy::DisplayName::ignore);
  CHECK(good_inbox("blank_number: keep").rules.policy.blank_number == Policy::BlankNumber::keep);
  CHECK(good_inbox("limits: {changes: \"20%\"}").rules.policy.max_changes_percent == 20U);
  CHECK(good("log: {level: warning, format: text}\n" + minimal).log_level == LogLevel::warning);
  CHECK(good("log: {level: error, format: text}\n" + minimal).log_format == LogFormat::text);
  CHECK(faults(inbox_with("watch: Auto")) ==
        Faults{"c.yaml:3:8: inboxes[0].watch: unknown value `Auto`; did you mean `auto`?"});
  CHECK(faults(inbox_with("watch: sometimes")) ==
        Faults{"c.yaml:3:8: inboxes[0].watch: unknown value `sometimes`; expected one of auto, inotify, poll"});
  CHECK(faults(inbox_with("report: [always]")) ==
        Faults{"c.yaml:3:9: inboxes[0].report: found a list; expected one of always, errors"});
  CHECK(faults(inbox_with("apply: ")) ==
        Faults{"c.yaml:3:1: inboxes[0].apply: no value; expected one of good_rows, all_or_nothing"});
}

TEST_CASE("defaults hold for every inbox, and an inbox overrides them key by key", "[config]") {
  const Config config = good(R"(
inboxes:
  - {name: a, path: /a, limits: {rows: 7}, columns: {client_number: [Nr]}, settle: 3s}
  - {name: b, path: /b, patterns: ["*.txt"], firm: own, columns: {company_id: [Code]}}
defaults:
  firm: shared
  settle: 2s
  patterns: ["*.dat"]
  limits: {rows: 5, clients: 6, changes: 10%}
  columns: {company_id: [Id], client_number: [Number]}
)");
  REQUIRE(config.inboxes.size() == 2);
  const InboxConfig& a = config.inboxes[0];
  const InboxConfig& b = config.inboxes[1];
  CHECK(a.rules.firm == "shared");
  CHECK(b.rules.firm == "own");
  CHECK(a.settle == 3s);
  CHECK(b.settle == 2s);
  CHECK(a.patterns == Names{"*.dat"});
  CHECK(b.patterns == Names{"*.txt"});
  CHECK(a.rules.sheet.max_rows == 7);
  CHECK(b.rules.sheet.max_rows == 5);
  for (const InboxConfig& inbox : config.inboxes) {
    CHECK(inbox.rules.sheet.max_bytes == 100 * 1024);
    CHECK(inbox.rules.policy.max_clients == 6);
    CHECK(inbox.rules.policy.max_changes_percent == 10U);
  }
  CHECK(a.rules.sheet.headers == Headers{{{"Id"}, {}, {"Nr"}}});
  CHECK(b.rules.sheet.headers == Headers{{{"Code"}, {}, {"Number"}}});
}

TEST_CASE("an inbox can switch off a guard that the defaults have", "[config]") {
  const Config config =
      good("defaults: {limits: {changes: 10%}}\ninboxes: [{name: a, path: /a, limits: {changes: off}}]");
  CHECK(config.inboxes.at(0).rules.policy.max_changes_percent == std::nullopt);
}

TEST_CASE("everything that is wrong is reported at once, in the order of the file", "[config]") {
  const Faults expected = {
      "c.yaml:1:1: colour: unknown key `colour`; expected one of database, state, defaults, roots, inboxes, retention, "
      "log, http",
      "c.yaml:3:13: defaults.settle: `soon` is not a duration; expected a whole number and its unit (ms, s, m, h, d), "
      "from 0ms to 1h, like 90s",
      "c.yaml:5:5: inboxes[0].path: missing; expected the directory to watch",
      "c.yaml:6:5: inboxes[0].patern: unknown key `patern`; did you mean `patterns`?",
      "c.yaml:7:21: inboxes[0].limits.rows: `0` is out of range; expected a whole number from 1 to 1000000",
      "c.yaml:7:31: inboxes[0].limits.bytes: `1GB` is not a size; expected a whole number and its unit (B, KB, MB), "
      "from 1B to 64MB, like 100KB",
      "c.yaml:8:5: inboxes[0].name: duplicate key, first given in line 5; expected it once",
      "c.yaml:9:16: log.level: unknown value `loud`; expected one of debug, info, warning, error"};
  CHECK(faults(R"(colour: red
defaults:
    settle: soon
inboxes:
  - name: main
    patern: ["*.csv"]
    limits: { rows: 0, bytes: 1GB }
    name: second
log: {  level: loud}
)") == expected);
}

TEST_CASE("columns are counted in characters", "[config]") {
  CHECK(
      faults("inboxes: [{name: main, path: /in, firm: Ação, settle: x, poll: 1s}]").at(0).starts_with("c.yaml:1:55: "));
}

TEST_CASE("an unknown key is answered with the nearest known one", "[config]") {
  CHECK(faults("database: {password: geheim}\n" + minimal) ==
        Faults{"c.yaml:1:12: database.password: unknown key `password`; did you mean `password_file`?"});
  CHECK(faults("retenton: 1d\n" + minimal) ==
        Faults{"c.yaml:1:1: retenton: unknown key `retenton`; did you mean `retention`?"});
  CHECK(faults(inbox_with("limits: {row: 1}")) ==
        Faults{"c.yaml:3:10: inboxes[0].limits.row: unknown key `row`; did you mean `rows`?"});
  CHECK(faults("log: {colour: on}\n" + minimal) ==
        Faults{"c.yaml:1:7: log.colour: unknown key `colour`; expected one of level, format"});
}

TEST_CASE("a duplicate key is an error, even an unknown one", "[config]") {
  CHECK(faults("retention: 1d\n" + minimal + "retention: 2d\n") ==
        Faults{"c.yaml:3:1: retention: duplicate key, first given in line 1; expected it once"});
  CHECK(faults("foo: 1\nfoo: 2\n" + minimal).size() == 2);
}

TEST_CASE("numbers are plain decimal whole numbers", "[config]") {
  CHECK(good_inbox("limits: {rows: 1000000, clients: 10000000}").rules.sheet.max_rows == 1000000);
  for (const std::string bad : {"010", "08", "+5", "-1", "1_000", "1,5", "0x10", "1e3", "1.0", "yes", "ten"}) {
    CAPTURE(bad);
    const Faults found = faults(inbox_with("limits: {\nrows: " + (bad == "1,5" ? "'1,5'" : bad) + "}"));
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("c.yaml:4:7: inboxes[0].limits.rows: `" + bad + "` "));
  }
  CHECK(faults(inbox_with("limits: {rows: 010}")) ==
        Faults{"c.yaml:3:16: inboxes[0].limits.rows: `010` is not a whole number (digits only, no leading zeros); "
               "expected a whole number from 1 to 1000000"});
  CHECK(
      faults(inbox_with("limits: {rows: \"10\"}")) ==
      Faults{"c.yaml:3:16: inboxes[0].limits.rows: `10` in quotes is text; expected a whole number from 1 to 1000000, "
             "without quotes"});
  CHECK(
      faults(inbox_with("limits: {clients: 99999999999999999999999}")) ==
      Faults{
          "c.yaml:3:19: inboxes[0].limits.clients: `99999999999999999999999` is out of range; expected a whole number "
          "from 1 to 10000000"});
  CHECK(faults(inbox_with("limits: {rows: {}}")) ==
        Faults{"c.yaml:3:16: inboxes[0].limits.rows: found a map of keys; expected a whole number from 1 to 1000000"});
}

TEST_CASE("durations have a unit and a range", "[config]") {
  CHECK(good_inbox("settle: 0s").settle == 0ms);
  CHECK(good_inbox("settle: 1h").settle == 1h);
  CHECK(good_inbox("poll: 100ms").poll == 100ms);
  CHECK(good_inbox("rescan: 1m").rescan == 1min);
  CHECK(good_inbox("rescan: \"1m\"").rescan == 1min);
  CHECK(good("retention: 36500d\n" + minimal).retention == 36500 * 24h);
  for (const std::string bad : {"1", "s", "1 s", "1S", "01s", "-1s", "1.5s", "1w", "1s1", "''"}) {
    CAPTURE(bad);
    CHECK(faults(inbox_with("settle: " + bad)).size() == 1);
  }
  CHECK(faults(inbox_with("settle: 2h")) ==
        Faults{"c.yaml:3:9: inboxes[0].settle: `2h` is out of range; expected a duration from 0ms to 1h, like 90s"});
  CHECK(faults(inbox_with("poll: 99ms")) ==
        Faults{"c.yaml:3:7: inboxes[0].poll: `99ms` is out of range; expected a duration from 100ms to 1h, like 90s"});
  CHECK(faults(inbox_with("rescan: 999ms")) ==
        Faults{"c.yaml:3:9: inboxes[0].rescan: `999ms` is out of range; expected a duration from 1s to 1d, like 90s"});
  CHECK(
      faults("retention: 99999999999999999999d\n" + minimal) ==
      Faults{"c.yaml:1:12: retention: `99999999999999999999d` is out of range; expected a duration from 1s to 36500d, "
             "like 90s"});
  CHECK(faults("retention: [1d]\n" + minimal) ==
        Faults{"c.yaml:1:12: retention: found a list; expected a duration from 1s to 36500d, like 90s"});
}

TEST_CASE("sizes have a unit and a range, and a KB has 1,024 bytes", "[config]") {
  CHECK(good_inbox("limits: {bytes: 100KB}").rules.sheet.max_bytes == 102400);
  CHECK(good_inbox("limits: {bytes: 1B}").rules.sheet.max_bytes == 1);
  CHECK(good_inbox("limits: {bytes: 64MB}").rules.sheet.max_bytes == 64 * 1024 * 1024);
  for (const std::string bad : {"102400", "0B", "65MB", "1kb", "1 KB", "1GB", "18446744073709551615MB"}) {
    CAPTURE(bad);
    CHECK(faults(inbox_with("limits: {bytes: " + bad + "}")).size() == 1);
  }
  CHECK(
      faults(inbox_with("limits: {bytes: 65MB}")) ==
      Faults{
          "c.yaml:3:17: inboxes[0].limits.bytes: `65MB` is out of range; expected a size from 1B to 64MB, like 100KB"});
}

TEST_CASE("the guard against changes is off or a percentage", "[config]") {
  CHECK(good_inbox("limits: {changes: 1%}").rules.policy.max_changes_percent == 1U);
  CHECK(good_inbox("limits: {changes: 100%}").rules.policy.max_changes_percent == 100U);
  for (const std::string bad : {"0%", "101%", "20", "on", "%%", "2.5%", "false", "''"}) {
    CAPTURE(bad);
    CHECK(faults(inbox_with("limits: {changes: '" + bad + "'}")).size() == 1);
  }
  CHECK(faults(inbox_with("limits: {changes: 101%}")) ==
        Faults{"c.yaml:3:19: inboxes[0].limits.changes: `101%` is not valid; expected off, or a percentage from 1% to "
               "100%"});
}

TEST_CASE("inboxes of one firm must agree on what is about its register", "[config]") {
  const auto two = [](const std::string& first, const std::string& second) {
    return "inboxes:\n  - {name: a, path: /srv/a, firm: x, " + first + "}\n  - {name: b, path: /srv/b, firm: x, " +
           second + "}\n";
  };
  CHECK(faults(two("limits: {clients: 5}", "limits: {clients: 5, rows: 7}")).empty());
  CHECK(
      faults(two("limits: {clients: 5}", "company_id: text")) ==
      Faults{"c.yaml:3:5: inboxes[1]: `limits.clients` differs from that of the inbox in line 2, which has the same "
             "firm; expected the same",
             "c.yaml:3:5: inboxes[1]: `company_id` differs from that of the inbox in line 2, which has the same firm; "
             "expected the same"});
}

TEST_CASE("the service's own directory may not be in a folder to which others can write", "[config]") {
  for (const std::string state : {"/srv/in", "/srv/in/state"}) {
    CHECK(faults("state: " + state + "\ninboxes: [{name: a, path: /srv/in}]\n") ==
          Faults{"c.yaml:2:27: inboxes[0].path: `/srv/in` is or contains the service's own directory `" + state +
                 "`; expected `state` elsewhere"});
    CHECK(faults("state: " + state + "\nroots: [/srv/in]\n").size() == 1);
  }
  CHECK(faults("state: /srv\ninboxes: [{name: a, path: /srv/in}]\n").empty());
}

TEST_CASE("what this version lacks is refused and never ignored", "[config]") {
  const auto refused = [](const std::string& yaml) {
    const Faults found = faults(yaml);
    CAPTURE(yaml, found);
    return found.size() == 1 && found[0].find("not available in this version") != std::string::npos;
  };
  for (const std::string setting : {"archive: {path: /srv/archive}", "archive: {after: 7d}"}) {
    CHECK(refused(inbox_with(setting)));
    CHECK(refused("defaults: {" + setting + "}\n" + minimal));
  }
  CHECK(faults(inbox_with("archive: {after: 7d}")) ==
        Faults{"c.yaml:3:10: inboxes[0].archive: not available in this version; leave it out"});
  CHECK(faults("log: {format: journal}\n" + minimal) ==
        Faults{"c.yaml:1:15: log.format: `journal` is not available in this version; expected text or json"});
}

TEST_CASE("some keys may be given without a value, which sets nothing", "[config]") {
  const Config config = good(minimal);
  CHECK(good("http: {listen: }\nroots: []\nstate:\ndatabase: {password_file: }\n" + minimal) == config);
  CHECK(good("http: {listen: ''}\nroots: ~\nstate: ''\ndatabase: {password_file: ''}\n" + minimal) == config);
  CHECK(good(inbox_with("archive: ")) == config);
}

TEST_CASE("the service listens on an address or a socket", "[config]") {
  const auto listening = [](const std::string& where) {
    return good("http: {listen: " + where + "}\n" + minimal).http;
  };
  const auto fault = [](const std::string& where) {
    const Faults found = faults("http: {listen: " + where + "}\n" + minimal);
    REQUIRE(found.size() == 1);
    return found[0];
  };
  CHECK(good(minimal).http == std::nullopt);
  CHECK(listening("") == std::nullopt);
  CHECK(listening("127.0.0.1:9464") == HttpConfig{"127.0.0.1", 9464, {}});
  CHECK(listening("Localhost:1") == HttpConfig{"127.0.0.1", 1, {}});
  CHECK(listening("127.8.9.10:65535") == HttpConfig{"127.8.9.10", 65535, {}});
  CHECK(listening("\"[::1]:9464\"") == HttpConfig{"::1", 9464, {}});
  CHECK(listening("\"[0:0:0:0:0:0:0:1]:9464\"") == HttpConfig{"::1", 9464, {}});
  CHECK(listening("/run/clientsync/http") == HttpConfig{"", 0, "/run/clientsync/http"});

  for (const std::string wrong : {"9464", "here:9464", "127.0.0.1", "\"::1:9464\"", "\"[127.0.0.1]:9464\"",
                                  "127.0.0.1:http", "\":9464\"", "run/http", "127.0.0.1:09464"}) {
    CHECK_THAT(fault(wrong), Catch::Contains("expected an address like 127.0.0.1:9464"));
  }
  for (const std::string port : {"127.0.0.1:0", "127.0.0.1:65536"}) {
    CHECK_THAT(fault(port), Catch::Contains("has no valid port; expected one from 1 to 65535"));
  }
  CHECK(listening("/" + std::string(106, 'x')).has_value());
  CHECK_THAT(fault("/" + std::string(107, 'x')),
             Catch::Contains("the path of the socket has 108 bytes; expected at most 107"));
}

TEST_CASE("an address that other machines can reach needs TLS, here or at a trusted proxy", "[config]") {
  for (const std::string where : {"0.0.0.0:80", "192.0.2.1:80", "\"[::]:80\"", "\"[2001:db8:0::1]:80\""}) {
    const std::string listen = "http: {listen: " + where;
    CAPTURE(where);
    const Faults found = faults(listen + "}\n" + minimal);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], Catch::Contains("c.yaml:1:16: http.listen: other machines can reach this address"));
    CHECK(faults(listen + ", trusted_proxies: []}\n" + minimal) == found);
    CHECK(faults(listen + ", trusted_proxies: [unix]}\n" + minimal) == found);
    CHECK(good(listen + ", trusted_proxies: [192.0.2.7]}\n" + minimal).http.has_value());
    CHECK(good(listen + ", tls: {certificate: /etc/c.pem, key: /etc/k.pem}}\n" + minimal).http->tls ==
          TlsFiles{"/etc/c.pem", "/etc/k.pem"});
  }
  CHECK(good("http: {listen: '[2001:db8:0::1]:80', trusted_proxies: [::1]}\n" + minimal).http->address ==
        "2001:db8::1");
}

TEST_CASE("the keys of the console are read and checked", "[config]") {
  const HttpConfig http = good(
                              "http: {listen: 127.0.0.1:80, console: on, trusted_proxies: [10.0.0.0/8, unix, ::1], "
                              "hosts: [Clients.Example.com, 192.0.2.1]}\n" +
                              minimal)
                              .http.value();
  CHECK(http.console);
  CHECK(http.trust_socket);
  CHECK(http.trusted_proxies == std::vector{parse_network("10.0.0.0/8").value(), parse_network("::1").value()});
  CHECK(http.hosts == std::vector<std::string>{"clients.example.com", "192.0.2.1"});

  const auto fault = [](const std::string& setting) {
    const Faults found = faults("http: {" + setting + "}\n" + minimal);
    CAPTURE(setting);
    REQUIRE(found.size() == 1);
    return found[0];
  };
  CHECK_THAT(fault("console: on"), Catch::Contains("the console needs an address; expected http.listen"));
  CHECK_THAT(fault("console: true"), Catch::Contains("http.console: unknown value `true`"));
  CHECK_THAT(fault("listen: /run/x, tls: {certificate: /c, key: /k}"), Catch::Contains("not spoken on a Unix socket"));
  CHECK_THAT(fault("listen: 127.0.0.1:80, tls: {certificate: /c}"), Catch::Contains("http.tls: has no key"));
  CHECK_THAT(fault("listen: 127.0.0.1:80, tls: {certificate: c, key: /k}"), Catch::Contains("not an absolute path"));
  for (const std::string proxy : {"proxy.example", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "::/129", "::1/0", "UNIX"})
    CHECK_THAT(fault("trusted_proxies: ['" + proxy + "']"), Catch::Contains("is no network"));
  for (const std::string host : {"clients.example:443", "http://clients.example", "*", "a b", "[::1]"})
    CHECK_THAT(fault("hosts: ['" + host + "']"), Catch::Contains("is no name of a host"));
}

TEST_CASE("a network holds the addresses that begin with its bits", "[config]") {
  const auto holds = [](const std::string& network, const std::string& address) {
    return parse_network(network).value().contains(parse_address(address).value());
  };
  CHECK(holds("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  CHECK(holds("192.0.2.128/25", "192.0.2.128"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  CHECK(holds("192.0.2.1", "::ffff:192.0.2.1"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::/0", "2001:db8::1"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
}

TEST_CASE("a configuration needs an inbox or a root", "[config]") {
  const Faults none = {"c.yaml: inboxes: no inboxes and no roots; expected at least one"};
  CHECK(faults("") == none);
  CHECK(faults("# nothing but a comment\n") == none);
  CHECK(faults("retention: 1d") == none);
  CHECK(faults("retention: x").size() == 2);
  CHECK(faults("inboxes: []") == Faults{"c.yaml:1:10: inboxes: no inboxes and no roots; expected at least one"});
  CHECK(faults("inboxes:\n") == Faults{"c.yaml:1:1: inboxes: no inboxes and no roots; expected at least one"});
  CHECK(faults("inboxes: {name: main}") == Faults{"c.yaml:1:10: inboxes: found a map of keys; expected a list"});
  CHECK(faults("inboxes: [main]") == Faults{"c.yaml:1:11: inboxes[0]: found text; expected a map of keys"});
  CHECK(faults("inboxes:\n  -\n").size() == 1);
  CHECK(faults("hello") == Faults{"c.yaml:1:1: found text; expected a map of keys"});
  CHECK(faults("[1]") == Faults{"c.yaml:1:1: found a list; expected a map of keys"});
}

TEST_CASE("each inbox has its own name", "[config]") {
  CHECK(good("inboxes: [{name: 2024, path: /in}]").inboxes.at(0).name == "2024");
  CHECK(good("inboxes: [{name: " + std::string(64, 'a') + ", path: /in}]").inboxes.at(0).name.size() == 64);
  CHECK(faults("inboxes: [{path: /in}]") == Faults{"c.yaml:1:11: inboxes[0].name: missing; expected the inbox's name"});
  for (const std::string bad : {"'a b'", "a/b", "é", "''", "\"a\\n\""}) {
    CAPTURE(bad);
    CHECK(faults("inboxes: [{name: " + bad + ", path: /in}]").size() == 1);
  }
  CHECK(faults("inboxes: [{name: , path: /in}]").size() == 1);
  CHECK(faults("inboxes: [{name: " + std::string(65, 'a') + ", path: /in}]").size() == 1);
  CHECK(
      faults("inboxes: [{name: a b, path: /in}]") ==
      Faults{
          "c.yaml:1:18: inboxes[0].name: `a b` is not a valid name; expected 1 to 64 characters of A-Z a-z 0-9 . _ -"});
  CHECK(faults("inboxes:\n- {name: a, path: /a}\n- {name: A, path: /b}\n- {name: a, path: /c}\n") ==
        Faults{"c.yaml:4:10: inboxes[2].name: `a` is already the name of the inbox in line 2; expected another name"});
}

TEST_CASE("two inboxes never share a directory", "[config]") {
  CHECK(faults("inboxes:\n- {name: a, path: /srv/in}\n- {name: b, path: /srv/./x/..//in/}\n") ==
        Faults{"c.yaml:3:19: inboxes[1].path: `/srv/./x/..//in/` is the same directory as the inbox in line 2; "
               "expected one directory for each inbox"});
  CHECK(good("inboxes:\n- {name: a, path: /srv/in}\n- {name: b, path: /srv/in/b}\n").inboxes.size() == 2);
  CHECK(faults("inboxes: [{name: a, path: in}]") ==
        Faults{"c.yaml:1:27: inboxes[0].path: `in` is not an absolute path; expected one that starts with /"});
  CHECK(faults("inboxes: [{name: a, path: }]") == Faults{"c.yaml:1:21: inboxes[0].path: no value; expected a path"});
  CHECK(faults("inboxes: [{name: a, path: \"/in\\0x\"}]").size() == 1);
}

TEST_CASE("the folders of roots become inboxes with the settings of the defaults", "[config]") {
  const Config config = good("roots: [/srv/firms, /srv/more]\ndefaults: {settle: 3s, limits: {rows: 7}}\n");
  CHECK(config.inboxes.empty());
  CHECK(config.roots == std::vector<fs::path>{"/srv/firms", "/srv/more"});
  InboxConfig expected;
  expected.settle = 3s;
  expected.rules.sheet.max_rows = 7;
  CHECK(config.defaults == expected);
  CHECK(good("roots: [/srv/firms]\ninboxes: []\n").roots.size() == 1);
  CHECK(good("roots: [/srv/firms]\n" + minimal).inboxes.size() == 1);
  CHECK(faults("roots: /srv/firms\n") == Faults{"c.yaml:1:8: roots: found text; expected a list, like [/srv/firms]"});
  CHECK(faults("roots: [firms]\n" + minimal) ==
        Faults{"c.yaml:1:9: roots[0]: `firms` is not an absolute path; expected one that starts with /"});
  CHECK(faults("roots: [~]\n" + minimal) == Faults{"c.yaml:1:9: roots[0]: no value; expected a path"});
}

TEST_CASE("a name, a path and a root's firm are each inbox's own", "[config]") {
  CHECK(faults("defaults: {name: a, path: /b}\n" + minimal) ==
        Faults{"c.yaml:1:18: defaults.name: each inbox has its own; expected it in `inboxes`",
               "c.yaml:1:27: defaults.path: each inbox has its own; expected it in `inboxes`"});
  CHECK(good("defaults: {firm: shared}\n" + minimal).defaults.rules.firm.empty());
  CHECK(faults("defaults: {firm: shared}\nroots: [/srv/firms]\n") ==
        Faults{"c.yaml:1:18: defaults.firm: each inbox of `roots` has its own firm; expected it in `inboxes`"});
}

TEST_CASE("roots and inboxes don't get in each other's way", "[config]") {
  const auto fault = [](const std::string& roots, const std::string& inbox) {
    const Faults found = faults("inboxes: [{name: a, path: " + inbox + "}]\nroots:\n" + roots);
    CAPTURE(roots, inbox, found);
    REQUIRE(found.size() <= 1);
    return found.empty() ? "" : found[0];
  };
  const std::string one = "- /srv/firms\n";
  CHECK(fault(one, "/srv/in").empty());
  CHECK(fault(one, "/srv/firms/alpha/deep").empty());
  CHECK(fault(one, "/srv/firms2").empty());
  CHECK(fault(one + "- /srv/firm\n- /srv/firms2\n", "/in").empty());
  CHECK(fault(one, "/srv/firms/") ==
        "c.yaml:1:27: inboxes[0].path: `/srv/firms/` is the same directory as the root in line 3; expected one "
        "directory for each inbox");
  CHECK(fault(one, "/srv/firms/alpha") ==
        "c.yaml:1:27: inboxes[0].path: `/srv/firms/alpha` is already an inbox, because it is directly in the root in "
        "line 3; expected a directory elsewhere");
  CHECK(fault("- /srv/firms/all/\n", "/srv") ==
        "c.yaml:1:27: inboxes[0].path: `/srv` contains the root in line 3; expected a directory elsewhere");
  CHECK(fault(one, "/") ==
        "c.yaml:1:27: inboxes[0].path: `/` contains the root in line 3; expected a directory elsewhere");
  CHECK(fault(one + "- /srv//x/../firms\n", "/in") ==
        "c.yaml:4:3: roots[1]: `/srv//x/../firms` is the same directory as the root in line 3; expected one directory "
        "for each root");
  CHECK(fault(one + "- /srv/firms/a/b\n", "/in") ==
        "c.yaml:4:3: roots[1]: `/srv/firms/a/b` is inside the root in line 3; expected a directory elsewhere");
  CHECK(fault(one + "- /srv\n", "/in") ==
        "c.yaml:4:3: roots[1]: `/srv` contains the root in line 3; expected a directory elsewhere");
}

TEST_CASE("links don't hide that a root and an inbox get in each other's way", "[config]") {
  const Folder folder;
  fs::create_directories(folder / "firms/alpha");
  fs::create_directory_symlink(folder / "firms", folder / "link");
  const auto check = [&](const std::string& root, const std::string& inbox) {
    return sentences(
        parse_config("roots: [" + folder / root + "]\ninboxes: [{name: a, path: " + folder / inbox + "}]\n",
                     {ConfigChecks::Folders::all, false}));
  };
  CHECK(check("link", "firms").size() == 1);
  CHECK(check("link", "firms/alpha") ==
        Faults{"c.yaml:2:27: inboxes[0].path: `" + folder / "firms/alpha" +
               "` is already an inbox, because it is directly in the root in line 1; expected a directory elsewhere"});
  CHECK(check("firms", "link/alpha").size() == 1);
}

TEST_CASE("a root is a directory that exists", "[config]") {
  const Folder folder;
  fs::create_directory(folder / "firms");
  const std::string file = folder.write("file", "", 0600);
  const auto check = [&](const std::string& roots, ConfigChecks::Folders folders) {
    return sentences(parse_config("roots: [" + roots + "]\n", {folders, false}));
  };
  const std::string there = folder / "firms";
  const std::string missing = folder / "none";
  CHECK(check(there, ConfigChecks::Folders::all).empty());
  CHECK(
      check(missing, ConfigChecks::Folders::all) ==
      Faults{"c.yaml:1:9: roots[0]: `" + missing + "` can't be used: No such file or directory; expected a directory"});
  CHECK(check(file, ConfigChecks::Folders::all) ==
        Faults{"c.yaml:1:9: roots[0]: `" + file + "` is not a directory; expected one"});
  CHECK(check(there + ", " + missing, ConfigChecks::Folders::all).size() == 1);
  CHECK(check(there + ", " + missing, ConfigChecks::Folders::present).empty());
  CHECK(check(missing, ConfigChecks::Folders::present).empty());
  CHECK(sentences(parse_config("roots: [" + missing + "]\ninboxes: [{name: a, path: " + there + "}]",
                               {ConfigChecks::Folders::present, false}))
            .empty());
}

TEST_CASE("commands that need only the database need no inbox", "[config]") {
  const ConfigChecks database_only{.folders = ConfigChecks::Folders::ignore, .secrets = false, .inboxes = false};
  CHECK(good("database: {connection: dbname=/x.db}\n", database_only).inboxes.empty());
  CHECK(good("", database_only) == Config{});
  CHECK(sentences(parse_config("inboxes: [{name: a}]\n", database_only)).size() == 1);
}

TEST_CASE("an inbox's name has letters, digits, dots, underscores and hyphens", "[config]") {
  for (const std::string name : {"a", "Firm-2.old_x", "2024"}) CHECK(is_inbox_name(name));
  for (const std::string name : {"", "a b", "a/b", "é", "a\n"}) CHECK_FALSE(is_inbox_name(name));
  CHECK(is_inbox_name(std::string(64, 'a')));
  CHECK_FALSE(is_inbox_name(std::string(65, 'a')));
}

TEST_CASE("an inbox's own header is never a column that reports add", "[config]") {
  const auto check = [](const std::string& header) {
    return sentences(parse_config("inboxes: [{name: a, path: /in, columns: {client_number: [\"" + header + "\"]}}]",
                                  text_only))
        .size();
  };
  CHECK(check("Code") == 0);
  CHECK(check("Error") == 1);
  CHECK(check("Código do erro") == 1);
}

TEST_CASE("the service may start before an inbox is mounted", "[config]") {
  const Folder folder;
  fs::create_directory(folder / "in");
  const auto check = [&](const std::string& paths) {
    return sentences(parse_config("inboxes:\n" + paths, {ConfigChecks::Folders::present, false})).size();
  };
  const std::string there = "- {name: a, path: " + folder / "in" + "}\n";
  const std::string missing = "- {name: b, path: " + folder / "none" + "}\n";
  CHECK(check(there) == 0);
  CHECK(check(there + missing) == 0);
  CHECK(check(missing) == 0);
  CHECK(check("- {name: b, path: " + folder.write("file", "", 0600) + "}\n") == 1);
  CHECK(check(there + "- {name: c, path: " + folder / "in" + "}\n") == 1);
}

TEST_CASE("an inbox is a directory that exists", "[config]") {
  const Folder folder;
  fs::create_directory(folder / "in");
  fs::create_directory_symlink(folder / "in", folder / "link");
  const std::string file = folder.write("file", "", 0600);
  const auto check = [&](const std::string& paths) {
    return sentences(parse_config("inboxes:\n" + paths, {ConfigChecks::Folders::all, false}));
  };
  const std::string first = "- {name: a, path: " + folder / "in" + "}\n";
  CHECK(check(first).empty());
  CHECK(check("- {name: a, path: " + folder / "none" + "}\n") ==
        Faults{"c.yaml:2:19: inboxes[0].path: `" + folder / "none" +
               "` can't be used: No such file or directory; expected a directory"});
  CHECK(check("- {name: a, path: " + file + "}\n") ==
        Faults{"c.yaml:2:19: inboxes[0].path: `" + file + "` is not a directory; expected one"});
  CHECK(check(first + "- {name: b, path: " + folder / "link" + "}\n") ==
        Faults{"c.yaml:3:19: inboxes[1].path: `" + folder / "link" +
               "` is the same directory as the inbox in line 2; expected one directory for each inbox"});
}

TEST_CASE("a firm has a name of 1 to 100 characters", "[config]") {
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "é";
  CHECK(good_inbox("firm: " + longest).rules.firm == longest);
  CHECK(faults(inbox_with("firm: " + longest + "x")) ==
        Faults{"c.yaml:3:7: inboxes[0].firm: has 101 characters; expected 1 to 100"});
  CHECK(faults(inbox_with("firm: ''")) == Faults{"c.yaml:3:7: inboxes[0].firm: empty; expected text"});
  CHECK(faults(inbox_with("firm: 'x '")) ==
        Faults{"c.yaml:3:7: inboxes[0].firm: `x ` starts or ends with white space; expected none there"});
  CHECK(faults(inbox_with("firm: \"a\\tb\"")) ==
        Faults{"c.yaml:3:7: inboxes[0].firm: contains a control character or line break; expected one line of text"});
  CHECK(faults(inbox_with("firm: \"a\\Lb\"")).size() == 1);
}

TEST_CASE("patterns match names of files, and there is at least one", "[config]") {
  CHECK(good_inbox("patterns: ['*']").patterns == Names{"*"});
  CHECK(faults(inbox_with("patterns: []")) ==
        Faults{"c.yaml:3:11: inboxes[0].patterns: an empty list takes no files; expected at least one pattern, like "
               "\"*.csv\""});
  CHECK(faults(inbox_with("patterns: '*.csv'")) ==
        Faults{"c.yaml:3:11: inboxes[0].patterns: found text; expected a list"});
  CHECK(faults(inbox_with("patterns: [a, 'in/*.csv', '']")) ==
        Faults{"c.yaml:3:15: inboxes[0].patterns[1]: `in/*.csv` contains a `/`; expected a pattern for file names, "
               "like *.csv: folders inside an inbox are not read",
               "c.yaml:3:27: inboxes[0].patterns[2]: empty; expected text"});
  CHECK(faults(inbox_with("patterns: [[a]]")) ==
        Faults{"c.yaml:3:12: inboxes[0].patterns[0]: found a list; expected text"});
  CHECK(faults(inbox_with("patterns: [~]")).size() == 1);
}

TEST_CASE("a header names one column, once", "[config]") {
  CHECK(faults(inbox_with("columns: {company_id: [Id, Id], display_name: [Id]}")) ==
        Faults{
            "c.yaml:3:28: inboxes[0].columns.company_id[1]: `Id` already names the column company_id; expected it once",
            "c.yaml:3:48: inboxes[0].columns.display_name[0]: `Id` already names the column company_id; expected it "
            "once"});
  CHECK(faults("defaults: {columns: {company_id: [Id]}}\n" + inbox_with("columns: {client_number: [Id]}")) ==
        Faults{"c.yaml:4:27: inboxes[0].columns.client_number[0]: `Id` already names the column company_id; expected "
               "it once"});
  CHECK(
      good("defaults: {columns: {company_id: [Id]}}\n" + inbox_with("columns: {company_id: [Nr], client_number: [Id]}"))
          .inboxes.at(0)
          .rules.sheet.headers == Headers{{{"Nr"}, {}, {"Id"}}});
  CHECK(faults(inbox_with("columns: {company_id: Id}")) ==
        Faults{"c.yaml:3:23: inboxes[0].columns.company_id: found text; expected a list"});
  CHECK(faults(inbox_with("columns: {company_id: ['', ' Id', \"Id\\u00a0\"]}")).size() == 3);
  CHECK(faults(inbox_with("columns: {company: [Id]}")) ==
        Faults{"c.yaml:3:11: inboxes[0].columns.company: unknown key `company`; did you mean `company_id`?"});
}

TEST_CASE("anchors, aliases, merge keys and tags are refused", "[config]") {
  CHECK(faults("retention: &r 1d\n" + minimal) ==
        Faults{"c.yaml:1:12: retention: anchors (`&name`) are not supported; text that starts with `&` needs quotes"});
  CHECK(faults("retention: &r 1d\ninboxes: [{name: a, path: /a, settle: *r}]\n") ==
        Faults{"c.yaml:1:12: retention: anchors (`&name`) are not supported; text that starts with `&` needs quotes",
               "c.yaml:2:39: inboxes[0].settle: aliases (`*name`) are not supported; text that starts with `*` needs "
               "quotes, "
               "like \"*.csv\""});
  CHECK(
      faults(inbox_with("patterns: [*.csv]")) ==
      Faults{
          "c.yaml:3:12: aliases (`*name`) are not supported; text that starts with `*` needs quotes, like \"*.csv\""});
  CHECK(faults("<<: {retention: 1d}\n" + minimal) ==
        Faults{"c.yaml:1:1: merge keys (`<<`) are not supported; use `defaults` for what inboxes share"});
  CHECK(faults("retention: !duration 1d\n" + minimal) ==
        Faults{"c.yaml:1:12: retention: tags are not supported; text that starts with `!` needs quotes"});
  CHECK(faults("? [a]\n: b\n" + minimal) == Faults{"c.yaml:1:3: a key must be a word"});
}

TEST_CASE("invalid YAML is reported with its place", "[config]") {
  CHECK(faults("log: {level: info\n") == Faults{"c.yaml:2:1: not valid YAML: end of map flow not found"});
  CHECK(faults("a: b: c\n").at(0).starts_with("c.yaml:1:5: not valid YAML: "));
  CHECK(faults(minimal + "---\n" + minimal) ==
        Faults{"c.yaml:2:1: a second YAML document begins here; expected only one"});
  CHECK(good("---\n" + minimal + "...\n").inboxes.size() == 1);
}

TEST_CASE("only clean UTF-8 of at most 1 MiB is read", "[config]") {
  CHECK(faults(minimal + "# caf\xE9\n") == Faults{"c.yaml:2:6: not valid UTF-8; expected a text file saved as UTF-8"});
  CHECK(faults("# \xED\xA0\x80").size() == 1);
  CHECK(faults("# \xC0\xAF").size() == 1);
  CHECK(faults("# \xF4\x90\x80\x80").size() == 1);
  CHECK(faults("# \xE2\x82").size() == 1);
  CHECK(faults(minimal + "# \xF0\x9F\x98\x80 \xEF\xBF\xBD\n").empty());
  for (const char control : {'\0', '\x04', '\x1B', '\x7F', '\r'}) {
    CHECK(faults(minimal + "# é" + control + "x") == Faults{"c.yaml:2:4: found a control character; expected text"});
  }
  const std::string utf16(
      "\xFF\xFE"
      "a\0",
      4);
  CHECK(faults(utf16) == Faults{"c.yaml:1:1: not valid UTF-8; expected a text file saved as UTF-8"});
  const std::string full = minimal + "#" + std::string(1024 * 1024 - minimal.size() - 1, 'x');
  CHECK(faults(full).empty());
  CHECK(faults(full + "x") == Faults{"c.yaml: is larger than 1048576 bytes"});
}

TEST_CASE("deep nesting and bombs of aliases are refused at once", "[config]") {
  CHECK(faults(std::string(17, '[') + std::string(17, ']')) ==
        Faults{"c.yaml:1:17: not valid YAML: nested more than 16 levels deep"});
  CHECK(faults(std::string(200000, '[')).size() == 1);
  CHECK(faults(std::string(200000, '{')).size() == 1);
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last + "]\n";
  }
  CHECK_FALSE(faults(bomb).empty());
}

TEST_CASE("a connection never holds a password and is never shown", "[config]") {
  for (const std::string connection :
       {"host=db user=c password=geheim", "host=db PASSWORD = 'geheim'", "db=c;pass=geheim", "pwd=geheim",
        "postgresql://c:geheim@db/clients", "sslpassword=geheim"}) {
    CAPTURE(connection);
    const Faults found = faults("database: {connection: \"" + connection + "\"}\n" + minimal);
    CHECK(found == Faults{"c.yaml:1:24: database.connection: contains a password; expected none: put it into a file of "
                          "its own and name that file in password_file"});
  }
  CHECK(good("database: {backend: postgresql, connection: \"dbname=c passfile=/x sslmode=require\"}\n" + minimal)
            .database.connection == "dbname=c passfile=/x sslmode=require");
  for (const std::string connection : {"host=c:geheim@db dbname=c", "host=geheim@db dbname=c"}) {
    for (const std::string backend : {"postgresql", "mysql"}) {
      CHECK(faults("database: {backend: " + backend + ", connection: " + connection + "}\n" + minimal) ==
            Faults{"c.yaml:1:" + std::to_string(35 + backend.size()) +
                   ": database.connection: host at character 1 contains an @; expected a name or an address alone, "
                   "and user=NAME beside it"});
    }
  }
  for (const std::string connection :
       {"dbname=/x.db geheim=1", "dbname=/x.db c2VjcmV0==", "dbname=/x.db timeout=geheim", "dbname=geheim"}) {
    const Faults found = faults("database: {connection: " + connection + "}\n" + minimal);
    CAPTURE(connection, found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("geheim") == std::string::npos);
    CHECK(found[0].find("c2VjcmV0") == std::string::npos);
  }
  CHECK(faults("database: {connection: \"geheim\\n\"}\n" + minimal) ==
        Faults{
            "c.yaml:1:24: database.connection: contains a control character or line break; expected one line of text"});
  CHECK(faults("database: {connection: [geheim]}\n" + minimal) ==
        Faults{"c.yaml:1:24: database.connection: found a list; expected text"});
  CHECK(faults("database: {connection: ''}\n" + minimal).size() == 1);
}

TEST_CASE("a connection is key=value, with quotes around values that contain spaces", "[config]") {
  const auto connection = [](const std::string& text) {
    const std::string backend = text.find(".db") == std::string::npos ? "postgresql" : "sqlite";
    return good("database: {backend: " + backend + ", connection: '" + text + "'}\n" + minimal).database.connection;
  };
  for (const std::string text :
       {"dbname=/x.db", "dbname=\"/our data/x.db\" timeout=30", "  dbname=c   port=5432 ", "sslcert=\"\" dbname=c",
        "options=\"-c lock_timeout=2000\" dbname=clients", "dbname=/a=b.db", "dbname=/Ação.db"}) {
    CHECK(connection(text) == text);
  }
  CHECK(connection("dbname=c options=''-c lock_timeout=2000''") == "dbname=c options='-c lock_timeout=2000'");
  CHECK(connection("dbname=/Ana''s.db") == "dbname=/Ana's.db");
  const auto fault = [](const std::string& text) {
    const Faults found = faults("database:\n  connection: '" + text + "'\n" + minimal);
    CAPTURE(text, found);
    REQUIRE(found.size() == 1);
    return found[0];
  };
  const std::string start = "c.yaml:2:15: database.connection: ";
  const std::string expected =
      "; expected that form, with quotes around a value that contains spaces, like "
      "dbname=/var/lib/clientsync/clientsync.db";
  CHECK(fault("/var/lib/x.db") == start + "no key=value at character 1" + expected);
  for (const std::string address : {"postgresql://c@db:5432/x", "postgresql:///x?sslmode=require", "mysql://db/x"}) {
    CHECK(fault(address) == start +
                                "found an address of the form `…://…`; expected key=value, like "
                                "dbname=/var/lib/clientsync/clientsync.db");
  }
  CHECK(fault("dbname=/our data/x.db") == start + "no key=value at character 13" + expected);
  CHECK(fault("dbname=Ação host") == start + "no key=value at character 13" + expected);
  for (const std::string bad : {"=x", "host=", "host= x", "host =x", "a-b=x", "host=\"x", "host=\"x\"y", "host=x\"y\"",
                                "host=''x", "host=''x''y", "host;port=1"}) {
    CHECK(fault(bad) == start + "no key=value at character 1" + expected);
  }
  CHECK(fault("dbname=/a timeout=1 db=/b") == start + "duplicate key at character 21; expected each key once");
}

TEST_CASE("a database server needs a connection", "[config]") {
  const Config postgresql =
      good("database: {connection: host=/run/postgresql dbname=clients, backend: postgresql}\n" + minimal);
  CHECK(postgresql.database.kind == DatabaseKind::postgresql);
  CHECK(postgresql.database.connection == "host=/run/postgresql dbname=clients");
  CHECK(good("database: {backend: mysql, connection: host=db dbname=c}\n" + minimal).database.kind ==
        DatabaseKind::mysql);
  CHECK(faults("database: {backend: postgresql}\n" + minimal) ==
        Faults{"c.yaml:1:11: database.connection: missing; expected where the server is, like "
               "host=/run/postgresql dbname=clientsync user=clientsync"});
  CHECK(faults("database: {backend: mysql}\n" + minimal) ==
        Faults{"c.yaml:1:11: database.connection: missing; expected where the server is, like "
               "unix_socket=/run/mysqld/mysqld.sock dbname=clientsync user=clientsync"});
  CHECK(faults("database: {connection: here, backend: mysql}\n" + minimal) ==
        Faults{"c.yaml:1:24: database.connection: no key=value at character 1; expected that form, with quotes around "
               "a value that contains spaces, like unix_socket=/run/mysqld/mysqld.sock dbname=clientsync "
               "user=clientsync"});
  CHECK(faults("database: {backend: postgresql, connection: ''}\n" + minimal).size() == 1);
}

TEST_CASE("the service keeps its files beside an SQLite database unless it is told another place", "[config]") {
  const std::string sqlite = "database: {connection: 'timeout=3 dbname=\"/srv/our data/x.db\"'}\n" + minimal;
  const std::string server = "database: {backend: postgresql, connection: dbname=c}\n" + minimal;
  CHECK(good(minimal).state == "/var/lib/clientsync");
  CHECK(good(server).state == "/var/lib/clientsync");
  CHECK(good(sqlite).state == "/srv/our data");
  CHECK(good("state: /srv/state\n" + sqlite).state == "/srv/state");
  CHECK(good("state:\n" + sqlite).state == "/srv/our data");
  {
    const Variable systemd("STATE_DIRECTORY", "/var/lib/one:/var/lib/two");
    CHECK(good(minimal).state == "/var/lib/one");
    CHECK(good(server).state == "/var/lib/one");
    CHECK(good("state: /srv/state\n" + server).state == "/srv/state");
  }
  const Variable empty("STATE_DIRECTORY", "");
  CHECK(good(sqlite).state == "/srv/our data");
  CHECK(faults("state: here\n" + minimal) ==
        Faults{"c.yaml:1:8: state: `here` is not an absolute path; expected one that starts with /"});
}

TEST_CASE("a mistaken kind of database is answered with the right one", "[config]") {
  const auto fault = [](const std::string& backend) {
    const Faults found = faults("database: {connection: host=db, backend: " + backend + "}\n" + minimal);
    CAPTURE(found);
    REQUIRE(found.size() == 1);
    return found[0];
  };
  const std::string start = "c.yaml:1:42: database.backend: ";
  CHECK(fault("mariadb") == start + "unknown value `mariadb`; MariaDB is `mysql`");
  CHECK(fault("MariaDB") == start + "unknown value `MariaDB`; MariaDB is `mysql`");
  CHECK(fault("postgres") == start + "unknown value `postgres`; did you mean `postgresql`?");
  CHECK(fault("PostgreSQL") == start + "unknown value `PostgreSQL`; did you mean `postgresql`?");
  CHECK(fault("sqlite3") == start + "unknown value `sqlite3`; did you mean `sqlite`?");
  CHECK(fault("oracle") == start + "unknown value `oracle`; expected one of sqlite, postgresql, mysql");
}

TEST_CASE("the keys of a connection are those of its database", "[config]") {
  const auto check = [](const std::string& backend, const std::string& text) -> std::string {
    const Faults found = faults("database:\n  backend: " + backend + "\n  connection: '" + text + "'\n" + minimal);
    CAPTURE(text, found);
    if (found.empty()) return "good";
    REQUIRE(found.size() == 1);
    const std::string start = "c.yaml:3:15: database.connection: ";
    REQUIRE(found[0].starts_with(start));
    return found[0].substr(start.size());
  };
  CHECK(check("sqlite", "db=/x.db timeout=30 synchronous=extra") == "good");
  CHECK(check("sqlite", "dbname=\"/our data/x.db\"") == "good");
  CHECK(check("sqlite", "dbname=x.db") ==
        "dbname at character 1 is not an absolute path; expected one that starts with /");
  CHECK(check("sqlite", "timeout=3 db=:memory:") ==
        "dbname at character 11 is not an absolute path; expected one that starts with /");
  CHECK(check("sqlite", "timeout=3") == "no dbname; expected one, like dbname=/var/lib/clientsync/clientsync.db");
  CHECK(check("sqlite", "dbname=/x.db timeot=3") == "unknown key at character 14; did you mean `timeout`?");
  CHECK(check("sqlite", "dbname=/x.db host=db") ==
        "unknown key at character 14; expected one of dbname, db, timeout, synchronous");
  CHECK(check("sqlite", "dbname=/x.db db=/y.db") == "duplicate key at character 14; expected each key once");
  for (const std::string bad : {"10s", "-1", "3601", "\"\""}) {
    CHECK(check("sqlite", "dbname=/x.db timeout=" + bad) ==
          "timeout at character 14 is not valid; expected a number of seconds from 0 to 3600");
  }
  CHECK(check("mysql",
              "host=db port=3306 dbname=c user=c sslca=/ca sslcert=/c sslkey=/k connect_timeout=5 "
              "read_timeout=5 write_timeout=5") == "good");
  CHECK(check("mysql", "unix_socket=/run/mysqld/mysqld.sock db=c") == "good");
  CHECK(check("mysql", "host=db dbname=c ssl_ca=/ca") == "unknown key at character 18; did you mean `sslca`?");
  CHECK(check("mysql", "host=db dbname=c port=70000") ==
        "port at character 18 is not valid; expected a number from 1 to 65535");
  for (const std::string unsafe : {"reconnect=1", "charset=latin1", "local_infile=1"}) {
    CHECK(check("mysql", "dbname=c " + unsafe).starts_with("unknown key at character 10; "));
  }
  CHECK(check("mysql", "host=db user=c") ==
        "no dbname; expected one, like unix_socket=/run/mysqld/mysqld.sock dbname=clientsync user=clientsync");
  CHECK(check("postgresql", "host=db dbname=c keepalives_idle=60 target_session_attrs=read-write port=5432,5433") ==
        "good");
  CHECK(check("postgresql", "host=db user=c") ==
        "no dbname; expected one, like host=/run/postgresql dbname=clientsync user=clientsync");
}

TEST_CASE("a password comes from a file that nobody else can read", "[config]") {
  const Folder folder;
  const auto password = [&](const std::string& content) {
    return good(with_password_file(folder.write("password", content, 0600)), secrets_only).database.password;
  };
  CHECK(password("geheim\n") == "geheim");
  CHECK(password("geheim\r\n") == "geheim");
  CHECK(password(" ge heim ") == " ge heim ");
  const auto fault = [&](const std::string& file) {
    const Faults found = sentences(parse_config(with_password_file(file), secrets_only));
    CAPTURE(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("geheim") == std::string::npos);
    const std::string start = "c.yaml:1:27: database.password_file: `" + file + "` ";
    REQUIRE(found[0].starts_with(start));
    return found[0].substr(start.size());
  };
  const std::string open = folder.write("open", "geheim\n", 0640);
  CHECK(fault(open) == "is open to group or others; run: chmod 600 " + open);
  CHECK(fault(folder.write("world", "geheim\n", 0604)).starts_with("is open to group or others"));
  CHECK(fault(folder / "none") == "can't be opened: No such file or directory; expected a file with the password");
  CHECK(fault(folder.write("empty", "\n", 0600)) == "is empty; expected a password");
  CHECK(fault(folder.write("lines", "geheim\ngeheim\n", 0600)) ==
        "has several lines; expected the password on one line");
  CHECK(fault(folder.write("large", std::string(5000, 'x'), 0600)) ==
        "is larger than 4096 bytes; expected a file with the password");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(fault(folder / "fifo") == "is not a regular file; expected a file with the password");
  CHECK(parse_config(with_password_file(folder / "none"), text_only).index() == 0);
}

TEST_CASE("a relative password file is beside the configuration", "[config]") {
  const Folder folder;
  fs::create_directory(folder / "in");
  (void)folder.write("password", "geheim\n", 0600);
  const std::string file =
      folder.write("clientsync.yaml",
                   "database: {password_file: password}\ninboxes: [{name: a, path: " + folder / "in" + "}]\n", 0644);
  const ConfigResult result = load_config(file);
  CAPTURE(sentences(result));
  REQUIRE(std::holds_alternative<Config>(result));
  CHECK(std::get<Config>(result).database.password == "geheim");
  fs::remove(folder / "password");
  CHECK(sentences(load_config(file)) ==
        Faults{"c.yaml:1:27: database.password_file: `" + folder / "password" +
               "` can't be opened: No such file or directory; expected a file with the password"});
}

TEST_CASE("without a password file, systemd's credential is the password", "[config]") {
  const Folder folder;
  const Variable credentials("CREDENTIALS_DIRECTORY", folder / "");
  CHECK(good(minimal, secrets_only).database.password == std::nullopt);
  (void)folder.write("db-password", "geheim\n", 0644);
  CHECK(good(minimal, secrets_only).database.password == "geheim");
  CHECK(good(with_password_file(""), secrets_only).database.password == "geheim");
  CHECK(good(with_password_file(folder.write("own", "other", 0600)), secrets_only).database.password == "other");
  CHECK(good(minimal).database.password == std::nullopt);
  (void)folder.write("db-password", "", 0644);
  CHECK(sentences(parse_config(minimal, secrets_only)) ==
        Faults{"c.yaml: database.password_file: the credential `" + folder / "db-password" +
               "` is empty; expected a password"});
}

TEST_CASE("a file that can't be read is an error like the others", "[config]") {
  const Folder folder;
  const auto fault = [](const std::string& file) {
    const ConfigResult result = load_config(file);
    REQUIRE(result.index() == 1);
    return format_error("f", std::get<1>(result).at(0));
  };
  CHECK(fault(folder / "none") == "f: can't be opened: No such file or directory");
  CHECK(fault(folder / "") == "f: is not a regular file");
  CHECK(fault(folder.write("large", std::string(1024 * 1024 + 1, '#'), 0644)) == "f: is larger than 1048576 bytes");
  CHECK(fault(folder.write("inbox", "inboxes: [{name: a, path: " + folder / "none" + "}]\n", 0644))
            .starts_with("f:1:27: "));
}

TEST_CASE("messages escape strange text and cut long text", "[config]") {
  CHECK(quote("a\x1B[0m\xC2\x9B"
              "é") == R"(`a\x1b[0m\xc2\x9bé`)");
  CHECK(quote(std::string(1000, 'x')) == "`" + std::string(200, 'x') + "…`");
  CHECK(quote(std::string(199, 'x') + "éé") == "`" + std::string(199, 'x') + "…`");
  CHECK(faults("\"a\\e[0m\": 1\n" + minimal).at(0).starts_with(R"(c.yaml:1:1: a\x1b[0m: unknown key `a\x1b[0m`)"));
}

TEST_CASE("any bytes are a configuration or errors", "[config]") {
  const auto is_sound = [](const std::string& yaml) {
    const ConfigResult result = parse_config(yaml, text_only);
    const auto* errors = std::get_if<std::vector<ConfigError>>(&result);
    if (errors == nullptr) {
      const Config& config = std::get<Config>(result);
      return !config.inboxes.empty() || !config.roots.empty();
    }
    const bool sorted = std::is_sorted(errors->begin(), errors->end(), [](const ConfigError& a, const ConfigError& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return !errors->empty() && sorted;
  };
  CHECK_PROPERTY("random bytes", [&](const std::string& bytes) { RC_ASSERT(is_sound(bytes)); });
  CHECK_PROPERTY("random YAML", [&] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("inboxes", "roots", "name", "limits", "columns", ": ", ":", "\n", "\n  ", "- ",
                                      "[", "]", "{", "}", ", ", "&a ", "*a", "<<", "!t ", "'", "\"", "|\n", ">\n",
                                      "---\n", "...\n", "%YAML 1.1\n", "? ", "~", "# ", "\t", "\\x", "é", "1s", "/in"));
    std::string yaml;
    for (const std::string& piece : pieces) yaml += piece;
    RC_ASSERT(is_sound(yaml));
  });
  const std::string original = example();
  CHECK_PROPERTY("the example with some bytes changed, dropped or doubled", [&] {
    std::string yaml = original;
    const int changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, yaml.size() - 100);
      const auto length = *rc::gen::inRange<std::size_t>(1, 40);
      const int kind = *rc::gen::inRange(0, 4);
      if (kind == 0) yaml[at] = *rc::gen::arbitrary<char>();
      if (kind == 1) yaml.erase(at, length);
      if (kind == 2) yaml.insert(at, yaml.substr(at, length));
      if (kind == 3) yaml.insert(at, 1, *rc::gen::elementOf(std::string(":-[]{}&*!|>'\"%@`#,? \n\t")));
    }
    RC_ASSERT(is_sound(yaml));
  });
}

}  // namespace clientsync
