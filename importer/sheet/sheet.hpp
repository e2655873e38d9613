// Bytes to rows: the columns of a file (docs/specification.md §3, §4.1). This folder uses text, result and
// messages, and knows nothing of the register.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/messages/messages.hpp"
#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/sheet/foreign_format.hpp"
#include "importer/text.hpp"

namespace clientsync {

/// How a header must be spelled (`headers`, docs/specification.md §4.1).
enum class HeaderSpelling {
  exact,
  forgiving,  ///< it may differ in case, accents, spacing, `_`, `-` and `.`
};

/// What an inbox decides about reading files.
struct SheetRules {
  std::size_t max_rows = 1000;  ///< data rows; blank ones do not count
  std::size_t max_bytes = std::size_t{100} * 1024;
  FallbackEncoding fallback = FallbackEncoding::windows1252;
  Language language = Language::en;  ///< of the report, if the file does not say
  HeaderSpelling spelling = HeaderSpelling::exact;
  /// The inbox's own names for a column, besides those of the languages; by Column.
  std::array<std::vector<std::string>, 3> headers;
  bool details = false;  ///< the columns of DetailColumn are read too, if they are there

  bool operator==(const SheetRules&) const = default;
};

/// Which client a report's row is about and which number it had, in text that spreadsheets leave alone:
/// `id:9130351530529746 no:00123` (docs/specification.md §5).
struct Ref {
  std::string_view company_id;
  std::optional<std::string_view> number;  ///< the row's client number as it was read; nullopt if the Ref has none

  bool operator==(const Ref&) const = default;
};

/// "" if the company ID itself contains ` no:`, because it could not be read back.
[[nodiscard]] std::string write_ref(const Ref& ref);
/// nullopt if the cleaned cell is not a Ref: the user may have a column of that name. Views into the cell.
[[nodiscard]] std::optional<Ref> read_ref(std::string_view cell);

/// What a report of ours says about one row in the columns that it adds (docs/specification.md §5).
struct ReportLine {
  std::size_t row =
      0;  ///< in the file that was first dropped, as a spreadsheet counts; 0: the cell is empty or invalid
  std::string_view error_codes;           ///< cleaned
  std::string_view decoded_codes, error;  ///< as decoded

  bool operator==(const ReportLine&) const = default;
};

/// By DetailColumn, cleaned; nullopt: there is no such column, or its cell is blank, so that the client keeps what it
/// has.
using DetailCells = std::array<std::optional<std::string_view>, 3>;

/// A data row: a record after the header that is not blank. Its views and pointers lead into the sheet's texts.
struct Row {
  std::size_t row = 0;  ///< in the file that was first dropped, as a spreadsheet counts; 0: the file as a whole
  std::array<std::string_view, 3> cells{};                     ///< by Column, cleaned: what is checked and stored
  const std::array<std::string_view, 3>* uncleaned = nullptr;  ///< by Column; nullptr: cleaning changes nothing
  const Ref* ref = nullptr;
  const ReportLine* report_line = nullptr;  ///< only if the header has all columns of a report
  const Problem* shape = nullptr;           ///< `field_count`: the cells can't be trusted and are empty
  const DetailCells* details = nullptr;     ///< nullptr: none is given

  /// The cells before cleaning: what a report repeats.
  [[nodiscard]] const std::array<std::string_view, 3>& decoded() const {
    return uncleaned == nullptr ? cells : *uncleaned;
  }

  /// True for a line of a report that nobody has filled in: it has an error code, and its three cells are blank. The
  /// next report has it as it is (docs/specification.md §5, "Dropped again").
  [[nodiscard]] bool kept() const;
};

/// The rows of a file, or what is wrong with it. Dialect, language and headings are filled in as far as they are known,
/// so that the report on a rejected file uses them too.
struct Sheet {
  Dialect dialect;
  Language language = Language::en;
  std::array<std::string, 3> headings;  ///< by Column, as the input spelled them, or the language's own
  bool is_report = false;               ///< the header has all columns of a report
  std::vector<Row> rows;
  std::vector<Problem> problems;      ///< of the file (docs/specification.md §4.1); not empty: the file is rejected
  std::shared_ptr<const void> texts;  ///< owns what the rows view

  [[nodiscard]] bool rejected() const { return !problems.empty(); }
};

/// Reads a file. `bytes` is the whole file, at most max_bytes long.
[[nodiscard]] Sheet read_sheet(std::string_view bytes, const SheetRules& rules);

/// The rejected sheet of a file of `size` bytes, more than max_bytes; `head` is its first 4 KB, for delimiter and
/// language.
[[nodiscard]] Sheet oversized_sheet(std::string_view head, std::uint64_t size, const SheetRules& rules);

/// The rejected sheet of a file that could not be opened for reading.
[[nodiscard]] Sheet unreadable_sheet(const SheetRules& rules);

/// The rejected sheet of a file on which the service died `deaths` times while it worked: its bytes are not read again.
[[nodiscard]] Sheet set_aside_sheet(unsigned deaths, const SheetRules& rules);

/// The rejected sheet of a document under its own name (`*.xlsx`, `*.pdf` …, docs/specification.md §2). It is what its
/// first bytes show, or what its name says if they show nothing.
[[nodiscard]] Sheet document_sheet(std::string_view head, ForeignFormat named, const SheetRules& rules);

}  // namespace clientsync
