#include "daemon/inbox/file_names.hpp"

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

/// The definition of a glob, regardless of speed.
bool matches_by_definition(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return matches_by_definition(pattern.substr(1), name) ||
           (!name.empty() && matches_by_definition(pattern, name.substr(1)));
  }
  if (name.empty() || (pattern[0] != '?' && pattern[0] != name[0])) return false;
  return matches_by_definition(pattern.substr(1), name.substr(1));
}

NameKind kind(std::string_view name, std::vector<std::string> patterns = {"*.csv"}) {
  return name_kind(name, patterns);
}

}  // namespace

TEST_CASE("files that match a pattern are inputs, in any case") {
  for (const auto* const name : {"clients.csv", "CLIENTS.CSV", "a b.Csv", "\xff\n.csv", "x.csv.csv", "-.csv"}) {
    INFO(name);
    CHECK(kind(name) == NameKind::input);
  }
  CHECK(kind("clients.txt") == NameKind::other);
  for (const auto* const name : {"clients.csv", "clients.txt", "README.TXT", "clients.tsv"})
    CHECK(kind(name, InboxConfig().patterns) == NameKind::input);
  CHECK(kind("clients.csv.bak") == NameKind::other);
  CHECK(kind("csv") == NameKind::other);
  CHECK(kind("clients.txt", {"*.csv", "CLIENTS.*"}) == NameKind::input);
  CHECK(kind("clients.csv", {}) == NameKind::other);
}

TEST_CASE("hidden, temporary and the system's own files are never taken, whatever the patterns") {
  for (const auto* const name : {".csv", ".clients.csv", ".clientsync", "~$clients.csv", ".~lock.clients.csv#",
                                 "clients.csv.tmp", "clients.TMP", "a.part", "a.csv.partial", "a.crdownload",
                                 "a.filepart", "Thumbs.db", "thumbs.DB", "desktop.ini", "~$book.xlsx"}) {
    INFO(name);
    CHECK(kind(name, {"*"}) == NameKind::temporary);
  }
  CHECK(kind("tmp", {"*"}) == NameKind::input);
  CHECK(kind("~clients.csv") == NameKind::input);
}

TEST_CASE("a document is one by its name, even if a pattern matches it") {
  for (const auto* const name : {"clients.xlsx", "clients.xlsm", "clients.xlsb", "clients.XLS", "clients.ods",
                                 "clients.csv.numbers", "list.pdf", "clients.zip", "clients.csv.gz", "clients.7z",
                                 "clients.RAR", "letter.docx", "letter.doc", "page.html", "page.htm"}) {
    INFO(name);
    CHECK(kind(name) == NameKind::document);
    CHECK(kind(name, {"*"}) == NameKind::document);
  }
  CHECK(kind("~$clients.xlsx") == NameKind::temporary);
  CHECK(kind("xlsx", {"*"}) == NameKind::input);
}

TEST_CASE("the name of a document says what it is") {
  CHECK(document_format("a.XLSB") == ForeignFormat::spreadsheet);
  CHECK(document_format("a.xls") == ForeignFormat::old_spreadsheet);
  CHECK(document_format("a.csv.gz") == ForeignFormat::gzip);
  CHECK(document_format("a.htm") == ForeignFormat::html);
  CHECK(document_format("a.xlsx.csv") == std::nullopt);
}

TEST_CASE("a glob has runs, single bytes and sets") {
  struct Case {
    const char* pattern;
    const char* name;
    bool matches;
  };
  for (const auto& [pattern, name, matches] : std::vector<Case>{
           {"", "", true},
           {"", "a", false},
           {"*", "", true},
           {"**", "abc", true},
           {"?", "", false},
           {"?", "a", true},
           {"?", "\xff", true},
           {"a*b*c", "aXbYbZc", true},
           {"a*b*c", "aXcYb", false},
           {"[abc]", "b", true},
           {"[abc]", "d", false},
           {"[a-c]x", "Bx", true},
           {"[A-C]x", "bx", true},
           {"[!a-c]", "b", false},
           {"[!a-c]", "B", false},
           {"[!a-c]", "d", true},
           {"[!a]", "", false},
           {"[]]", "]", true},
           {"[!]]", "]", false},
           {"[!]]", "a", true},
           {"[a-]", "-", true},
           {"[-a]", "-", true},
           {"[", "[", true},
           {"[a", "[a", true},
           {"[]", "[]", true},
           {"[*]", "*", true},
           {"[*]", "a", false},
           {"[?]", "?", true},
           {"*[0-9].csv", "a7.csv", true},
           {"*[0-9].csv", "a.csv", false},
           {"É", "é", false},
           {"a\\*", "a\\b", true},
       }) {
    INFO(pattern << " against " << name);
    CHECK(glob_match(pattern, name) == matches);
  }
}

TEST_CASE("a glob matches what its definition says") {
  CHECK_PROPERTY("runs and single bytes", [] {
    const auto pattern = *rc::gen::resize(8, rc::gen::container<std::string>(rc::gen::element('a', 'b', '*', '?')));
    const auto name = *rc::gen::resize(8, rc::gen::container<std::string>(rc::gen::element('a', 'b')));
    RC_ASSERT(glob_match(pattern, name) == matches_by_definition(pattern, name));
  });
}

TEST_CASE("no pattern and name take long") {
  std::string pattern;
  for (int i = 0; i < 120; ++i) pattern += "*a";
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) CHECK_FALSE(glob_match(pattern + "b", std::string(255, 'a')));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}
