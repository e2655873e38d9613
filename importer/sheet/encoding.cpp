#include "importer/sheet/encoding.hpp"

#include <iconv.h>
#include <utf8proc.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace clientsync {
namespace {

/// The position of the first byte at or after `position` that is not ASCII, or the end.
std::size_t skip_ascii(std::string_view bytes, std::size_t position) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  for (std::uint64_t word = 0; bytes.size() - position >= sizeof word; position += sizeof word) {
    std::memcpy(&word, bytes.data() + position, sizeof word);
    if ((word & high_bits) != 0) break;
  }
  while (position < bytes.size() && static_cast<unsigned char>(bytes[position]) < 0x80) ++position;
  return position;
}

/// The length of the valid UTF-8 sequence at `position`, 0 if there is none.
std::size_t sequence_length(std::string_view bytes, std::size_t position) {
  utf8proc_int32_t code_point = 0;
  const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()) + position,
                                                   static_cast<utf8proc_ssize_t>(bytes.size() - position), &code_point);
  return length > 0 ? static_cast<std::size_t>(length) : 0;
}

struct Utf8Look {
  std::size_t invalid = std::string_view::npos;  ///< the first byte that is not UTF-8
  bool multibyte = false;                        ///< there is a valid multi-byte sequence
};

/// Looks until both are known: after an invalid byte only for the first multi-byte sequence.
Utf8Look look_at_utf8(std::string_view bytes) {
  Utf8Look look;
  std::size_t position = 0;
  while ((position = skip_ascii(bytes, position)) < bytes.size()) {
    if (const std::size_t length = sequence_length(bytes, position); length > 0) {
      look.multibyte = true;
      position += length;
    } else {
      look.invalid = std::min(look.invalid, position);
      ++position;
    }
    if (look.multibyte && look.invalid != std::string_view::npos) break;
  }
  return look;
}

DecodeError error_at(std::string_view bytes, std::size_t offset, DecodeError::Why why, Encoding encoding) {
  return {.why = why, .offset = offset, .byte = static_cast<unsigned char>(bytes[offset]), .encoding = encoding};
}

/// The text after a mark of `mark` bytes. All of `bytes` is valid UTF-8.
Result<std::string, DecodeError> decode_utf8(std::string_view bytes, std::size_t mark) {
  if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos)
    return error_at(bytes, nul, DecodeError::Why::nul, Encoding::utf8);
  return std::string(bytes.substr(mark));
}

class Converter {
 public:
  explicit Converter(Encoding from) : handle_(iconv_open("UTF-8", name_of(from))) {
    // iconv_open returns the pointer -1 if it fails; no constant expression can spell that pointer.
    if (reinterpret_cast<std::intptr_t>(handle_) == -1)
      throw std::system_error(errno, std::generic_category(),
                              std::string("cannot open the system's converter from ") + name_of(from));
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() { iconv_close(handle_); }

  /// Converts into `text` up to the end or the first byte that is not defined; returns how many bytes it converted.
  [[nodiscard]] std::size_t convert(std::string_view bytes, std::string& text) {
    constexpr std::size_t longest_growth = 3;  // one byte of Windows-1252, or two of UTF-16, become at most three
    text.resize(bytes.size() * longest_growth);
    char* in = const_cast<char*>(bytes.data());
    char* out = text.data();
    std::size_t in_left = bytes.size();
    std::size_t out_left = text.size();
    const std::size_t failed = static_cast<std::size_t>(-1);
    if (iconv(handle_, &in, &in_left, &out, &out_left) == failed && errno != EILSEQ && errno != EINVAL)
      throw std::system_error(errno, std::generic_category(), "cannot convert text to UTF-8");
    text.resize(text.size() - out_left);
    return bytes.size() - in_left;
  }

 private:
  iconv_t handle_;
};

/// The offset of the first NUL character in `bytes`, whose units are `unit` bytes wide; npos if there is none.
std::size_t find_nul(std::string_view bytes, std::size_t unit) {
  constexpr std::string_view nul("\0\0", 2);
  for (std::size_t offset = 0; offset + unit <= bytes.size(); offset += unit)
    if (bytes.substr(offset, unit) == nul.substr(0, unit)) return offset;
  return std::string_view::npos;
}

Result<std::string, DecodeError> decode_by_iconv(std::string_view bytes, std::size_t mark, Encoding encoding) {
  std::string text;
  const std::size_t end = mark + Converter(encoding).convert(bytes.substr(mark), text);
  const std::size_t unit = encoding == Encoding::windows1252 ? 1 : 2;
  if (const std::size_t nul = find_nul(bytes.substr(mark, end - mark), unit); nul != std::string_view::npos)
    return error_at(bytes, mark + nul, DecodeError::Why::nul, encoding);
  if (end < bytes.size()) return error_at(bytes, end, DecodeError::Why::undefined, encoding);
  return text;
}

}  // namespace

const char* name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "UTF-8";
    case Encoding::utf16le:
      return "UTF-16LE";
    case Encoding::utf16be:
      return "UTF-16BE";
    case Encoding::windows1252:
      return "Windows-1252";
  }
  return "";
}

Result<std::string, DecodeError> decode(std::string_view bytes, FallbackEncoding fallback) {
  if (bytes.starts_with(utf16le_mark)) return decode_by_iconv(bytes, utf16le_mark.size(), Encoding::utf16le);
  if (bytes.starts_with(utf16be_mark)) return decode_by_iconv(bytes, utf16be_mark.size(), Encoding::utf16be);
  const Utf8Look look = look_at_utf8(bytes);
  if (look.invalid == std::string_view::npos)
    return decode_utf8(bytes, bytes.starts_with(utf8_mark) ? utf8_mark.size() : 0);
  if (look.multibyte) return error_at(bytes, look.invalid, DecodeError::Why::damaged_utf8, Encoding::utf8);
  if (fallback == FallbackEncoding::reject)
    return error_at(bytes, look.invalid, DecodeError::Why::not_utf8, Encoding::utf8);
  return decode_by_iconv(bytes, 0, Encoding::windows1252);
}

}  // namespace clientsync
