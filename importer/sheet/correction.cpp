#include "importer/sheet/correction.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/sheet/header.hpp"

namespace clientsync {
namespace {

/// A file whose header is complete, so that its rows can be told.
struct ReadableFile {
  std::string text;
  Reading reading;  ///< views `text`, which therefore stays where it is

  ReadableFile(std::string decoded, const SheetRules& rules)
      : text(std::move(decoded)), reading(read_header(text, rules)) {}
  ReadableFile(const ReadableFile&) = delete;
  ReadableFile& operator=(const ReadableFile&) = delete;

  [[nodiscard]] bool has_rows() const {
    return reading.header && reading.header->complete() &&
           std::ranges::all_of(reading.header->positions, [](const auto& at) { return at.size() == 1; });
  }
};

/// Calls `each` with every record that is a row. False if the records can't be trusted.
template <class Each>
bool for_each_row(const ReadableFile& file, Each each) {
  CsvReader reader(file.reading.records, file.reading.dialect.delimiter);
  while (const auto record = reader.next()) {
    if (record->row > file.reading.header->row && !is_blank(*record)) each(*record);
  }
  return !reader.error();
}

/// A part of the text, and what takes its place.
struct Splice {
  std::size_t begin = 0, end = 0;
  std::string text;
};

/// Where a field stands in the text, its quotes included.
std::pair<std::size_t, std::size_t> place_of(const Field& field, std::string_view text) {
  const auto begin = static_cast<std::size_t>(field.raw.data() - text.data());
  const std::size_t end = begin + field.raw.size();
  const bool in_quotes = begin > 0 && text[begin - 1] == '"';
  return in_quotes ? std::pair(begin - 1, end + 1) : std::pair(begin, end);
}

using CellsOfRecord = std::map<std::size_t, const CellCorrection*>;  // by position

void splice_record(const Record& record, const CellsOfRecord& cells, std::string_view text, char delimiter,
                   std::vector<Splice>& splices) {
  for (const auto& [position, correction] : cells) {
    if (position >= record.fields.size()) continue;
    const auto [begin, end] = place_of(record.fields[position], text);
    splices.push_back({begin, end, ""});
    write_field(splices.back().text, correction->text, delimiter);
  }
  const std::size_t last = cells.rbegin()->first;
  if (last < record.fields.size()) return;
  const std::size_t end = static_cast<std::size_t>(record.raw.data() - text.data()) + record.raw.size();
  Splice rest{end, end, ""};
  for (std::size_t position = record.fields.size(); position <= last; ++position) {
    rest.text += delimiter;
    if (const auto cell = cells.find(position); cell != cells.end())
      write_field(rest.text, cell->second->text, delimiter);
  }
  splices.push_back(std::move(rest));
}

std::string spliced(std::string_view text, const std::vector<Splice>& splices) {
  std::string out(utf8_mark);
  std::size_t at = 0;
  for (const Splice& splice : splices) {
    out += text.substr(at, splice.begin - at);
    out += splice.text;
    at = splice.end;
  }
  return out += text.substr(at);
}

}  // namespace

std::vector<std::size_t> data_records(std::string_view bytes, const SheetRules& rules) {
  Result<std::string, DecodeError> decoded = decode(bytes, rules.fallback);
  if (!decoded) return {};
  const ReadableFile file(*std::move(decoded), rules);
  std::vector<std::size_t> records;
  if (!file.has_rows() || !for_each_row(file, [&](const Record& record) { records.push_back(record.row); })) return {};
  return records;
}

std::string correct_cells(std::string_view bytes, std::span<const CellCorrection> corrections,
                          const SheetRules& rules) {
  Result<std::string, DecodeError> decoded = decode(bytes, rules.fallback);
  if (!decoded) return std::string(bytes);
  const ReadableFile file(*std::move(decoded), rules);
  if (!file.has_rows()) return std::string(bytes);
  std::map<std::size_t, CellsOfRecord> by_record;
  for (const CellCorrection& correction : corrections) {
    const std::size_t position = file.reading.header->positions[index_of(correction.column)].front();
    by_record[correction.record][position] = &correction;
  }
  std::vector<Splice> splices;
  const bool trusted = for_each_row(file, [&](const Record& record) {
    if (const auto cells = by_record.find(record.row); cells != by_record.end())
      splice_record(record, cells->second, file.text, file.reading.dialect.delimiter, splices);
  });
  return trusted ? spliced(file.text, splices) : std::string(bytes);
}

}  // namespace clientsync
