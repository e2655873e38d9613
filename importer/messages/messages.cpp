#include "importer/messages/messages.hpp"

#include <algorithm>
#include <cassert>

#include "importer/messages/sentences_en.hpp"
#include "importer/messages/sentences_pt_br.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// What holds for a message in every language.
struct MessageTraits {
  Message message;
  Code code;
  std::string_view placeholders;
};

constexpr MessageTraits message_traits[] = {
    {Message::file_too_large, Code::file_too_large, "{size} {limit}"},
    {Message::file_empty_bytes, Code::file_empty, ""},
    {Message::file_empty_header, Code::file_empty, ""},
    {Message::file_unreadable, Code::file_unreadable, ""},
    {Message::file_set_aside, Code::file_set_aside, "{deaths}"},
    {Message::not_csv_spreadsheet, Code::not_csv, ""},
    {Message::not_csv_old_spreadsheet, Code::not_csv, ""},
    {Message::not_csv_word, Code::not_csv, ""},
    {Message::not_csv_pdf, Code::not_csv, ""},
    {Message::not_csv_html, Code::not_csv, ""},
    {Message::not_csv_compressed, Code::not_csv, "{format}"},
    {Message::encoding_undefined, Code::encoding_unknown, "{row} {text} {encoding}"},
    {Message::encoding_nul, Code::encoding_unknown, "{row}"},
    {Message::encoding_damaged_utf8, Code::encoding_unknown, "{row} {text}"},
    {Message::encoding_not_utf8, Code::encoding_unknown, "{row} {text}"},
    {Message::csv_unterminated_quote, Code::csv_malformed, "{row} {text}"},
    {Message::csv_text_after_quote, Code::csv_malformed, "{row} {text}"},
    {Message::header_missing, Code::header_missing, "{header} {row} {columns}"},
    {Message::header_missing_near, Code::header_missing, "{header} {found}"},
    {Message::header_missing_hidden, Code::header_missing, "{header} {character} {position}"},
    {Message::header_missing_all, Code::header_missing, "{row} {columns}"},
    {Message::header_one_column, Code::header_missing, "{text}"},
    {Message::header_duplicate, Code::header_duplicate, "{header}"},
    {Message::too_many_rows, Code::too_many_rows, "{rows} {limit}"},
    {Message::too_many_changes, Code::too_many_changes, "{changes} {numbers} {limit}"},
    {Message::field_count_one, Code::field_count, "{expected} {record}"},
    {Message::field_count_few, Code::field_count, "{found} {expected} {record}"},
    {Message::field_count_many, Code::field_count, "{found} {expected} {record}"},
    {Message::company_id_blank, Code::company_id_blank, ""},
    {Message::company_id_blank_total, Code::company_id_blank, ""},
    {Message::company_id_reformatted, Code::company_id_reformatted, "{value}"},
    {Message::company_id_reformatted_total, Code::company_id_reformatted, "{value}"},
    {Message::company_id_reformatted_fits, Code::company_id_reformatted, "{value} {id} {name}"},
    {Message::company_id_reformatted_other_name, Code::company_id_reformatted, "{value} {id} {name}"},
    {Message::company_id_invalid_digits, Code::company_id_invalid, "{value}"},
    {Message::company_id_invalid_text, Code::company_id_invalid, "{value}"},
    {Message::company_id_invalid_total, Code::company_id_invalid, "{value}"},
    {Message::company_id_invalid_swapped, Code::company_id_invalid, "{value} {id} {name}"},
    {Message::company_id_mismatch, Code::company_id_mismatch, "{value} {id}"},
    {Message::company_id_unknown, Code::company_id_unknown, "{value}"},
    {Message::company_id_unknown_swapped, Code::company_id_unknown, "{value} {id} {name}"},
    {Message::client_exists, Code::client_exists, "{id} {name}"},
    {Message::client_active, Code::client_active, "{id} {name}"},
    {Message::display_name_blank, Code::display_name_blank, ""},
    {Message::display_name_control, Code::display_name_invalid, "{value} {character} {position}"},
    {Message::display_name_too_long, Code::display_name_invalid, "{length} {limit}"},
    {Message::display_name_changed, Code::display_name_changed, "{value} {name}"},
    {Message::display_name_changed_blank, Code::display_name_changed, "{name}"},
    {Message::display_name_changed_accents, Code::display_name_changed, "{value} {name}"},
    {Message::display_name_changed_swapped, Code::display_name_changed, "{value} {number}"},
    {Message::client_number_blank, Code::client_number_blank, ""},
    {Message::client_number_formula, Code::client_number_formula, "{value}"},
    {Message::client_number_spreadsheet_error, Code::client_number_formula, "{value}"},
    {Message::client_number_reformatted, Code::client_number_reformatted, "{value} {number}"},
    {Message::client_number_scientific, Code::client_number_reformatted, "{value}"},
    {Message::client_number_date, Code::client_number_reformatted, "{value}"},
    {Message::client_number_zeros_lost, Code::client_number_reformatted, "{value} {number}"},
    {Message::client_number_zeros_lost_other, Code::client_number_reformatted, "{value} {number} {name}"},
    {Message::client_number_too_long, Code::client_number_too_long, "{value} {length} {limit}"},
    {Message::client_number_hidden, Code::client_number_invalid, "{value} {character} {position}"},
    {Message::type_control, Code::type_invalid, "{value} {character} {position}"},
    {Message::type_too_long, Code::type_invalid, "{length} {limit}"},
    {Message::lead_control, Code::lead_invalid, "{value} {character} {position}"},
    {Message::lead_too_long, Code::lead_invalid, "{length} {limit}"},
    {Message::status_invalid, Code::status_invalid, "{value}"},
    {Message::superseded_number, Code::superseded, "{value} {number} {file} {date} {entry} {entry_file} {entry_date}"},
    {Message::superseded_name, Code::superseded, "{value} {name} {file} {date} {entry} {entry_file} {entry_date}"},
    {Message::superseded_deleted, Code::superseded, "{value} {file} {date} {entry} {entry_file} {entry_date}"},
    {Message::superseded_adopted, Code::superseded, "{value} {number} {file} {date}"},
    {Message::superseded_line, Code::superseded, "{value} {number} {entry} {entry_file} {entry_date}"},
    {Message::superseded_line_name, Code::superseded, "{value} {name} {entry} {entry_file} {entry_date}"},
    {Message::company_id_duplicate, Code::company_id_duplicate, "{value} {rows}"},
    {Message::register_full, Code::register_full, "{created} {places} {limit}"},
    {Message::register_full_undo, Code::register_full, "{created} {places} {limit}"},
    {Message::client_number_duplicate, Code::client_number_duplicate, "{value} {rows}"},
    {Message::client_number_taken, Code::client_number_taken, "{value} {id} {name}"},
    {Message::client_number_taken_row, Code::client_number_taken, "{value} {id} {name} {row}"},
    {Message::client_number_taken_undo, Code::client_number_taken, "{value} {id} {name}"},
    {Message::not_applied, Code::not_applied, ""},
    {Message::not_applied_edit, Code::not_applied, ""},
};

constexpr std::pair<Code, std::string_view> tokens[] = {
    {Code::file_too_large, "file_too_large"},
    {Code::file_empty, "file_empty"},
    {Code::file_unreadable, "file_unreadable"},
    {Code::file_set_aside, "file_set_aside"},
    {Code::not_csv, "not_csv"},
    {Code::encoding_unknown, "encoding_unknown"},
    {Code::csv_malformed, "csv_malformed"},
    {Code::header_missing, "header_missing"},
    {Code::header_duplicate, "header_duplicate"},
    {Code::too_many_rows, "too_many_rows"},
    {Code::too_many_changes, "too_many_changes"},
    {Code::field_count, "field_count"},
    {Code::company_id_blank, "company_id_blank"},
    {Code::company_id_reformatted, "company_id_reformatted"},
    {Code::company_id_invalid, "company_id_invalid"},
    {Code::company_id_mismatch, "company_id_mismatch"},
    {Code::company_id_unknown, "company_id_unknown"},
    {Code::client_exists, "client_exists"},
    {Code::client_active, "client_active"},
    {Code::display_name_blank, "display_name_blank"},
    {Code::display_name_invalid, "display_name_invalid"},
    {Code::display_name_changed, "display_name_changed"},
    {Code::client_number_blank, "client_number_blank"},
    {Code::client_number_formula, "client_number_formula"},
    {Code::client_number_reformatted, "client_number_reformatted"},
    {Code::client_number_too_long, "client_number_too_long"},
    {Code::client_number_invalid, "client_number_invalid"},
    {Code::type_invalid, "type_invalid"},
    {Code::lead_invalid, "lead_invalid"},
    {Code::status_invalid, "status_invalid"},
    {Code::superseded, "superseded"},
    {Code::company_id_duplicate, "company_id_duplicate"},
    {Code::register_full, "register_full"},
    {Code::client_number_duplicate, "client_number_duplicate"},
    {Code::client_number_taken, "client_number_taken"},
    {Code::not_applied, "not_applied"},
};

/// True if the entries are in the order of their enumerators, so that an enumerator is the index of its entry.
template <class Entry, std::size_t size, class Enum>
consteval bool indexed(const Entry (&table)[size], Enum Entry::*key, Enum last) {
  if (size != index_of(last) + 1) return false;
  for (std::size_t i = 0; i < size; ++i) {
    if (index_of(table[i].*key) != i) return false;
  }
  return true;
}
static_assert(indexed(message_traits, &MessageTraits::message, Message::not_applied_edit));
static_assert(indexed(tokens, &std::pair<Code, std::string_view>::first, Code::not_applied));

using CharacterName = std::pair<std::string_view, std::string_view>;
using Sentence = std::pair<Message, std::string_view>;
using Sentences = std::array<std::string_view, message_count>;

// A throw can't be evaluated at compile time, so it stops the build, and the compiler shows its text.
consteval void check_placeholders(Message message, std::string_view text) {
  const std::string_view known = message_traits[index_of(message)].placeholders;
  for (std::size_t open = text.find_first_of("{}"); open != text.npos; open = text.find_first_of("{}")) {
    text.remove_prefix(open);
    const std::size_t close = text.find('}');
    if (text.front() == '}' || close == text.npos) throw "a brace of a sentence has no partner";
    if (known.find(text.substr(0, close + 1)) == known.npos) throw "a sentence uses a placeholder not of its message";
    text.remove_prefix(close + 1);
  }
}

/// The sentences by message. Stops the build unless every message has exactly one, with placeholders of that message.
consteval Sentences complete(std::span<const Sentence> sentences) {
  Sentences texts{};
  for (const auto& [message, text] : sentences) {
    check_placeholders(message, text);
    if (!texts[index_of(message)].empty()) throw "a message has two sentences";
    texts[index_of(message)] = text;
  }
  for (const std::string_view text : texts) {
    if (text.empty()) throw "a message has no sentence";
  }
  return texts;
}

struct Translation {
  Language language;
  std::string_view tag;
  std::array<std::string_view, all_columns.size()> headers;
  std::array<std::string_view, all_report_columns.size()> report_columns;
  std::array<std::string_view, all_detail_columns.size()> details;
  std::string_view active, inactive;
  std::span<const CharacterName> characters;
  Sentences sentences;
};

constexpr Translation translations[] = {
    {.language = Language::en,
     .tag = "en",
     .headers = {"Company ID", "Display name", "Client number"},
     .report_columns = {"Row", "Error code", "Error", "Ref"},
     .details = {"Type", "Lead accountant", "Status"},
     .active = "active",
     .inactive = "inactive",
     .characters = character_names_en,
     .sentences = complete(sentences_en)},
    {.language = Language::pt_br,
     .tag = "pt-BR",
     .headers = {"ID da empresa", "Nome de exibição", "Número do cliente"},
     .report_columns = {"Linha", "Código do erro", "Erro", "Ref"},
     .details = {"Tipo", "Contador responsável", "Situação"},
     .active = "ativo",
     .inactive = "inativo",
     .characters = character_names_pt_br,
     .sentences = complete(sentences_pt_br)},
};
static_assert(indexed(translations, &Translation::language, all_languages.back()));

constexpr bool filled(std::string_view text) {
  return !text.empty();
}
static_assert(std::ranges::all_of(translations, [](const Translation& translation) {
  return filled(translation.tag) && std::ranges::all_of(translation.headers, filled) &&
         std::ranges::all_of(translation.report_columns, filled) && std::ranges::all_of(translation.details, filled) &&
         filled(translation.active) && filled(translation.inactive);
}));

const Translation& translation_of(Language language) {
  return translations[index_of(language)];
}

/// At most 60 code points. A list of rows is cut between two rows, because half a number would name another row.
std::string_view shortened(std::string_view value, bool is_list) {
  constexpr std::size_t longest = 60;
  if (code_points(value) <= longest) return value;
  const std::string_view kept = first_code_points(value, longest - 1);
  return is_list ? kept.substr(0, kept.rfind(' ') + 1) : kept;
}

std::string shown(char32_t hidden) {
  if (hidden == U'\n' || hidden == U'\r' || hidden == U'\u2028' || hidden == U'\u2029') return "␤";
  return "[" + code_point_name(hidden) + "]";
}

/// Appends `text` on one line, with names in place of characters that nobody can see.
void append_visible(std::string& out, std::string_view text) {
  while (const auto hidden = find_hidden(text)) {
    const std::string_view start = first_code_points(text, hidden->position - 1);
    out += start;
    text.remove_prefix(start.size());
    if (!text.starts_with("\r\n")) out += shown(hidden->code_point);
    text.remove_prefix(first_code_points(text, 1).size());
  }
  out += text;
}

/// "a no-break space (U+00A0)".
void append_character(std::string& out, const std::string& code_point, Language language) {
  const std::span<const CharacterName> names = translation_of(language).characters;
  const auto known = std::ranges::find(names.begin(), names.end() - 1, code_point, &CharacterName::first);
  out.append(known->second).append(" (").append(code_point).append(")");
}

void append_argument(std::string& out, const Problem& problem, std::string_view placeholder, Language language) {
  const auto argument =
      std::ranges::find(problem.arguments, placeholder, &decltype(problem.arguments)::value_type::first);
  assert(argument != problem.arguments.end());
  if (argument == problem.arguments.end()) return;
  const std::string& value = argument->second;
  if (placeholder == "character") return append_character(out, value, language);
  // A record that can't be split into cells is nowhere else in the report, so it is not shortened.
  const bool whole = placeholder == "record" || placeholder == "columns";
  const std::string_view kept = whole ? std::string_view(value) : shortened(value, placeholder == "rows");
  append_visible(out, kept);
  if (kept.size() < value.size()) out += "…";
}

}  // namespace

Code code_of(Message message) {
  return message_traits[index_of(message)].code;
}

std::string_view token(Code code) {
  return tokens[index_of(code)].second;
}

std::string sentence(const Problem& problem, Language language) {
  std::string_view text = translation_of(language).sentences[index_of(problem.message)];
  std::string out;
  for (std::size_t open = text.find('{'); open != text.npos; open = text.find('{')) {
    const std::size_t close = text.find('}', open);
    out += text.substr(0, open);
    append_argument(out, problem, text.substr(open + 1, close - open - 1), language);
    text.remove_prefix(close + 1);
  }
  return out += text;
}

std::string error_codes(std::span<const Problem> problems) {
  std::string out;
  for (const Problem& problem : problems) out.append(out.empty() ? "" : " ").append(token(code_of(problem.message)));
  return out;
}

std::string sentences(std::span<const Problem> problems, Language language) {
  std::string out;
  for (const Problem& problem : problems) {
    if (out.ends_with('.')) out.pop_back();
    out.append(out.empty() ? "" : "; ").append(sentence(problem, language));
  }
  return out;
}

std::string_view header(Column column, Language language) {
  return translation_of(language).headers[index_of(column)];
}

std::string_view header(ReportColumn column, Language language) {
  return translation_of(language).report_columns[index_of(column)];
}

std::string_view header(DetailColumn column, Language language) {
  return translation_of(language).details[index_of(column)];
}

std::string_view status_name(bool active, Language language) {
  const Translation& translation = translation_of(language);
  return active ? translation.active : translation.inactive;
}

std::optional<bool> read_status(std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (const Language language : all_languages) {
    for (const bool active : {true, false}) {
      if (std::ranges::equal(name, status_name(active, language), {}, lower)) return active;
    }
  }
  return std::nullopt;
}

std::string_view tag(Language language) {
  return translation_of(language).tag;
}

std::optional<Language> read_tag(std::string_view text) {
  const auto* const language = std::ranges::find(all_languages, text, tag);
  return language == all_languages.end() ? std::nullopt : std::optional(*language);
}

}  // namespace clientsync
