// The sentences in English. For accountants: what is wrong, with the value, and what to do next.
#pragma once

#include "importer/messages/messages.hpp"

namespace clientsync {

/// By code_point_name; the last names every other character.
inline constexpr std::pair<std::string_view, std::string_view> character_names_en[] = {
    {"U+0009", "a tab"},
    {"U+000A", "a line break"},
    {"U+000D", "a line break"},
    {"U+00A0", "a no-break space"},
    {"U+00AD", "a soft hyphen"},
    {"U+200B", "a zero-width space"},
    {"U+200C", "a zero-width non-joiner"},
    {"U+200D", "a zero-width joiner"},
    {"U+200E", "a left-to-right mark"},
    {"U+200F", "a right-to-left mark"},
    {"U+2028", "a line break"},
    {"U+2029", "a line break"},
    {"U+202A", "a mark of the direction of text"},
    {"U+202B", "a mark of the direction of text"},
    {"U+202C", "a mark of the direction of text"},
    {"U+202D", "a mark of the direction of text"},
    {"U+202E", "a mark of the direction of text"},
    {"U+202F", "a narrow no-break space"},
    {"U+2060", "a word joiner"},
    {"U+2066", "a mark of the direction of text"},
    {"U+2067", "a mark of the direction of text"},
    {"U+2068", "a mark of the direction of text"},
    {"U+2069", "a mark of the direction of text"},
    {"U+3000", "an ideographic space"},
    {"U+FEFF", "a byte order mark"},
    {"", "an unusual character"},
};

inline constexpr std::pair<Message, std::string_view> sentences_en[] = {
    {Message::file_too_large,
     "The file has {size}, more than the {limit} that are allowed. Split it into smaller files and drop "
     "those."},
    {Message::file_empty_bytes, "The file is empty. Save the spreadsheet as CSV again and drop that file."},
    {Message::file_empty_header,
     "The file has no header row. Its first row must name the columns Company ID, Display name and Client number."},
    {Message::file_unreadable,
     "The service is not allowed to read this file. Ask your administrator to give it read permission, and the file "
     "will be imported without being dropped again."},
    {Message::file_set_aside,
     "The service stopped {deaths} times while it worked on this file, so the file is set aside and nothing of it was "
     "imported. Tell whoever looks after clientsync, and save the file again to have it tried once more."},
    {Message::not_csv_spreadsheet,
     "This is a spreadsheet (Excel, LibreOffice or Numbers), not a CSV file. In Excel choose File > Save As > CSV "
     "UTF-8 (Comma delimited), in LibreOffice File > Save As > Text CSV, in Numbers File > Export To > CSV, and drop "
     "the saved file."},
    {Message::not_csv_old_spreadsheet,
     "This is an Excel spreadsheet of the old kind (.xls), not a CSV file. In Excel choose File > Save As > CSV UTF-8 "
     "(Comma delimited), in LibreOffice File > Save As > Text CSV, and drop the saved file."},
    {Message::not_csv_word,
     "This is a text document (Word or LibreOffice Writer), not a CSV file. Copy its table into a spreadsheet: in "
     "Excel "
     "choose File > Save As > CSV UTF-8 (Comma delimited), in LibreOffice File > Save As > Text CSV, and drop the "
     "saved "
     "file."},
    {Message::not_csv_pdf,
     "This is a PDF document, not a CSV file. Open the spreadsheet that it was made from: in Excel choose File > Save "
     "As > CSV UTF-8 (Comma delimited), in LibreOffice File > Save As > Text CSV, and drop the saved file."},
    {Message::not_csv_html,
     "This is a web page, not a CSV file. Open it in a spreadsheet: in Excel choose File > Save As > CSV UTF-8 (Comma "
     "delimited), in LibreOffice File > Save As > Text CSV, and drop the saved file."},
    {Message::not_csv_compressed,
     "This is a compressed file ({format}), not a CSV file. Unpack it first. If a spreadsheet comes out: in Excel "
     "choose File > Save As > CSV UTF-8 (Comma delimited), in LibreOffice File > Save As > Text CSV. Drop the CSV "
     "file."},
    {Message::encoding_undefined,
     "The text can't be read: in row {row}, after \"{text}\", stands something that is no character of {encoding}. "
     "Save the spreadsheet again as CSV UTF-8 and drop that file."},
    {Message::encoding_nul,
     "The text can't be read: in row {row} stands an empty character (NUL), as in a damaged file. Save the spreadsheet "
     "again as CSV UTF-8 "
     "and drop that file."},
    {Message::encoding_damaged_utf8,
     "The text is damaged: the file is meant to be UTF-8, but what follows \"{text}\" in row {row} is not. Save the "
     "spreadsheet again as CSV UTF-8 and drop that file."},
    {Message::encoding_not_utf8,
     "The text is not UTF-8, the only encoding accepted here: the first wrong character follows \"{text}\" in row "
     "{row}. Save the spreadsheet again as CSV UTF-8 and drop that file."},
    {Message::csv_unterminated_quote,
     "In row {row} a quotation mark opens before \"{text}\" and is not closed, so the rows after it can't be trusted. "
     "Close or delete it and drop the file again."},
    {Message::csv_text_after_quote,
     "In row {row} text follows the quotation mark that closes the cell \"{text}\", so the rows after it can't be "
     "trusted. Write every quotation mark inside a cell twice, or save the spreadsheet as CSV again."},
    {Message::header_missing,
     "The column \"{header}\" is missing; row {row} has the columns: {columns}. Name the right one "
     "\"{header}\", or add that column, and drop the file again."},
    {Message::header_missing_near,
     "The column \"{header}\" is missing. Rename the column \"{found}\" to \"{header}\" and drop the file again."},
    {Message::header_missing_hidden,
     "The column \"{header}\" is missing: its header contains {character} at position {position}. Type \"{header}\" "
     "anew into that cell and drop the file again."},
    {Message::header_missing_all,
     "The columns \"Company ID\", \"Display name\" and \"Client number\" are missing; row {row} was taken for the "
     "header row and has the columns: {columns}. Give the right columns exactly these names, in one of the first 20 "
     "rows, and drop the file again."},
    {Message::header_one_column,
     "All data is in one column, which begins with \"{text}\", so the columns \"Company ID\", \"Display name\" and "
     "\"Client number\" are missing. In Excel select that column, choose Data > Text to Columns, save as CSV UTF-8 "
     "(Comma delimited) and drop that file."},
    {Message::header_duplicate,
     "The column \"{header}\" stands more than once. Keep the right one, delete the others and drop the file again."},
    {Message::too_many_rows,
     "The file has {rows} rows, more than the {limit} that are allowed. Split it into smaller files and drop "
     "those; your administrator can do this with `clientsync split`."},
    {Message::too_many_changes,
     "The file would change {changes} of the firm's {numbers} client numbers, more than the {limit}% that is allowed. "
     "Check that its columns were not sorted apart, or ask your administrator to raise the limit."},
    {Message::field_count_one,
     "The row \"{record}\" has only 1 cell where {expected} are needed. Enter the company ID, the display name and the "
     "client number in the blank cells of this line."},
    {Message::field_count_few,
     "The row \"{record}\" has {found} cells where {expected} are needed, so it can't be told which ones are missing. "
     "Enter the company ID, the display name and the client number in the blank cells of this line."},
    {Message::field_count_many,
     "The row \"{record}\" has {found} cells where the header row has {expected}, so they may stand in the wrong "
     "columns. Enter the company ID, the display name and the client number in the blank cells of this line; the "
     "spreadsheet takes care of commas and semicolons in them."},
    {Message::company_id_blank, "The company ID is blank. Copy it from the original export."},
    {Message::company_id_blank_total,
     "The company ID is blank. If the row is a client, copy its ID from the original export; delete this row if it is "
     "a total."},
    {Message::company_id_reformatted,
     "The spreadsheet changed the company ID to {value}, and its last digits are lost. Format the column as Text "
     "before opening or pasting the data, or take the ID from the original export."},
    {Message::company_id_reformatted_total,
     "The company ID {value} was changed by the spreadsheet or is a sum. If the row is a client, copy its ID from the "
     "original export; delete this row if it is a total."},
    {Message::company_id_reformatted_fits,
     "The spreadsheet changed the company ID to {value}. Probably {id} of \"{name}\" is meant: format the column as "
     "Text and enter that ID."},
    {Message::company_id_reformatted_other_name,
     "The spreadsheet changed the company ID to {value}. By its digits {id} is meant, but the name of that client is "
     "\"{name}\". Enter that ID and that name, or take the right ID from the original export."},
    {Message::company_id_invalid_digits,
     "The company ID \"{value}\" is not made of 1 to 19 digits and nothing else. Take it from the original export."},
    {Message::company_id_invalid_text,
     "The company ID \"{value}\" is not made of 1 to 64 visible characters. Take it from the original export."},
    {Message::company_id_invalid_total,
     "The company ID \"{value}\" is not made of 1 to 19 digits. If the row is a client, copy its ID from the original "
     "export; delete this row if it is a total."},
    {Message::company_id_invalid_swapped,
     "The columns seem to be swapped: \"{value}\" stands in the column of the company ID, and {id}, the company ID of "
     "\"{name}\", in another one. Put every value under its own header."},
    {Message::company_id_mismatch,
     "The company ID {value} is not the one in the column Ref, which is {id}. Enter {id}, or clear Ref if {value} is "
     "right."},
    {Message::company_id_unknown,
     "No client has the company ID {value}. Correct the ID, or have the client added to the register first."},
    {Message::company_id_unknown_swapped,
     "The columns seem to be swapped: \"{value}\" stands in the column of the company ID, and {id}, the company ID of "
     "\"{name}\", in another one. Put every value under its own header."},
    {Message::client_exists,
     "The register already has a client with the company ID {id}: \"{name}\". Edit that client, or correct the ID."},
    {Message::client_active,
     "\"{name}\" (company ID {id}) is active, and only inactive clients can be deleted. Deactivate the client first."},
    {Message::display_name_blank, "The display name is blank. Enter the client's display name."},
    {Message::display_name_control,
     "The display name \"{value}\" holds {character} at position {position}. Delete the name and type it again."},
    {Message::display_name_too_long,
     "The display name has {length} characters, more than the {limit} that are allowed. Shorten it."},
    {Message::display_name_changed,
     "The display name \"{value}\" differs from the register's \"{name}\". Check that the company ID is right, then "
     "enter the register's name."},
    {Message::display_name_changed_blank, "The display name is blank. Enter the register's name, \"{name}\"."},
    {Message::display_name_changed_accents,
     "The accents of the display name \"{value}\" were damaged when the file was saved; the register has \"{name}\". "
     "Save the original spreadsheet as CSV UTF-8 and drop that file, or enter the register's name."},
    {Message::display_name_changed_swapped,
     "The columns seem to be swapped: \"{value}\" stands in the column of the display name, and the client's name, "
     "\"{number}\", in that of the client number. Put every value under its own header."},
    {Message::client_number_blank, "The client number is blank. Enter it, or delete the row."},
    {Message::client_number_formula,
     "The client number {value} is a formula. Replace it by its result: copy the cell, then Paste Special > Values."},
    {Message::client_number_spreadsheet_error,
     "The client number is an error of the spreadsheet, {value}. Correct the formula or widen the column, or type the "
     "number."},
    {Message::client_number_reformatted,
     "{value} is what a spreadsheet makes of the client's present number {number}. Format the column as Text and enter "
     "the number again."},
    {Message::client_number_scientific,
     "The spreadsheet turned the client number into scientific notation, {value}. Format the column as Text and enter "
     "the number again."},
    {Message::client_number_date,
     "The client number {value} is a date that the spreadsheet made of a number. Format the column as Text and enter "
     "the number again."},
    {Message::client_number_zeros_lost,
     "The client number {value} has lost the leading zeros of the client's present number {number}. Format the column "
     "as Text and enter the number with its zeros."},
    {Message::client_number_zeros_lost_other,
     "The client number {value} is {number} without its leading zeros, and that belongs to \"{name}\". Check the "
     "number, and format the column as Text so that zeros stay."},
    {Message::client_number_too_long,
     "The client number \"{value}\" has {length} characters, more than the {limit} that are allowed. Shorten it."},
    {Message::client_number_hidden,
     "The client number \"{value}\" holds {character} at position {position}. Delete the number and type it again, "
     "without that character."},
    {Message::type_control,
     "The type \"{value}\" holds {character} at position {position}. Delete the type and enter it again."},
    {Message::type_too_long, "The type has {length} characters, more than the {limit} that are allowed. Shorten it."},
    {Message::lead_control,
     "The lead accountant \"{value}\" holds {character} at position {position}. Delete the name and enter it again."},
    {Message::lead_too_long,
     "The lead accountant's name has {length} characters, more than the {limit} that are allowed. Shorten it."},
    {Message::status_invalid, "\"{value}\" is not a status. Enter active or inactive."},
    {Message::superseded_number,
     "This list was already imported ({file}, {date}). Since then, entry {entry} ({entry_file}, {entry_date}) gave "
     "the "
     "client the number {number}, so {value} is out of date. If {value} is right again, empty the cell Error code of "
     "this line in the report and save it; otherwise delete the line."},
    {Message::superseded_name,
     "This list was already imported ({file}, {date}). Since then, entry {entry} ({entry_file}, {entry_date}) gave "
     "the "
     "client the name \"{name}\", so \"{value}\" is out of date. If \"{value}\" is right again, empty the cell Error "
     "code of this line in the report and save it; otherwise delete the line."},
    {Message::superseded_deleted,
     "This list was already imported ({file}, {date}). Since then, entry {entry} ({entry_file}, {entry_date}) deleted "
     "the client {value}, and this line would bring it back. If it should come back, empty the cell Error code of this "
     "line in the report and save it; otherwise delete the line."},
    {Message::superseded_adopted,
     "This list counts as done since the folder was taken over ({file}, {date}), so {value} is out of date; the "
     "client's "
     "number is {number}. If {value} is right, empty the cell Error code of this line in the report and save it; "
     "otherwise delete the line."},
    {Message::superseded_line,
     "This line is older than entry {entry} ({entry_file}, {entry_date}), which gave the client the number {number}. "
     "If "
     "{value} is right, empty the cell Error code of this line in the report and save it; otherwise delete the line."},
    {Message::superseded_line_name,
     "This line is older than entry {entry} ({entry_file}, {entry_date}), which gave the client the name \"{name}\". "
     "If "
     "\"{value}\" is right, empty the cell Error code of this line in the report and save it; otherwise delete the "
     "line."},
    {Message::company_id_duplicate,
     "The company ID {value} also stands in other rows, with different values (rows: {rows}). Keep the right row and "
     "delete the others."},
    {Message::register_full,
     "New clients in this file: {created}; room in the register: {places} (at most {limit} clients in all). Leave some "
     "out, or ask your administrator to make room."},
    {Message::register_full_undo,
     "Clients to restore: {created}; room in the register: {places} (at most {limit} clients in all). Delete other "
     "clients first, or ask your administrator to make room."},
    {Message::client_number_duplicate,
     "Other rows give the client number {value} to other clients (rows: {rows}). Give each client a number of its "
     "own."},
    {Message::client_number_taken,
     "The client number {value} already belongs to \"{name}\" (company ID {id}). Choose another number or change that "
     "client first."},
    {Message::client_number_taken_row,
     "The client number {value} still belongs to \"{name}\" (company ID {id}), whose own row in this file failed: row "
     "{row}. Correct row {row} first."},
    {Message::client_number_taken_undo,
     "The client number {value} cannot be restored, because it belongs to \"{name}\" (company ID {id}). Change that "
     "client's number first."},
    {Message::not_applied,
     "This row is right, but nothing was imported because other rows are not. Correct those and drop the file again."},
    {Message::not_applied_edit,
     "This change is right, but nothing was changed because others are not. Correct those and try again."},
};

}  // namespace clientsync
