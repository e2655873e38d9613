// HTML as values. Text can get into a document only as text or as the value of an attribute, and is escaped there;
// names of elements and attributes are literals of the program.
#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace clientsync {

/// The name of an element or of an attribute: a literal, so that no data can become one.
struct HtmlName {
  std::string_view text;

  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval HtmlName(const char* literal) : text(literal) {}
};

struct HtmlAttribute {
  HtmlName name;
  std::string value{};
  bool present = true;

  HtmlAttribute(HtmlName attribute, std::string_view text) : name(attribute), value(text) {}
  /// Without a value: `required`, `checked`. Only there if `given`.
  template <std::same_as<bool> Bool>
  HtmlAttribute(HtmlName attribute, Bool given) : name(attribute), present(given) {}
};

/// A part of a document: elements and text. Made from text, it is that text.
class Html {
 public:
  Html() = default;
  // NOLINTBEGIN(google-explicit-constructor): text is content wherever content is wanted
  Html(std::string_view text);
  Html(const std::string& text) : Html(std::string_view(text)) {}
  Html(const char* text) : Html(std::string_view(text)) {}
  // NOLINTEND(google-explicit-constructor)

  Html& operator+=(const Html& more) {
    markup_ += more.markup_;
    return *this;
  }
  [[nodiscard]] bool empty() const { return markup_.empty(); }
  [[nodiscard]] const std::string& markup() const { return markup_; }

 private:
  friend Html begin_element(HtmlName name, std::initializer_list<HtmlAttribute> attributes);
  friend void end_element(Html& element, HtmlName name);
  friend Html data_block(HtmlName id, std::string_view json);

  std::string markup_;
};

[[nodiscard]] Html begin_element(HtmlName name, std::initializer_list<HtmlAttribute> attributes);
void end_element(Html& element, HtmlName name);

/// An element with what is in it: `element("td", {{"class", "number"}}, client.number)`. Elements that are always empty
/// (`input`, `br`, `meta`, `link`) get no children and no end.
template <class... Children>
[[nodiscard]] Html element(HtmlName name, std::initializer_list<HtmlAttribute> attributes,
                           const Children&... children) {
  Html whole = begin_element(name, attributes);
  ((whole += Html(children)), ...);
  end_element(whole, name);
  return whole;
}

/// JSON for scripts, as `<script type="application/json" id=…>`: browsers do not run it.
[[nodiscard]] Html data_block(HtmlName id, std::string_view json);

using UrlParameter = std::pair<std::string_view, std::string_view>;

/// `./name?key=value&…`, escaped as a URL; parameters with an empty value are left out. All pages are in one directory,
/// so the console works under any prefix.
[[nodiscard]] std::string link_to(std::string_view page, std::span<const UrlParameter> parameters = {});

}  // namespace clientsync
