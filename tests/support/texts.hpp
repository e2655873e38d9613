// Generators of text and bytes, rich in what some rule treats in its own way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace clientsync {

inline void append_utf8(std::string& out, char32_t c) {
  const auto unit = [&out](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return unit(c);
  if (c < 0x800) {
    unit(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      unit(0xE0 | (c >> 12));
    } else {
      unit(0xF0 | (c >> 18));
      unit(0x80 | ((c >> 12) & 0x3F));
    }
    unit(0x80 | ((c >> 6) & 0x3F));
  }
  unit(0x80 | (c & 0x3F));
}

inline std::string utf8(const std::vector<char32_t>& code_points) {
  std::string out;
  for (const char32_t c : code_points) append_utf8(out, c);
  return out;
}

/// Any code point but NUL and the surrogates; often one that some rule treats in its own way.
inline rc::Gen<char32_t> code_point() {
  const auto below = rc::gen::inRange<std::uint32_t>(1, 0xD800);
  const auto above = rc::gen::inRange<std::uint32_t>(0xE000, 0x110000);
  const auto ascii = rc::gen::inRange<std::uint32_t>(1, 0x80);
  const auto special = rc::gen::elementOf(std::vector<std::uint32_t>{
      '\'', '=',   '"',   '+',   '-',    '@',    '\t',   '\r',   '\n',   ' ',    'e',    0x85,
      0xA0, 0x300, 0x301, 0x327, 0x200B, 0x202E, 0x2028, 0x2060, 0xFEFF, 0x1100, 0x1161, 0x11A8});
  return rc::gen::cast<char32_t>(
      rc::gen::weightedOneOf<std::uint32_t>({{4, special}, {3, ascii}, {2, below}, {1, above}}));
}

inline rc::Gen<std::vector<char32_t>> code_point_list() {
  return rc::gen::container<std::vector<char32_t>>(code_point());
}

inline rc::Gen<std::string> any_text() {
  return rc::gen::map(code_point_list(), utf8);
}

inline rc::Gen<std::string> any_bytes() {
  const auto byte = rc::gen::arbitrary<char>();
  const auto special = rc::gen::elementOf(std::string("\\x0f\x1b\xE2\x80\xA8\x7F\xC2\x85"));
  return rc::gen::container<std::string>(rc::gen::oneOf(byte, special));
}

}  // namespace clientsync
