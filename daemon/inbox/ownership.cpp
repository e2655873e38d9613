#include "daemon/inbox/ownership.hpp"

#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "daemon/files/read_file.hpp"
#include "daemon/files/replace_file.hpp"
#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using State = MarkSight::State;

constexpr std::string_view ledger_key = "ledger: ", inbox_key = "inbox: ";
constexpr std::uint64_t max_mark_bytes = 4096;
constexpr std::uint32_t mark_mode = 0644;  // every service and operator must be able to read it
/// Against others who keep changing the mark while we work.
constexpr int max_attempts = 100;

std::string text_of(const Mark& mark) {
  return std::string(ledger_key) + mark.ledger + "\n" + std::string(inbox_key) + mark.inbox + "\n";
}

/// nullopt if the text is not a mark. Lines with other keys are left for later versions.
std::optional<Mark> parse_mark(std::string_view text) {
  std::optional<std::string> ledger, inbox;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    if (line.starts_with(ledger_key)) ledger = line.substr(ledger_key.size());
    if (line.starts_with(inbox_key)) inbox = line.substr(inbox_key.size());
    text.remove_prefix(end + 1);
  }
  if (!ledger || !inbox) return std::nullopt;
  return Mark{*ledger, *inbox};
}

struct Look {
  MarkSight sight;
  std::string sha256{};  ///< of a damaged file that may be replaced
};

Look damaged(std::string what) {
  return {{State::damaged, std::move(what)}};
}

Look judge(const FileBytes& file, const Mark& expected) {
  if (file.over_limit) return damaged("a file too large for a mark");
  const auto mark = parse_mark(file.bytes);
  if (!mark) return {{State::damaged, "a file that is not a mark"}, sha256(file.bytes)};
  if (*mark == expected) return {{State::ours}};
  return {{State::foreign, describe(*mark)}};
}

Look look_closely(const Directory& directory, const Mark& expected) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto file = read_file(directory, mark_name, max_mark_bytes);
    if (file) return judge(*file, expected);
    switch (file.error()) {
      case ReadFault::gone:
        return {{State::absent}};
      case ReadFault::not_a_file:
        return damaged("not a regular file");
      case ReadFault::linked:
        return damaged("a file with a second hard link");
      case ReadFault::unreadable:
        return damaged("a file that must not be read");
      case ReadFault::changed:
        break;
    }
  }
  return damaged("a file that keeps changing");
}

/// True if a mark can be put there. `tried` is the hash of a damaged one that could not be replaced.
bool is_free(const Look& look, const std::string& tried) {
  return look.sight.state == State::absent || (look.sight.state == State::damaged && look.sha256 != tried);
}

NewFile::Placed write_mark(const Directory& directory, const Mark& mark, const Known& replaceable) {
  NewFile file(directory);
  file.write(text_of(mark), mark_mode);
  return file.place(mark_name, replaceable, max_mark_bytes);
}

}  // namespace

std::string describe(const Mark& mark) {
  return "ledger " + mark.ledger + ", inbox " + mark.inbox;
}

MarkSight look_at_mark(const Directory& directory, const Mark& expected) {
  return look_closely(directory, expected).sight;
}

MarkSight claim_inbox(const Directory& directory, const Mark& mark) {
  Look look = look_closely(directory, mark);
  std::string tried;
  for (int attempt = 0; attempt < max_attempts && is_free(look, tried); ++attempt) {
    const auto replaceable = [&](const std::string& sha256) { return sha256 == look.sha256; };
    if (write_mark(directory, mark, replaceable) == NewFile::Placed::done) {
      return {State::ours, look.sight.found, look.sight.state == State::damaged};
    }
    tried = look.sha256;
    look = look_closely(directory, mark);
  }
  if (look.sight.state == State::ours || look.sight.state == State::foreign) return look.sight;
  return {State::ours, look.sight.found, false, true};
}

void put_mark(const Directory& directory, const Mark& mark) {
  const auto anything = [](const std::string&) { return true; };
  if (write_mark(directory, mark, anything) == NewFile::Placed::done) return;
  throw std::runtime_error("cannot mark the inbox: " + escape((directory.path() / mark_name).native()) +
                           " is not a clientsync mark; move it away");
}

}  // namespace clientsync
