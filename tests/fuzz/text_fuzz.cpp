// Any file: bytes to text, text to records, records to cleaned cells. The first two bytes choose fallback and
// delimiter.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/sheet/foreign_format.hpp"
#include "importer/text.hpp"

using namespace clientsync;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool lies_in(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_cell(std::string_view cell) {
  require(lies_in(trim(cell), cell));
  require(unguard(guard(cell)) == cell);
  require(fold_white_space(fold_white_space(cell)) == fold_white_space(cell));
  require(decode(fold_for_near_miss(cell), FallbackEncoding::reject).has_value());
  const std::string cleaned = clean(cell);
  require(nfc(cleaned) == cleaned);
  require(trim(cleaned) == cleaned);
  require(code_points(cleaned) <= cleaned.size());
  require(!find_control(cleaned) || find_hidden(cleaned));
}

void check_records(std::string_view text, char delimiter) {
  CsvReader reader(text, delimiter);
  std::size_t row = 0;
  while (const auto record = reader.next()) {
    require(record->row == ++row);
    require(!record->fields.empty());
    require(lies_in(record->raw, text));
    for (const Field& field : record->fields) {
      require(lies_in(field.raw, record->raw));
      check_cell(field.text());
    }
  }
  require(!reader.error() || reader.error()->row == row + 1);
  require(!reader.next());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto fallback = data[0] % 2 == 0 ? FallbackEncoding::windows1252 : FallbackEncoding::reject;
  const char delimiter = std::string_view(",;\t|")[data[1] % 4];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  require(unescape(escape(bytes)) == bytes);
  require(!find_hidden(escape(bytes)));
  (void)foreign_format(bytes);
  const auto decoded = decode(bytes, fallback);
  if (decoded.has_value()) {
    require(decoded->find('\0') == std::string::npos);
    require(decode(*decoded, FallbackEncoding::reject).has_value());
    check_records(*decoded, delimiter);
  } else {
    require(decoded.error().offset < bytes.size());
    require(decoded.error().byte == static_cast<unsigned char>(bytes[decoded.error().offset]));
  }
  return 0;
}
