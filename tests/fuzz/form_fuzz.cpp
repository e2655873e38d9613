// Any query or form: what is read from it is text, and comes back from what is written of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/http/form.hpp"
#include "importer/text.hpp"

using namespace clientsync;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_text(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto segment = unescape_segment(text)) require(is_text(*segment));
  const auto fields = parse_form(text);
  if (!fields) return 0;
  std::string written;
  for (const FormField& field : *fields) {
    require(is_text(field.name) && is_text(field.value));
    written += escape_field(field.name) + "=" + escape_field(field.value) + "&";
  }
  require(fields->size() <= most_form_fields);
  require(parse_form(written) == fields);
  return 0;
}
