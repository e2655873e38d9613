// What can be wrong with a file or a row, and the sentences that tell people. One table for each language, complete at
// compile time (docs/decisions/0003). Uses text.hpp alone.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clientsync {

/// The place of an enumerator in an array with one element for each.
template <class Enum>
[[nodiscard]] constexpr std::size_t index_of(Enum value) {
  return static_cast<std::size_t>(value);
}

/// The languages of headers, messages and reports. A language is one entry of the table in messages.cpp.
enum class Language { en, pt_br };
inline constexpr std::array all_languages{Language::en, Language::pt_br};

/// The three columns that a file must have (docs/specification.md §4.1), in the order in which reports write them.
enum class Column { company_id, display_name, client_number };
inline constexpr std::array all_columns{Column::company_id, Column::display_name, Column::client_number};

/// A column that only `clients load` and `clients edit` take, besides the required ones (docs/specification.md §8).
enum class DetailColumn { type, lead, status };
inline constexpr std::array all_detail_columns{DetailColumn::type, DetailColumn::lead, DetailColumn::status};

/// A column that a report adds after the required ones (docs/specification.md §5, "Columns").
enum class ReportColumn { row, error_code, error, ref };
inline constexpr std::array all_report_columns{ReportColumn::row, ReportColumn::error_code, ReportColumn::error,
                                               ReportColumn::ref};

/// The stable codes of docs/specification.md §4; `token` gives their text. First those of the file, then those of a
/// row.
enum class Code {
  file_too_large,
  file_empty,
  file_unreadable,
  file_set_aside,
  not_csv,
  encoding_unknown,
  csv_malformed,
  header_missing,
  header_duplicate,
  too_many_rows,
  too_many_changes,
  field_count,
  company_id_blank,
  company_id_reformatted,
  company_id_invalid,
  company_id_mismatch,
  company_id_unknown,
  client_exists,
  client_active,
  display_name_blank,
  display_name_invalid,
  display_name_changed,
  client_number_blank,
  client_number_formula,
  client_number_reformatted,
  client_number_too_long,
  client_number_invalid,
  type_invalid,
  lead_invalid,
  status_invalid,
  superseded,
  company_id_duplicate,
  register_full,
  client_number_duplicate,
  client_number_taken,
  not_applied,
};

/// A sentence for people. A code has one or more, because "exactly one client fits" and "none does" read differently.
/// The comment names the placeholders that the sentence may use.
enum class Message {
  file_too_large,                     // {size} {limit}: "101 KB"
  file_empty_bytes,                   // the file has no bytes
  file_empty_header,                  // no record that is not blank
  file_unreadable,                    //
  file_set_aside,                     // {deaths}: how often the service died with it
  not_csv_spreadsheet,                //
  not_csv_old_spreadsheet,            //
  not_csv_word,                       //
  not_csv_pdf,                        //
  not_csv_html,                       //
  not_csv_compressed,                 // {format}: "ZIP", "gzip"
  encoding_undefined,                 // {row} {text}: before the byte {encoding}: "Windows-1252", "UTF-16LE"
  encoding_nul,                       // {row}
  encoding_damaged_utf8,              // {row} {text}
  encoding_not_utf8,                  // {row} {text}
  csv_unterminated_quote,             // {row} {text}: with which the cell begins
  csv_text_after_quote,               // {row} {text}
  header_missing,                     // {header} {row} {columns}: that are there, never shortened
  header_missing_near,                // {header} {found}: what the header says instead
  header_missing_hidden,              // {header} {character}: "U+200B" {position}: from 1
  header_missing_all,                 // {row} {columns}
  header_one_column,                  // {text}: the first cell's
  header_duplicate,                   // {header}
  too_many_rows,                      // {rows} {limit}
  too_many_changes,                   // {changes} {numbers}: that the firm has {limit}: in percent, "20"
  field_count_one,                    // {expected}: a count {record}: as it is in the file, never shortened
  field_count_few,                    // {found} {expected} {record}
  field_count_many,                   // {found} {expected} {record}
  company_id_blank,                   //
  company_id_blank_total,             // in a row that seems to be a total
  company_id_reformatted,             // {value}
  company_id_reformatted_total,       // {value}
  company_id_reformatted_fits,        // {value} {id} {name}: of the one client that fits
  company_id_reformatted_other_name,  // {value} {id} {name}: of the one client whose ID has the same 15 digits
  company_id_invalid_digits,          // {value}
  company_id_invalid_text,            // {value}
  company_id_invalid_total,           // {value}
  company_id_invalid_swapped,         // {value} {id} {name}: of the client whose ID stands in another column
  company_id_mismatch,                // {value} {id}: Ref's
  company_id_unknown,                 // {value}
  company_id_unknown_swapped,         // {value} {id} {name}
  client_exists,                      // {id} {name}: of the client that was to be added
  client_active,                      // {id} {name}: of the client that was to be deleted
  display_name_blank,                 //
  display_name_control,               // {value} {character}: "U+0009" {position}: from 1
  display_name_too_long,              // {length} {limit}
  display_name_changed,               // {value} {name}: the register's
  display_name_changed_blank,         // {name}
  display_name_changed_accents,       // {value} {name}
  display_name_changed_swapped,       // {value} {number}: the cell's, which is the client's name
  client_number_blank,                //
  client_number_formula,              // {value}
  client_number_spreadsheet_error,    // {value}
  client_number_reformatted,          // {value} {number}: the client's present one
  client_number_scientific,           // {value}
  client_number_date,                 // {value}
  client_number_zeros_lost,           // {value} {number}: the client's present one
  client_number_zeros_lost_other,     // {value} {number} {name}: of the other client
  client_number_too_long,             // {value} {length} {limit}
  client_number_hidden,               // {value} {character} {position}
  type_control,                       // {value} {character} {position}
  type_too_long,                      // {length} {limit}
  lead_control,                       // {value} {character} {position}
  lead_too_long,                      // {length} {limit}
  status_invalid,                     // {value}
  superseded_number,                  // {value} {number}: the present one {file} {date}: of the first import
                                      // {entry} {entry_file} {entry_date}: that set the present one
  superseded_name,                    // {value} {name}: the present one {file} {date} {entry} {entry_file} {entry_date}
  superseded_deleted,                 // {value}: the company ID {file} {date} {entry} {entry_file} {entry_date}
  superseded_adopted,                 // {value} {number} {file} {date}
  superseded_line,                    // {value} {number} {entry} {entry_file} {entry_date}
  superseded_line_name,               // {value} {name} {entry} {entry_file} {entry_date}
  company_id_duplicate,               // {value} {rows}: the others, "3, 7"
  register_full,                      // {created} {places} {limit}
  register_full_undo,                 // {created}: that would be restored {places} {limit}
  client_number_duplicate,            // {value} {rows}: the others
  client_number_taken,                // {value} {id} {name}: of the client that holds it
  client_number_taken_row,            // {value} {id} {name} {row}: of that client, which failed
  client_number_taken_undo,           // {value}: that would be restored {id} {name}: of the client that holds it
  not_applied,                        //
  not_applied_edit,                   //
};
inline constexpr std::size_t message_count = index_of(Message::not_applied_edit) + 1;

/// What is wrong with a file or a row: a sentence and the values that it names. The words are chosen later, when the
/// language is known.
struct Problem {
  Message message = Message::file_empty_bytes;
  std::size_t row = 0;                                              ///< as a spreadsheet counts; 0: the file as a whole
  std::vector<std::pair<std::string_view, std::string>> arguments;  ///< placeholder without braces, its text

  bool operator==(const Problem&) const = default;
};

[[nodiscard]] Code code_of(Message message);

/// The code as it is written in reports, logs and scripts: "client_number_taken".
[[nodiscard]] std::string_view token(Code code);

/// The sentence in `language`, with the problem's arguments filled in. Arguments longer than 60 code points, except for
/// records and lists of columns, are shortened with an ellipsis; line breaks and invisible characters in them are shown
/// as ␤ or [U+XXXX]. A {character} is given as code_point_name and shown with its name.
[[nodiscard]] std::string sentence(const Problem& problem, Language language);

/// The codes of one row, or of one line of a report, separated by spaces (docs/specification.md §5, "Columns").
[[nodiscard]] std::string error_codes(std::span<const Problem> problems);

/// Their sentences as one text, joined by "; " instead of full stops.
[[nodiscard]] std::string sentences(std::span<const Problem> problems, Language language);

/// The exact header of a required column (docs/specification.md §4.1).
[[nodiscard]] std::string_view header(Column column, Language language);

/// The header of a column that a report adds.
[[nodiscard]] std::string_view header(ReportColumn column, Language language);

/// The exact header of a column of details.
[[nodiscard]] std::string_view header(DetailColumn column, Language language);

/// What people call a client's status: "active", "inactive"; "ativo", "inativo".
[[nodiscard]] std::string_view status_name(bool active, Language language);

/// True: the name of the active status in any language, false: that of the inactive one. The case of letters does not
/// matter.
[[nodiscard]] std::optional<bool> read_status(std::string_view name);

/// "en", "pt-BR" (BCP 47).
[[nodiscard]] std::string_view tag(Language language);

/// The language that has this tag.
[[nodiscard]] std::optional<Language> read_tag(std::string_view text);

}  // namespace clientsync
