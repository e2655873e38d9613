#include "daemon/inbox/ownership.hpp"

#include <cerrno>
#include <optional>
#include <string_view>

#include "daemon/files/replace_file.hpp"

namespace clientsync {
namespace {

constexpr std::string_view ledger_key = "ledger: ", inbox_key = "inbox: ";
constexpr std::uint64_t max_mark_bytes = 4096;
constexpr std::uint32_t mark_mode = 0644;  // an operator may write it, the service must read it
/// How often it is looked at again while others write it.
constexpr int max_looks = 100;

std::string text_of(const Mark& mark) {
  return std::string(ledger_key) + mark.ledger + "\n" + std::string(inbox_key) + mark.inbox + "\n";
}

/// nullopt where the text is no mark. Lines with other keys are left to later versions.
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

MarkSight judge(const FileBytes& file, const Mark& expected) {
  using State = MarkSight::State;
  const auto mark = file.over_limit ? std::nullopt : parse_mark(file.bytes);
  if (!mark) return {State::foreign, "a file that is no mark"};
  if (mark->ledger == expected.ledger && mark->inbox == expected.inbox) return {State::ours};
  return {State::foreign, describe(*mark)};
}

}  // namespace

std::string describe(const Mark& mark) {
  return "ledger " + mark.ledger + ", inbox " + mark.inbox;
}

MarkSight look_at_mark(const Directory& directory, const Mark& expected) {
  for (int looks = 0; looks < max_looks; ++looks) {
    const auto file = read_file(directory, mark_name, max_mark_bytes);
    if (file) return judge(*file, expected);
    switch (file.error()) {
      case ReadFault::gone:
        return {MarkSight::State::absent};
      case ReadFault::not_a_file:
        return {MarkSight::State::foreign, "a link, a directory or no regular file"};
      case ReadFault::linked:
        return {MarkSight::State::foreign, "a file with a second hard link"};
      case ReadFault::unreadable:
        errno = EACCES;
        throw_errno("read", directory, mark_name);
      case ReadFault::changed:
        break;
    }
  }
  errno = EBUSY;
  throw_errno("read", directory, mark_name);
}

MarkSight claim_inbox(const Directory& directory, const Mark& mark) {
  for (int looks = 0; looks < max_looks; ++looks) {
    MarkSight sight = look_at_mark(directory, mark);
    if (sight.state != MarkSight::State::absent) return sight;
    ReportFile file(directory);
    file.write(text_of(mark), mark_mode);
    const auto nothing = [](const std::string&) { return false; };
    if (file.place(mark_name, nothing, max_mark_bytes) == ReportFile::Placed::done) return {MarkSight::State::ours};
  }
  errno = EBUSY;
  throw_errno("write", directory, mark_name);
}

void put_mark(const Directory& directory, const Mark& mark) {
  ReportFile file(directory);
  file.write(text_of(mark), mark_mode);
  const auto anything = [](const std::string&) { return true; };
  if (file.place(mark_name, anything, max_mark_bytes) == ReportFile::Placed::done) return;
  errno = EEXIST;
  throw_errno("replace what is no mark, move it away:", directory, mark_name);
}

}  // namespace clientsync
