// A client of a firm, as the register holds it (spec, "Words").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// One row of the register. All text is UTF-8, NFC, without white space at its ends.
struct Client {
  std::string company_id;             ///< the accounting system's identifier; an import never changes it
  std::string display_name;           ///< at most 200 code points
  std::optional<std::string> number;  ///< the client number: unique in the firm; nullopt: none yet, never ""
  std::string type;                   ///< free text of the firm; "" where unknown
  std::string lead;                   ///< lead accountant; "" where unknown
  bool active = true;                 ///< status; clients of any status take part in imports

  bool operator==(const Client&) const = default;
};

/// The number without leading zeros, keeping one digit ("000" gives "0"): what a spreadsheet leaves of it.
/// Text that is not all ASCII digits comes back as it is. Two numbers that a spreadsheet may have confused share it.
std::string number_key(std::string_view number);

/// True where `text` is one ASCII digit or more and nothing else.
bool all_digits(std::string_view text);

}  // namespace clientsync
