#include "daemon/commands/named_file.hpp"

#include <cerrno>
#include <stdexcept>
#include <utility>

#include "importer/store/ledger.hpp"
#include "importer/text.hpp"

namespace clientsync {

Directory directory_of(const std::filesystem::path& file) {
  const std::filesystem::path parent = std::filesystem::absolute(file).lexically_normal().parent_path();
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::canonical(parent, error);
  if (error) throw std::system_error(error, "cannot open " + escape(parent.native()));
  return Directory(resolved);
}

std::system_error read_error(ReadFault fault, const std::filesystem::path& file) {
  const std::string shown = "cannot read " + escape(file.string());
  switch (fault) {
    case ReadFault::gone:
      return {ENOENT, std::generic_category(), shown};
    case ReadFault::unreadable:
      return {EACCES, std::generic_category(), shown};
    case ReadFault::changed:
      return {EBUSY, std::generic_category(), shown + " (it changed while it was read; try again)"};
    case ReadFault::not_a_file:
    case ReadFault::linked:
      break;
  }
  return {EINVAL, std::generic_category(), shown + " (it is not a regular file, or it has a second hard link)"};
}

InputFile read_named_file(const Directory& directory, const std::filesystem::path& file, std::uint64_t limit) {
  auto bytes = read_file(directory, file.filename().string(), limit);
  if (!bytes) throw read_error(bytes.error(), file);
  FileIdentity identity = identify(*bytes);
  return {std::move(*bytes), std::move(identity)};
}

void require_recordable(const std::string& path) {
  // How much longer the name of a report can be than that of its input.
  constexpr std::size_t report_ending = 64;
  const std::string shown = escape(path);
  if (shown.size() + report_ending <= longest_ledger_name) return;
  throw std::runtime_error("cannot import " + shown +
                           ": its path is too long for the ledger; move the file to a shorter path");
}

}  // namespace clientsync
