// usage: floor KIND PLACE [--lean] [--once] INBOX...
//
// Imports every list that is renamed into a folder INBOX, for the firm with the folder's name, and writes its report as
// durably as clientsync does. Ends when it is killed. With --once, imports the lists that are there without a report,
// and ends.
#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <stdexcept>
#include <system_error>

#include "importer/digest.hpp"
#include "tests/bench/floor.hpp"

namespace clientsync::bench {
namespace {

struct Inbox {
  std::string path, name, firm;
  int directory;
};

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool is_list(const std::string& name) {
  return name.ends_with(".csv") && !name.ends_with(".errors.csv") && !name.starts_with(".");
}

std::string report_of(const std::string& list) {
  return list.substr(0, list.size() - 4) + ".errors.csv";
}

void read_list(int directory, FloorImport& import) {
  const int file = openat(directory, import.name.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || fstat(file, &status) != 0) fail(import.name);
  import.size = status.st_size;
  import.mtime = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
  import.bytes.resize(static_cast<std::size_t>(status.st_size));
  if (read(file, import.bytes.data(), import.bytes.size()) != status.st_size) fail(import.name);
  close(file);
}

std::vector<FloorRow> rows_of(std::string_view text) {
  std::vector<FloorRow> rows;
  text.remove_prefix(text.find('\n') + 1);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t first = line.find(','), second = line.find(',', first + 1);
    rows.push_back({line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)});
    text.remove_prefix(end + 1);
  }
  return rows;
}

void write_report(int directory, const std::string& name, const std::string& report) {
  const std::string temporary = "." + name + ".tmp";
  const int file = openat(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
  if (file < 0 || write(file, report.data(), report.size()) != static_cast<ssize_t>(report.size())) fail(temporary);
  if (fsync(file) != 0) fail(temporary);
  close(file);
  if (renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) fail(name);
  if (fsync(directory) != 0) fail(name);
}

void import_list(FloorStore& store, const Inbox& inbox, const std::string& name, bool lean) {
  FloorImport import;
  import.firm = inbox.firm;
  import.inbox = inbox.name;
  import.name = name;
  import.report_name = report_of(name);
  import.report =
      "\xEF\xBB\xBF"
      "Company ID,Display name,Client number,Row,Error code,Error,Ref\r\n";
  read_list(inbox.directory, import);
  import.sha256 = sha256(import.bytes);
  import.report_sha256 = sha256(import.report);
  import.rows = rows_of(import.bytes);
  store.write(import, lean);
  write_report(inbox.directory, import.report_name, import.report);
}

void import_all(FloorStore& store, const Inbox& inbox, bool lean) {
  std::set<std::string> names;
  DIR* directory = opendir(inbox.path.c_str());
  if (directory == nullptr) fail(inbox.path);
  while (const dirent* entry = readdir(directory)) {
    names.emplace(entry->d_name);
  }
  closedir(directory);
  for (const std::string& name : names) {
    if (is_list(name) && !names.contains(report_of(name))) import_list(store, inbox, name, lean);
  }
}

void watch(FloorStore& store, const std::vector<Inbox>& inboxes, bool lean) {
  const int events = inotify_init1(IN_CLOEXEC);
  std::vector<int> watches;
  for (const Inbox& inbox : inboxes) watches.push_back(inotify_add_watch(events, inbox.path.c_str(), IN_MOVED_TO));
  if (std::ranges::any_of(watches, [](int watch) { return watch < 0; })) fail("inotify");
  std::puts("ready");
  std::fflush(stdout);
  alignas(inotify_event) std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = read(events, buffer.data(), buffer.size());
    if (size <= 0) fail("inotify");
    for (const char* at = buffer.data(); at < buffer.data() + size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      const auto inbox = std::ranges::find(watches, event->wd) - watches.begin();
      if (is_list(event->name)) import_list(store, inboxes[static_cast<std::size_t>(inbox)], event->name, lean);
      at += sizeof(inotify_event) + event->len;
    }
  }
}

std::unique_ptr<FloorStore> open_store(std::string_view kind, const std::string& place) {
  if (kind == "sqlite") return open_sqlite(place);
  if (kind == "postgresql") return open_postgresql(place);
  if (kind == "mysql") return open_mysql(place);
  throw std::runtime_error("unknown kind of database");
}

void run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3) throw std::runtime_error("usage: floor KIND PLACE [--lean] [--once] INBOX...");
  const auto store = open_store(arguments[0], arguments[1]);
  bool lean = false, once = false;
  std::vector<Inbox> inboxes;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--lean") {
      lean = true;
    } else if (argument == "--once") {
      once = true;
    } else {
      const std::string name = argument.substr(argument.rfind('/') + 1);
      const int directory = open(argument.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (directory < 0) fail(argument);
      inboxes.push_back({argument, name, store->find_firm(name), directory});
    }
  }
  if (!once) return watch(*store, inboxes, lean);
  for (const Inbox& inbox : inboxes) import_all(*store, inbox, lean);
}

}  // namespace
}  // namespace clientsync::bench

int main(int count, char** arguments) {
  try {
    clientsync::bench::run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
}
