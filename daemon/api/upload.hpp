// A file that a request brings, and what it would do.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "daemon/api/call.hpp"
#include "importer/entry.hpp"
#include "importer/rules.hpp"
#include "importer/sheet/correction.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

struct Upload {
  std::string name;                           ///< of the file, without folders
  std::string bytes;                          ///< with the corrections
  std::vector<CellCorrection> corrections{};  ///< that were made
  std::vector<std::size_t> records{};         ///< data_records of the bytes
  std::string plan{};                         ///< that was shown; "": none
  bool dry_run = false;
  Sheet sheet{};
};

/// The body: the file's bytes, or JSON that has them. Throws ApiError.
[[nodiscard]] Upload read_upload(const ApiCall& call, const ImportRules& rules);

/// What the upload does row by row, for people to look at before it is applied. Messages are in `language`.
[[nodiscard]] boost::json::object preview_of(const Upload& upload, const SheetVerdict& made, Language language);

}  // namespace clientsync
