// CSV (RFC 4180), read and written. Knows delimiters, quotes and rows; knows nothing of headers or clients.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clientsync {

enum class LineEnd { crlf, lf, cr };

/// How a file is written. A report has the dialect of its input (docs/specification.md §5, "Form").
struct Dialect {
  char delimiter = ',';
  LineEnd line_end = LineEnd::crlf;
  bool sep_line = false;  ///< a first line `sep=X` names the delimiter, as Excel understands it

  bool operator==(const Dialect&) const = default;
};

/// One field of a record: a view into the text that was read.
struct Field {
  std::string_view raw;  ///< without the enclosing quotes; doubled quotes are still doubled
  bool doubled = false;  ///< holds doubled quotes

  /// The field's text: `raw` with one quote for each doubled quote.
  [[nodiscard]] std::string text() const;
};

/// One record. Rows are counted as a spreadsheet counts them: from 1, including blank records; line breaks in quotes
/// start no row (docs/specification.md §3).
struct Record {
  std::size_t row = 0;
  std::string_view raw;           ///< the whole record as it is in the text, without its line end
  std::span<const Field> fields;  ///< at least one; valid until the reader's next() is called again
};

/// Why the rest of a text can't be trusted (docs/specification.md §3, `csv_malformed`).
struct CsvError {
  enum class Why { unterminated_quote, text_after_quote };
  Why why = Why::unterminated_quote;
  std::size_t row = 0;   ///< of the record in which the quoted field starts
  std::string_view raw;  ///< what stands in the quotes; if they are not closed, the rest of the text
};

/// Reads records one at a time. Records end in CRLF, LF or CR, also mixed; a line end at the end of the text starts no
/// record. A quote inside an unquoted field is a plain character. Copies nothing: `text` must outlive the reader and
/// its records.
class CsvReader {
 public:
  /// `delimiter` is one ASCII character that is neither a quote nor a line end.
  CsvReader(std::string_view text, char delimiter);

  /// The next record; nullopt at the end of the text or after an error (see `error`).
  [[nodiscard]] std::optional<Record> next();

  [[nodiscard]] const std::optional<CsvError>& error() const { return error_; }

  /// The line end of the first record; nullopt if no record has ended in one so far.
  [[nodiscard]] std::optional<LineEnd> line_end() const { return line_end_; }

 private:
  std::string_view text_;
  char delimiter_;
  std::size_t position_ = 0;
  std::size_t row_ = 0;
  std::vector<Field> fields_;
  std::optional<CsvError> error_;
  std::optional<LineEnd> line_end_;
};

/// Appends one field to `out`: in quotes if it holds the delimiter, a quote, CR or LF.
void write_field(std::string& out, std::string_view field, char delimiter);

/// Appends one record with its line end to `out`. A record that would otherwise read as nothing at all (one empty
/// field) has quotes.
void write_record(std::string& out, std::span<const std::string> fields, const Dialect& dialect);

}  // namespace clientsync
