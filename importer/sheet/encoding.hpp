// Bytes to text: which encoding a file is in, and what is no text at all. Knows nothing of CSV.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "importer/result.hpp"

namespace clientsync {

enum class Encoding { utf8, utf16le, utf16be, windows1252 };

/// "UTF-16LE", "Windows-1252": for people, and for iconv, which does not mind the case.
[[nodiscard]] const char* name_of(Encoding encoding);

/// What is done with bytes that carry no byte order mark and hold no sign of being UTF-8 (docs/specification.md §3).
enum class FallbackEncoding { windows1252, reject };

struct Decoded {
  std::string text;  ///< valid UTF-8 without byte order mark and without NUL
  Encoding encoding = Encoding::utf8;
};

/// Why bytes are no text.
struct DecodeError {
  enum class Why {
    undefined,     ///< the encoding does not define this byte, or a surrogate stands alone
    nul,           ///< a NUL stands in the text
    damaged_utf8,  ///< not valid UTF-8, but a mark or valid multi-byte sequences say that it is meant to be
    not_utf8,      ///< not valid UTF-8, and the fallback is `reject`
  };
  Why why = Why::undefined;
  std::size_t offset = 0;  ///< of the first such byte, counted from 0 at the start of the file, mark included
  unsigned char byte = 0;  ///< its value
  Encoding encoding = Encoding::utf8;
};

/// Decodes a whole file (docs/specification.md §3, "Encoding"). An empty or mark-only input gives an empty text.
/// Throws std::system_error where the system lacks its converters.
[[nodiscard]] Result<Decoded, DecodeError> decode(std::string_view bytes, FallbackEncoding fallback);

/// What a file may be instead of a CSV, recognised by its first bytes (docs/specification.md §4.1, `not_csv`).
enum class ForeignFormat { zip_spreadsheet, ole_spreadsheet, pdf, html, gzip };

/// The format that the first bytes show, or nullopt for what may be text. ZIP is taken for a spreadsheet
/// (xlsx, ods, numbers are ZIP files), OLE for an old xls. HTML is `<!doctype html` or `<html`, `<table`, `<?xml`
/// followed by one of them or by a spreadsheet's XML; in any case, after a byte order mark and white space.
[[nodiscard]] std::optional<ForeignFormat> foreign_format(std::string_view bytes);

}  // namespace clientsync
