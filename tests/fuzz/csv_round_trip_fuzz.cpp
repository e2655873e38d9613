// Any records, written and read again. The first byte chooses the dialect; after it, the bytes 0 and 1 end a cell and
// a record.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "importer/sheet/csv.hpp"

using namespace clientsync;

namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> records_of(std::string_view bytes) {
  std::vector<Cells> records{{""}};
  for (const char c : bytes) {
    if (c == '\0') {
      records.back().emplace_back();
    } else if (c == '\1') {
      records.push_back({""});
    } else {
      records.back().back() += c;
    }
  }
  return records;
}

std::vector<Cells> read(std::string_view text, char delimiter) {
  std::vector<Cells> records;
  CsvReader reader(text, delimiter);
  while (const auto record = reader.next()) {
    records.emplace_back();
    for (const Field& field : record->fields) records.back().push_back(field.text());
  }
  if (reader.error()) std::abort();
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::vector<Cells> records = records_of({reinterpret_cast<const char*>(data) + 1, size - 1});
  const Dialect dialect{.delimiter = std::string_view(",;\t|")[data[0] % 4],
                        .line_end = static_cast<LineEnd>(data[0] / 4 % 3)};
  std::string text;
  for (const Cells& cells : records) write_record(text, cells, dialect);
  if (read(text, dialect.delimiter) != records) std::abort();
  return 0;
}
