// A client of a firm, as the register holds it (docs/specification.md, "Words").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// The longest company ID of digits (docs/specification.md §4.2, `company_id_invalid`).
inline constexpr std::size_t max_id_digits = 19;

/// One row of the register. All text is UTF-8, NFC, without white space at its ends.
struct Client {
  std::string company_id;             ///< the accounting system's identifier; an import never changes it
  std::string display_name;           ///< at most 200 code points
  std::optional<std::string> number;  ///< the client number: unique in the firm; nullopt: none yet, never ""
  std::string type;                   ///< free text of the firm; "" if unknown
  std::string lead;                   ///< lead accountant; "" if unknown
  bool active = true;                 ///< status; clients of any status take part in imports

  bool operator==(const Client&) const = default;
};

/// The word for a client's status in the register, in the history and in JSON.
[[nodiscard]] constexpr std::string_view status_word(bool active) {
  return active ? "active" : "inactive";
}

/// What a firm notes of a client beside its name and number; imports leave it alone. See Client.
struct ClientDetails {
  std::string_view type{}, lead{};
  bool active = true;

  bool operator==(const ClientDetails&) const = default;
};

/// The number without leading zeros, but with at least one digit ("000" gives "0"): what a spreadsheet leaves of it.
/// Text that is not all ASCII digits is returned unchanged. A view into `number`. Numbers that a spreadsheet can
/// confuse have the same key.
[[nodiscard]] std::string_view number_key(std::string_view number);

/// True if `text` is one or more ASCII digits and nothing else.
[[nodiscard]] bool all_digits(std::string_view text);

}  // namespace clientsync
