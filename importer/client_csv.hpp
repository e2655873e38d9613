// A register as a CSV that an import takes (docs/specification.md §10, `export`).
#pragma once

#include <string>
#include <vector>

#include "importer/client_list.hpp"
#include "importer/messages/messages.hpp"

namespace clientsync {

struct ClientCsv {
  Language language = Language::en;   ///< of the headers and of the words for the status
  std::vector<ClientColumn> columns;  ///< at least one
  bool ref = false;                   ///< a last column Ref, which says what spreadsheets may damage
};

/// The start of the file: the byte order mark and the headers, with their line end.
[[nodiscard]] std::string csv_head(const ClientCsv& form);

/// One client's record, with its line end. An import reads its cells as the client's values, whatever these are.
[[nodiscard]] std::string csv_record(const Client& client, const ClientCsv& form);

}  // namespace clientsync
