// Bytes to text: which encoding a file is in. Knows nothing of CSV.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "importer/result.hpp"

namespace clientsync {

inline constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
inline constexpr std::string_view utf16le_mark = "\xFF\xFE";
inline constexpr std::string_view utf16be_mark = "\xFE\xFF";

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

}  // namespace clientsync
