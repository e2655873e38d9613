// Bytes to text: which encoding a file is in, and what is not text at all. Knows nothing of CSV.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "importer/result.hpp"

namespace clientsync {

enum class Encoding { utf8, utf16le, utf16be, windows1252 };

/// "UTF-16LE", "Windows-1252": for people, and for iconv, which ignores case.
[[nodiscard]] const char* name_of(Encoding encoding);

/// How bytes without a byte order mark and without any sign of UTF-8 are read (docs/specification.md §3).
enum class FallbackEncoding { windows1252, reject };

/// Why bytes are not text.
struct DecodeError {
  enum class Why {
    undefined,     ///< the encoding does not define this byte, or a surrogate has no partner
    nul,           ///< the text contains a NUL
    damaged_utf8,  ///< not valid UTF-8, but a mark or valid multi-byte sequences show that it should be
    not_utf8,      ///< not valid UTF-8, and the fallback is `reject`
  };
  Why why = Why::undefined;
  std::size_t offset = 0;  ///< of the first such byte, counted from 0 at the start of the file, mark included
  unsigned char byte = 0;  ///< its value
  Encoding encoding = Encoding::utf8;
};

/// The text of a whole file (docs/specification.md §3, "Encoding"): valid UTF-8 without byte order mark and without
/// NUL; empty if the file is, or holds only a mark. Throws std::system_error if the system lacks its converters.
[[nodiscard]] Result<std::string, DecodeError> decode(std::string_view bytes, FallbackEncoding fallback);

/// What a file may be instead of a CSV, recognised by its first bytes (docs/specification.md §4.1, `not_csv`).
enum class ForeignFormat { zip_spreadsheet, ole_spreadsheet, pdf, html, gzip };

/// The format that the first bytes show, or nullopt if the bytes may be text. ZIP is taken for a spreadsheet (xlsx, ods
/// and numbers are ZIP files), OLE for an old xls. HTML is `<!doctype html`, `<html` or `<table`, or `<?xml` followed
/// by one of them or by a spreadsheet's XML, in upper or lower case; a byte order mark, white space and comments may
/// come first.
[[nodiscard]] std::optional<ForeignFormat> foreign_format(std::string_view bytes);

}  // namespace clientsync
