#include "daemon/http/form.hpp"

#include <string>

#include "importer/text.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

TEST_CASE("a query is read as its fields, in their order", "[form]") {
  CHECK(parse_form("") == FormFields{});
  CHECK(parse_form("a=1&b=x+y%20z&a=2") == FormFields{{"a", "1"}, {"b", "x y z"}, {"a", "2"}});
  CHECK(parse_form("find&type=") == FormFields{{"find", ""}, {"type", ""}});
  CHECK(parse_form("&&a=b=c&") == FormFields{{"a", "b=c"}});
  CHECK(parse_form("n=Jos%C3%A9%2B1") == FormFields{{"n", "José+1"}});
  const FormFields fields = parse_form("a=1&a=2").value();
  CHECK(field_of(fields, "a") == "1");
  CHECK(field_of(fields, "b").empty());
}

TEST_CASE("a query or form that is not wholly right is refused", "[form]") {
  for (const std::string wrong : {"a=%", "a=%4", "a=%G0", "a=%-1", "%0=1", "a=%C3", "a=%ED%A0%80", "a=%C0%AF", "a=%00",
                                  "a=\xff", "a=%F4%90%80%80"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_form(wrong));
    CHECK_FALSE(unescape_segment(wrong));
  }
  CHECK_FALSE(parse_form(std::string("a=\0b", 4)));
  std::string many;
  for (std::size_t count = 0; count < most_form_fields; ++count) many += "a&";
  CHECK(parse_form(many));
  CHECK_FALSE(parse_form(many + "a"));
}

TEST_CASE("a plus sign in a path is a plus sign", "[form]") {
  CHECK(unescape_segment("a+b%2Fc") == "a+b/c");
}

TEST_CASE("text comes back from a query and a path as it was", "[form]") {
  CHECK_PROPERTY("escaped and read again", [](const std::string& name, const std::string& value) {
    const auto is_text = [](const std::string& text) { return is_utf8(text) && text.find('\0') == std::string::npos; };
    const auto read = parse_form("x&" + escape_field(name) + "=" + escape_field(value));
    RC_ASSERT(read.has_value() == (is_text(name) && is_text(value)));
    if (read) RC_ASSERT(*read == (FormFields{{"x", ""}, {name, value}}));
    RC_ASSERT(unescape_segment(escape_field(value)) == (is_text(value) ? std::optional(value) : std::nullopt));
  });
}
