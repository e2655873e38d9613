#include "daemon/console/html.hpp"

#include <algorithm>
#include <array>

#include "daemon/http/form.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::array<std::string_view, 5> void_elements{"input", "br", "meta", "link", "hr"};

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// What stands for a byte of text; "": the byte itself.
std::string_view entity_of(char byte) {
  switch (byte) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\t':
    case '\n':
      return "";
    case '\r':
      return "&#13;";
    default:
      return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F ? replacement : "";
  }
}

void append_escaped(std::string& markup, std::string_view text) {
  for (const char byte : text) {
    const std::string_view entity = entity_of(byte);
    entity.empty() ? markup += byte : markup += entity;
  }
}

void append_text(std::string& markup, std::string_view text) {
  // File names may be any bytes.
  is_utf8(text) ? append_escaped(markup, text) : append_escaped(markup, escape(text));
}

}  // namespace

Html::Html(std::string_view text) {
  append_text(markup_, text);
}

Html begin_element(HtmlName name, std::initializer_list<HtmlAttribute> attributes) {
  Html html;
  html.markup_.append("<").append(name.text);
  for (const HtmlAttribute& attribute : attributes) {
    if (!attribute.present) continue;
    html.markup_.append(" ").append(attribute.name.text).append("=\"");
    append_text(html.markup_, attribute.value);
    html.markup_ += '"';
  }
  html.markup_ += '>';
  return html;
}

void end_element(Html& element, HtmlName name) {
  if (std::ranges::find(void_elements, name.text) == void_elements.end())
    element.markup_.append("</").append(name.text).append(">");
}

Html data_block(HtmlName id, std::string_view json) {
  Html html = begin_element("script", {{"type", "application/json"}, {"id", id.text}});
  for (const char byte : json) {
    // Inside of JSON only strings can have it.
    byte == '<' ? html.markup_.append("\\u003c") : html.markup_ += byte;
  }
  end_element(html, "script");
  return html;
}

std::string link_to(std::string_view page, std::span<const UrlParameter> parameters) {
  std::string link = "./";
  link += page;
  char sign = '?';
  for (const auto& [key, value] : parameters) {
    if (value.empty()) continue;
    link.append(1, sign).append(escape_field(key)).append("=").append(escape_field(value));
    sign = '&';
  }
  return link;
}

}  // namespace clientsync
