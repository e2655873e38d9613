// Cells of a file that a person corrects before it is imported (docs/specification.md §11, "Upload").
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/messages/messages.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

/// The text that a cell is to have instead.
struct CellCorrection {
  std::size_t record = 0;  ///< as a spreadsheet that shows the file counts its rows
  Column column = Column::client_number;
  std::string text;  ///< valid UTF-8 without NUL
};

/// The records that are the rows of the sheet that read_sheet reads of the bytes, in their order. Row::row is another
/// number if the file is a report, whose rows are cited as in the file that was first dropped. Empty if the bytes have
/// no rows that can be told.
[[nodiscard]] std::vector<std::size_t> data_records(std::string_view bytes, const SheetRules& rules);

/// The file with these cells, as UTF-8 with byte order mark. Everything else stays as it was: the dialect, the header,
/// further columns, line ends. A record that is too short gets the cells that it lacks. Of several corrections of a
/// cell the last counts; those of records that are no rows are passed over. A file whose rows can't be told is returned
/// as it is.
[[nodiscard]] std::string correct_cells(std::string_view bytes, std::span<const CellCorrection> corrections,
                                        const SheetRules& rules);

}  // namespace clientsync
