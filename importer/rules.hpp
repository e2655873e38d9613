// How an inbox, or a command, wants files imported. The configuration fills in the values.
#pragma once

#include <string>

#include "importer/plan/policy.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

struct ImportRules {
  std::string firm;           ///< whose register the files are about
  SheetRules sheet;           ///< how bytes are read (docs/specification.md §3, §4.1)
  Policy policy;              ///< how rows are judged (docs/specification.md §4.2, §4.3)
  bool report_always = true;  ///< false: `report: errors` writes a report only if something failed

  bool operator==(const ImportRules&) const = default;
};

}  // namespace clientsync
