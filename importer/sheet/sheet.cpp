#include "importer/sheet/sheet.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <memory_resource>
#include <system_error>
#include <utility>

#include "importer/sheet/file_problems.hpp"
#include "importer/sheet/header.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::string_view ref_id = "id:", ref_number = " no:";

Problem problem(Message message, std::size_t row = 0,
                std::vector<std::pair<std::string_view, std::string>> arguments = {}) {
  return {message, row, std::move(arguments)};
}

/// Owns what the rows of a sheet view.
struct Texts {
  std::string decoded;                         ///< of the whole file
  std::pmr::monotonic_buffer_resource made{};  ///< what the file does not have in one piece, and Ref and ReportLine
  std::deque<Problem> shapes{};

  std::string_view text_of(const Field& field) { return field.doubled ? keep(made, field.text()) : field.raw; }

  std::string_view cleaned(std::string_view cell) {
    const auto part = clean_part(cell);
    return part ? *part : keep(made, clean(cell));
  }

  template <class T>
  const T* add(const T& value) {
    return std::pmr::polymorphic_allocator<>(&made).new_object<T>(value);
  }
};

/// Fills in dialect, language and headings of `sheet`, as far as the text shows them.
void describe(const Reading& reading, const SheetRules& rules, Sheet& sheet) {
  sheet.dialect = reading.dialect;
  sheet.language = reading.header ? language_of(*reading.header, rules) : rules.language;
  sheet.is_report = reading.header && reading.header->has_report_columns();
  for (const Column column : all_columns) {
    const bool found = reading.header && reading.header->has(column);
    sheet.headings[index_of(column)] =
        found ? std::string(trim(reading.header->decoded[reading.header->positions[index_of(column)].front()]))
              : std::string(header(column, sheet.language));
  }
}

/// The positions of the columns in a complete header.
struct Layout {
  std::array<std::size_t, 3> positions{};
  std::array<std::optional<std::size_t>, 4> report_columns;
  std::array<std::optional<std::size_t>, 3> detail_columns;
  std::size_t last_required = 0;
  std::size_t width = 0;
};

Layout layout_of(const Header& found) {
  Layout layout{
      .report_columns = found.report_columns, .detail_columns = found.detail_columns, .width = found.cells.size()};
  for (const Column column : all_columns) {
    layout.positions[index_of(column)] = found.positions[index_of(column)].front();
    layout.last_required = std::max(layout.last_required, layout.positions[index_of(column)]);
  }
  return layout;
}

std::optional<Problem> check_shape(const Record& record, const Layout& layout) {
  const std::size_t count = record.fields.size();
  const auto wrong = [&](Message message, std::size_t expected) {
    return problem(message, record.row,
                   {{"found", std::to_string(count)},
                    {"expected", std::to_string(expected)},
                    {"record", std::string(record.raw)}});
  };
  if (count <= layout.last_required)
    return wrong(count == 1 ? Message::field_count_one : Message::field_count_few, layout.last_required + 1);
  for (std::size_t i = layout.width; i < count; ++i) {
    if (!clean(record.fields[i].text()).empty()) return wrong(Message::field_count_many, layout.width);
  }
  return std::nullopt;
}

/// The row that a cell of the column Row names; 0 if it names none.
std::size_t read_row_number(std::string_view cell) {
  std::uint32_t row = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), row);
  return error == std::errc() && end == cell.data() + cell.size() ? row : 0;
}

/// Fills in what a report's own columns say. Ref counts without the others too, because an export has it alone.
void read_report_columns(const Record& record, const Layout& layout, Texts& texts, Row& row) {
  if (std::ranges::none_of(layout.report_columns, [](const auto& at) { return at.has_value(); })) return;
  const auto decoded = [&](ReportColumn column) {
    const auto& at = layout.report_columns[index_of(column)];
    return at && *at < record.fields.size() ? texts.text_of(record.fields[*at]) : std::string_view();
  };
  if (const auto ref = read_ref(texts.cleaned(decoded(ReportColumn::ref)))) row.ref = texts.add(*ref);
  const std::string_view codes = texts.cleaned(decoded(ReportColumn::error_code));
  if (!std::ranges::all_of(layout.report_columns, [](const auto& at) { return at.has_value(); })) {
    // Deleting a column of the report does not confirm a superseded line.
    if (codes.find(token(Code::superseded)) != std::string_view::npos)
      row.report_line = texts.add(ReportLine{.row = 0, .error_codes = codes, .decoded_codes = codes, .error = {}});
    return;
  }
  row.report_line = texts.add(ReportLine{.row = read_row_number(texts.cleaned(decoded(ReportColumn::row))),
                                         .error_codes = codes,
                                         .decoded_codes = decoded(ReportColumn::error_code),
                                         .error = decoded(ReportColumn::error)});
}

void read_details(const Record& record, const Layout& layout, Texts& texts, Row& row) {
  DetailCells cells;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& at = layout.detail_columns[i];
    if (!at || *at >= record.fields.size()) continue;
    const std::string_view cell = texts.cleaned(texts.text_of(record.fields[*at]));
    if (!cell.empty()) cells[i] = cell;
  }
  if (std::ranges::any_of(cells, [](const auto& cell) { return cell.has_value(); })) row.details = texts.add(cells);
}

Row read_row(const Record& record, const Layout& layout, Texts& texts) {
  Row row{.row = record.row};
  if (auto shape = check_shape(record, layout)) {
    row.shape = &texts.shapes.emplace_back(*std::move(shape));
    return row;
  }
  std::array<std::string_view, 3> decoded;
  for (const Column column : all_columns) {
    decoded[index_of(column)] = texts.text_of(record.fields[layout.positions[index_of(column)]]);
    row.cells[index_of(column)] = texts.cleaned(decoded[index_of(column)]);
  }
  if (decoded != row.cells) row.uncleaned = texts.add(decoded);
  read_report_columns(record, layout, texts, row);
  read_details(record, layout, texts, row);
  if (row.report_line != nullptr && (row.report_line->row != 0 || row.kept())) row.row = row.report_line->row;
  return row;
}

/// How many records there can be: more only if line ends are mixed.
std::size_t count_lines(std::string_view records, LineEnd line_end) {
  const char last = line_end == LineEnd::cr ? '\r' : '\n';
  std::size_t lines = 1;
  for (std::size_t at = records.find(last); at != records.npos; at = records.find(last, at + 1)) ++lines;
  return lines;
}

/// Reads the records after the header. Without a layout they are only counted.
void read_rows(std::string_view records, std::size_t header_row, const std::optional<Layout>& layout,
               const SheetRules& rules, Texts& texts, Sheet& sheet) {
  CsvReader reader(records, sheet.dialect.delimiter);
  if (layout) sheet.rows.reserve(std::min(rules.max_rows, count_lines(records, sheet.dialect.line_end)));
  std::size_t count = 0;
  while (const auto record = reader.next()) {
    if (record->row <= header_row || is_blank(*record)) continue;
    ++count;
    if (layout && count <= rules.max_rows) sheet.rows.push_back(read_row(*record, *layout, texts));
  }
  if (reader.error()) sheet.problems.push_back(malformed(*reader.error()));
  if (count > rules.max_rows) {
    sheet.problems.push_back(problem(Message::too_many_rows, 0,
                                     {{"rows", std::to_string(count)}, {"limit", std::to_string(rules.max_rows)}}));
  }
}

/// As much of the start of a file as can be decoded.
std::string decode_head(std::string_view head, const SheetRules& rules) {
  Result<std::string, DecodeError> decoded = decode(head, rules.fallback);
  if (!decoded) decoded = decode(head.substr(0, decoded.error().offset), rules.fallback);
  return decoded ? std::move(*decoded) : std::string();
}

Sheet rejected_sheet(Problem why, const SheetRules& rules) {
  Sheet sheet;
  sheet.language = rules.language;
  for (const Column column : all_columns) sheet.headings[index_of(column)] = header(column, sheet.language);
  sheet.problems.push_back(std::move(why));
  return sheet;
}

void read_text(const SheetRules& rules, Texts& texts, Sheet& sheet) {
  const Reading reading = read_header(texts.decoded, rules);
  describe(reading, rules, sheet);
  if (!reading.header) {
    CsvReader reader(reading.records, sheet.dialect.delimiter);
    while (reader.next()) continue;
    if (reader.error()) sheet.problems.push_back(malformed(*reader.error()));
    if (sheet.problems.empty()) sheet.problems.push_back(problem(Message::file_empty_header));
    return;
  }
  sheet.problems = header_problems(*reading.header, sheet.language);
  const std::optional<Layout> layout =
      sheet.problems.empty() ? std::optional(layout_of(*reading.header)) : std::nullopt;
  read_rows(reading.records, reading.header->row, layout, rules, texts, sheet);
  if (sheet.rejected()) sheet.rows.clear();
}

}  // namespace

bool Row::kept() const {
  return report_line != nullptr && !report_line->error_codes.empty() &&
         std::ranges::all_of(cells, &std::string_view::empty);
}

std::string write_ref(const Ref& ref) {
  if (ref.company_id.find(ref_number) != std::string::npos) return {};
  std::string text = std::string(ref_id).append(ref.company_id);
  if (ref.number) text.append(ref_number).append(*ref.number);
  return text;
}

std::optional<Ref> read_ref(std::string_view cell) {
  if (!cell.starts_with(ref_id)) return std::nullopt;
  cell.remove_prefix(ref_id.size());
  const std::size_t end = cell.find(ref_number);
  Ref ref{.company_id = trim(cell.substr(0, end)), .number = std::nullopt};
  if (ref.company_id.empty()) return std::nullopt;
  if (end != std::string_view::npos) ref.number = trim(cell.substr(end + ref_number.size()));
  return ref;
}

Sheet read_sheet(std::string_view bytes, const SheetRules& rules) {
  if (bytes.empty()) return rejected_sheet(problem(Message::file_empty_bytes), rules);
  if (const auto format = foreign_format(bytes)) return rejected_sheet(not_csv(*format), rules);
  Sheet sheet;
  Result<std::string, DecodeError> decoded = decode(bytes, rules.fallback);
  if (!decoded) {
    const std::string head = decode_head(bytes.substr(0, decoded.error().offset), rules);
    const Reading reading = read_header(head, rules);
    describe(reading, rules, sheet);
    sheet.problems.push_back(cannot_decode(decoded.error(), reading));
    return sheet;
  }
  const auto texts = std::make_shared<Texts>();
  texts->decoded = *std::move(decoded);
  read_text(rules, *texts, sheet);
  sheet.texts = texts;
  return sheet;
}

Sheet oversized_sheet(std::string_view head, std::uint64_t size, const SheetRules& rules) {
  Sheet sheet;
  const std::string text = decode_head(head, rules);
  describe(read_header(text, rules), rules, sheet);
  sheet.problems.push_back(too_large(size, rules.max_bytes));
  if (const auto format = foreign_format(head)) sheet.problems.push_back(not_csv(*format));
  return sheet;
}

Sheet unreadable_sheet(const SheetRules& rules) {
  return rejected_sheet(problem(Message::file_unreadable), rules);
}

Sheet set_aside_sheet(unsigned deaths, const SheetRules& rules) {
  return rejected_sheet(problem(Message::file_set_aside, 0, {{"deaths", std::to_string(deaths)}}), rules);
}

Sheet document_sheet(std::string_view head, ForeignFormat named, const SheetRules& rules) {
  const ForeignFormat shown = foreign_format(head).value_or(named);
  // The directory of an OLE file may stand anywhere behind its head.
  const bool undecided = shown == ForeignFormat::old_spreadsheet && named == ForeignFormat::word;
  return rejected_sheet(not_csv(undecided ? named : shown), rules);
}

}  // namespace clientsync
