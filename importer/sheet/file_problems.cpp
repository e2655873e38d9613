#include "importer/sheet/file_problems.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "importer/text.hpp"

namespace clientsync {
namespace {

Problem problem(Message message, std::size_t row = 0,
                std::vector<std::pair<std::string_view, std::string>> arguments = {}) {
  return {message, row, std::move(arguments)};
}

/// At most `most` code points from the start of `text`, up to a line end.
std::string start_of(std::string_view text, std::size_t most) {
  const std::string_view kept = first_code_points(text.substr(0, text.find_first_of("\r\n")), most);
  return std::string(kept) + (kept.size() < text.size() ? "…" : "");
}

/// At most `most` code points from the end of `text`.
std::string end_of(std::string_view text, std::size_t most) {
  const std::string_view kept = last_code_points(text, most);
  return (kept.size() < text.size() ? "…" : "") + std::string(kept);
}

/// The columns that a header has, as a list of bounded length.
std::string list_columns(const Header& found) {
  constexpr std::size_t longest_list = 100, longest_name = 30;
  std::string list;
  for (const std::string& cell : found.cells) {
    if (cell.empty()) continue;
    if (code_points(list) > longest_list) return list + " …";
    list.append(list.empty() ? "" : ", ").append(start_of(cell, longest_name));
  }
  return list;
}

/// What is wrong with a header that names none of the columns.
Problem describe_strange_header(const Header& found) {
  constexpr std::size_t longest_text = 40;
  if (found.filled == 1) {
    const auto cell = std::ranges::find_if(found.cells, [](const std::string& text) { return !text.empty(); });
    return problem(Message::header_one_column, found.row, {{"text", start_of(*cell, longest_text)}});
  }
  return problem(Message::header_missing_all, found.row,
                 {{"row", std::to_string(found.row)}, {"columns", list_columns(found)}});
}

Problem describe_missing_header(const Header& found, Column column, Language language) {
  const std::string name(header(column, language));
  const auto& near = found.near[index_of(column)];
  if (!near)
    return problem(Message::header_missing, found.row,
                   {{"header", name}, {"row", std::to_string(found.row)}, {"columns", list_columns(found)}});
  const std::string& cell = found.cells[*near];
  if (const auto deceptive = find_deceptive(cell))
    return problem(Message::header_missing_hidden, found.row,
                   {{"header", name},
                    {"character", code_point_name(deceptive->code_point)},
                    {"position", std::to_string(deceptive->position)}});
  return problem(Message::header_missing_near, found.row, {{"header", name}, {"found", cell}});
}

Message message_of(DecodeError::Why why) {
  switch (why) {
    case DecodeError::Why::undefined:
      return Message::encoding_undefined;
    case DecodeError::Why::nul:
      return Message::encoding_nul;
    case DecodeError::Why::damaged_utf8:
      return Message::encoding_damaged_utf8;
    case DecodeError::Why::not_utf8:
      break;
  }
  return Message::encoding_not_utf8;
}

/// The row in which the records are cut off.
std::size_t last_row(std::string_view records, char delimiter) {
  CsvReader reader(records, delimiter);
  std::size_t row = 0;
  while (const auto record = reader.next()) row = record->row;
  if (reader.error()) return reader.error()->row;
  const bool at_line_end = records.empty() || records.ends_with('\n') || records.ends_with('\r');
  return at_line_end ? row + 1 : row;
}

}  // namespace

Problem too_large(std::uint64_t size, std::uint64_t limit) {
  constexpr std::uint64_t kilo = 1024, mega = kilo * kilo, large = 10 * mega;
  const auto show = [](std::uint64_t bytes, std::uint64_t unit) {
    return std::to_string((bytes + unit - 1) / unit) + (unit == mega ? " MB" : unit == kilo ? " KB" : " bytes");
  };
  // Rounded up in the limit's unit, a size over the limit is shown as more than the limit.
  const std::uint64_t unit = limit % mega == 0 ? mega : limit % kilo == 0 ? kilo : 1;
  return problem(Message::file_too_large, 0,
                 {{"size", show(size, size >= large ? mega : unit)}, {"limit", show(limit, unit)}});
}

Problem not_csv(ForeignFormat format) {
  switch (format) {
    case ForeignFormat::spreadsheet:
      return problem(Message::not_csv_spreadsheet);
    case ForeignFormat::old_spreadsheet:
      return problem(Message::not_csv_old_spreadsheet);
    case ForeignFormat::word:
      return problem(Message::not_csv_word);
    case ForeignFormat::pdf:
      return problem(Message::not_csv_pdf);
    case ForeignFormat::html:
      return problem(Message::not_csv_html);
    case ForeignFormat::zip:
      return problem(Message::not_csv_compressed, 0, {{"format", "ZIP"}});
    case ForeignFormat::gzip:
      return problem(Message::not_csv_compressed, 0, {{"format", "gzip"}});
    case ForeignFormat::seven_zip:
      return problem(Message::not_csv_compressed, 0, {{"format", "7z"}});
    case ForeignFormat::rar:
      break;
  }
  return problem(Message::not_csv_compressed, 0, {{"format", "RAR"}});
}

Problem cannot_decode(const DecodeError& error, const Reading& before) {
  constexpr std::size_t longest_text = 30;
  const std::size_t row = last_row(before.records, before.dialect.delimiter);
  const std::string_view line = before.records.substr(before.records.find_last_of("\r\n") + 1);
  return problem(message_of(error.why), row,
                 {{"row", std::to_string(row)},
                  {"text", end_of(line.empty() ? before.records : line, longest_text)},
                  {"encoding", name_of(error.encoding)},
                  {"byte", "0x" + hex(std::as_bytes(std::span(&error.byte, 1)))},
                  {"offset", std::to_string(error.offset)}});
}

Problem malformed(const CsvError& error) {
  constexpr std::size_t longest_text = 30;
  // A stray quote that is closed in a later line, with text behind it, met the quote that opens another cell.
  const bool unclosed =
      error.why == CsvError::Why::unterminated_quote || error.raw.find_first_of("\r\n") != error.raw.npos;
  return problem(unclosed ? Message::csv_unterminated_quote : Message::csv_text_after_quote, error.row,
                 {{"row", std::to_string(error.row)}, {"text", start_of(error.raw, longest_text)}});
}

std::vector<Problem> header_problems(const Header& found, Language language) {
  if (found.score() == 0) return {describe_strange_header(found)};
  std::vector<Problem> problems;
  for (const Column column : all_columns) {
    const auto& positions = found.positions[index_of(column)];
    if (positions.size() > 1)
      problems.push_back(problem(Message::header_duplicate, found.row, {{"header", found.cells[positions.front()]}}));
    if (positions.empty()) problems.push_back(describe_missing_header(found, column, language));
  }
  return problems;
}

}  // namespace clientsync
