#include "daemon/import/standing_files.hpp"

#include <algorithm>

#include "daemon/files/read_file.hpp"
#include "daemon/import/import_file.hpp"
#include "importer/store/known_files.hpp"

namespace clientsync {
namespace {

bool is_done(const InboxConfig& inbox, const Directory& directory, const Ready& ready, const KnownFile& known) {
  const Stamp& stamp = ready.stamp;
  const bool may_be_imported =
      known.newest && known.newest->size == stamp.size && known.newest->mtime == stamp.mtime_seconds();
  const bool may_be_report = !known.report_sha256.empty();
  if (!may_be_imported && !may_be_report) return false;
  const std::uint64_t most = inbox.rules.sheet.max_bytes;
  const auto file = read_file(directory, ready.name, may_be_report ? std::max(most, max_report_bytes) : most);
  if (!file || file->over_limit || file->stamp != stamp) return false;
  const FileIdentity identity = identify(*file);
  return identity == known.newest || identity.sha256 == known.report_sha256;
}

}  // namespace

std::vector<std::string> find_done(ConnectionPool& pool, const InboxConfig& inbox, const Directory& directory,
                                   std::span<const Ready> files) {
  std::vector<std::string> names;
  for (const Ready& ready : files) names.push_back(ready.name);
  const std::vector<KnownFile> known =
      pool.use([&](Connection& connection) { return look_up_names(connection, inbox.name, names); });
  std::vector<std::string> done;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (is_done(inbox, directory, files[i], known[i])) done.push_back(files[i].name);
  }
  return done;
}

}  // namespace clientsync
