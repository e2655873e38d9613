// Dates and times that spreadsheets make of client numbers (docs/specification.md §4.2, §5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// True if `text` is a date that a spreadsheet made of the number `original`: "02/jan", "1-Feb-26", "2026-02-01" or the
/// count of days "46054" of "1-2" or "1/2".
[[nodiscard]] bool is_date_form(std::string_view text, std::string_view original);

/// A date with a month's name as a spreadsheet writes it by itself: "12-Mar", "mar/24", "1-Feb-26". A person who types
/// a client number with a month's name in capitals, as in "MAR-24", means that number.
[[nodiscard]] bool is_named_date(std::string_view text);

/// What "3-12" has in common with the dates that spreadsheets make of it; nullopt if `text` can be no date.
[[nodiscard]] std::optional<std::string> date_key(std::string_view text);

/// True if `text` is a time of day or a duration that a spreadsheet made of the number `original`: "01:02:00 AM" of
/// "1:2".
[[nodiscard]] bool is_time_form(std::string_view text, std::string_view original);

}  // namespace clientsync
