#include "daemon/http/form.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::size_t escape_length = 3;  ///< of `%20`

/// The byte of an escape at the start of `text`.
std::optional<char> escaped_byte(std::string_view text) {
  if (text.size() < escape_length) return std::nullopt;
  constexpr int hexadecimal = 16;
  unsigned char byte = 0;
  const char* const end = text.data() + escape_length;
  if (std::from_chars(text.data() + 1, end, byte, hexadecimal).ptr != end) return std::nullopt;
  return static_cast<char>(byte);
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  while (!text.empty()) {
    const bool escaped = text.front() == '%';
    const std::optional<char> byte = escaped ? escaped_byte(text) : text.front();
    if (!byte || *byte == '\0') return std::nullopt;
    decoded += plus_is_space && !escaped && *byte == '+' ? ' ' : *byte;
    text.remove_prefix(escaped ? escape_length : 1);
  }
  if (!is_utf8(decoded)) return std::nullopt;
  return decoded;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_' || c == '~';
}

}  // namespace

std::optional<FormFields> parse_form(std::string_view text) {
  FormFields fields;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = decode(part.substr(0, equals), true);
    auto value = decode(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value || fields.size() == most_form_fields) return std::nullopt;
    fields.push_back({*std::move(name), *std::move(value)});
  }
  return fields;
}

std::string_view field_of(const FormFields& fields, std::string_view name) {
  const auto field = std::ranges::find(fields, name, &FormField::name);
  return field == fields.end() ? std::string_view() : field->value;
}

std::optional<std::string> unescape_segment(std::string_view segment) {
  return decode(segment, false);
}

std::string escape_field(std::string_view text) {
  std::string escaped;
  for (const char& byte : text) {
    if (is_plain(byte)) {
      escaped += byte;
    } else {
      escaped += '%' + hex(std::as_bytes(std::span(&byte, 1)));
    }
  }
  return escaped;
}

}  // namespace clientsync
