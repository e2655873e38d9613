// What a file is instead of a CSV (docs/specification.md §4.1, `not_csv`).
#pragma once

#include <optional>
#include <string_view>

namespace clientsync {

enum class ForeignFormat {
  spreadsheet,      ///< a ZIP file of Excel (xlsx, xlsm, xlsb), LibreOffice (ods) or Numbers
  old_spreadsheet,  ///< an OLE file: xls
  word,             ///< a text document: docx, odt, doc
  pdf,
  html,  ///< also a spreadsheet that was saved as XML
  zip,
  gzip,
  seven_zip,
  rar,
};

/// The format that the first bytes show, or nullopt if the bytes may be text. A ZIP file is a document if it begins as
/// those of office programs do; an OLE file is a spreadsheet unless the bytes name a part of a Word document. HTML is
/// `<!doctype html`, `<html` or `<table`, or `<?xml` followed by one of them or by a spreadsheet's XML, in upper or
/// lower case; a byte order mark, white space and comments may come first.
[[nodiscard]] std::optional<ForeignFormat> foreign_format(std::string_view bytes);

}  // namespace clientsync
