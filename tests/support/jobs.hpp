// Words for arranging the service's tests: what is in a folder, and what workers make of jobs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "daemon/service/job.hpp"

namespace clientsync::testing {

/// The listing of a folder, as the test decides it.
struct Folder {
  std::map<std::string, Entry> entries{};
  std::uint64_t inodes = 0;
  std::shared_ptr<const Directory> directory =
      std::make_shared<const Directory>(std::filesystem::temp_directory_path());

  /// A new file, in place of the one that had the name.
  Stamp put(const std::string& name, FileType type = FileType::regular) {
    const Stamp stamp{.device = 1, .inode = ++inodes, .size = 10, .mtime = static_cast<std::int64_t>(inodes)};
    entries[name] = {.name = name, .type = type, .links = 1, .stamp = stamp};
    return stamp;
  }
  /// Other bytes in the same file.
  Stamp write(const std::string& name) {
    ++entries.at(name).stamp.mtime;
    return ++entries.at(name).stamp.size, entries.at(name).stamp;
  }
};

/// A look found what is in the folder.
inline JobResult seen(const Job& job, const Folder& folder) {
  const auto& look = std::get<LookJob>(job.task);
  const bool reopened = !job.directory || look.reopen;
  JobResult result{.job = job};
  result.sight = {.directory = reopened ? folder.directory : job.directory,
                  .reopened = reopened,
                  .listed = reopened || !look.names};
  for (const auto& [name, entry] : folder.entries) {
    const bool looked_at = result.sight.listed || std::ranges::find(*look.names, name) != look.names->end();
    if (looked_at) result.sight.entries.push_back(entry);
  }
  return result;
}

/// A file became something else than an import, or a recovery succeeded.
inline JobResult done(const Job& job, FileOutcome::Kind kind = FileOutcome::Kind::done) {
  return {.job = job, .outcome = {.kind = kind}};
}

/// A file was imported, or reported as unreadable, and its report published.
inline JobResult imported(const Job& job, ImportId id, FileOutcome::Kind kind = FileOutcome::Kind::imported) {
  return {.job = job,
          .outcome = {.kind = kind,
                      .imported = Imported{.import = id, .plan = {}},
                      .newest_import = id,
                      .counts = {.rows = 1, .updated = 1}},
          .newest_import = id};
}

inline JobResult failed(const Job& job, std::string why) {
  return {.job = job, .fault = JobFault{.of_database = false, .why = std::move(why)}};
}
inline JobResult failed_by_database(const Job& job) {
  return {.job = job, .fault = JobFault{.of_database = true, .why = "the database is away"}};
}

}  // namespace clientsync::testing
