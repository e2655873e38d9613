#include "daemon/console/html.hpp"

#include <array>

#include "tests/support/catch.hpp"

using namespace clientsync;

TEST_CASE("text becomes text whatever is in it") {
  CHECK(element("p", {}, "<script>alert('x') & \"y\"</script>").markup() ==
        "<p>&lt;script&gt;alert(&#39;x&#39;) &amp; &quot;y&quot;&lt;/script&gt;</p>");
}

TEST_CASE("text becomes the value of an attribute whatever is in it") {
  CHECK(element("input", {{"value", "\"><script>"}}).markup() == "<input value=\"&quot;&gt;&lt;script&gt;\">");
}

TEST_CASE("control characters never reach a page") {
  CHECK(element("b", {}, std::string("a\0b\x01\x1B\x7F", 6)).markup() == "<b>a\uFFFDb\uFFFD\uFFFD\uFFFD</b>");
  CHECK(element("b", {}, "a\tb\nc").markup() == "<b>a\tb\nc</b>");
}

TEST_CASE("bytes that are no UTF-8 are shown escaped") {
  CHECK(element("b", {}, "caf\xE9").markup() == "<b>caf\\xe9</b>");
}

TEST_CASE("an attribute without a value is there only if it is given") {
  CHECK(element("input", {{"required", true}, {"checked", false}}).markup() == "<input required=\"\">");
}

TEST_CASE("elements contain elements") {
  Html list;
  for (const char* const text : {"a", "b"}) list += element("li", {}, text);
  CHECK(element("ul", {{"class", "x"}}, list, " & ").markup() == "<ul class=\"x\"><li>a</li><li>b</li> &amp; </ul>");
}

TEST_CASE("JSON in a page cannot end its element") {
  CHECK(data_block("words", R"({"a":"</script><!--"})").markup() ==
        R"(<script type="application/json" id="words">{"a":"\u003c/script>\u003c!--"}</script>)");
}

TEST_CASE("a link is relative and has its values escaped") {
  CHECK(link_to("client", std::array{UrlParameter{"id", "a&b=c/é"}, UrlParameter{"firm", ""}}) ==
        "./client?id=a%26b%3dc%2f%c3%a9");
  CHECK(link_to("clients") == "./clients");
}
