// A file that somebody named on the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "daemon/files/directory.hpp"
#include "daemon/files/read_file.hpp"
#include "daemon/import/import_file.hpp"

namespace clientsync {

/// The file's directory, with links in its path resolved. Throws std::system_error.
[[nodiscard]] Directory directory_of(const std::filesystem::path& file);

/// The error to throw if a file that somebody named could not be read.
[[nodiscard]] std::system_error read_error(ReadFault fault, const std::filesystem::path& file);

/// At most `limit` bytes of the file, or its head if it is larger. Throws read_error.
[[nodiscard]] InputFile read_named_file(const Directory& directory, const std::filesystem::path& file,
                                        std::uint64_t limit);

/// Throws std::runtime_error if the path of a file, or that of its report, is too long for the ledger.
void require_recordable(const std::string& path);

}  // namespace clientsync
