// Words for arranging the core's tests: clients, registers and sheets, and what a test asks of a plan.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/plan/register.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync::testing {

class ClientBuilder {
 public:
  explicit ClientBuilder(std::string company_id) {
    client_.display_name = "Client " + company_id;
    client_.company_id = std::move(company_id);
  }

  ClientBuilder& named(std::string name) {
    client_.display_name = std::move(name);
    return *this;
  }
  ClientBuilder& numbered(std::string number) {
    client_.number = std::move(number);
    return *this;
  }
  ClientBuilder& typed(std::string type) {
    client_.type = std::move(type);
    return *this;
  }
  ClientBuilder& led_by(std::string lead) {
    client_.lead = std::move(lead);
    return *this;
  }
  ClientBuilder& inactive() {
    client_.active = false;
    return *this;
  }

  operator Client() const { return client_; }

 private:
  Client client_;
};

/// A client without a number; the one with the ID "7" is called "Client 7" unless the test names it.
[[nodiscard]] inline ClientBuilder a_client(std::string company_id) {
  return ClientBuilder(std::move(company_id));
}

/// The register of a firm that has these clients and no others.
[[nodiscard]] inline Register register_of(const std::vector<Client>& clients) {
  Register whole;
  for (const Client& client : clients) {
    whole.add({client.company_id, client.display_name, client.number, {client.type, client.lead, client.active}});
  }
  const auto numbers =
      std::count_if(clients.begin(), clients.end(), [](const Client& client) { return client.number.has_value(); });
  whole.set_counts(clients.size(), static_cast<std::size_t>(numbers));
  return whole;
}

/// A slice with these clients of a register of so many clients and numbers.
[[nodiscard]] inline Register slice_with(const std::vector<Client>& clients, std::size_t client_count,
                                         std::size_t number_count) {
  Register slice = register_of(clients);
  slice.set_counts(client_count, number_count);
  return slice;
}

/// What a row's pointer leads to.
template <class T>
[[nodiscard]] std::optional<T> value_of(const T* pointer) {
  return pointer == nullptr ? std::nullopt : std::optional<T>(*pointer);
}

inline constexpr std::string_view english_header = "Company ID,Display name,Client number\n";
inline constexpr std::string_view english_header_with_ref = "Company ID,Display name,Client number,Ref\n";

/// A sheet with an English header; the first of `rows` is row 2.
[[nodiscard]] inline Sheet sheet_of(std::string_view rows) {
  return read_sheet(std::string(english_header).append(rows), SheetRules{});
}

/// The same with a Ref column behind the required ones.
[[nodiscard]] inline Sheet sheet_with_ref(std::string_view rows) {
  return read_sheet(std::string(english_header_with_ref).append(rows), SheetRules{});
}

using Cells = std::array<std::string, 3>;
using CellViews = std::array<std::string_view, 3>;

/// A sheet with an English header and these cells.
[[nodiscard]] inline Sheet sheet_of_cells(std::span<const Cells> rows, const Dialect& dialect = {}) {
  std::string text;
  const std::array<std::string, 3> header{"Company ID", "Display name", "Client number"};
  write_record(text, header, dialect);
  for (const Cells& cells : rows) write_record(text, cells, dialect);
  return read_sheet(text, SheetRules{});
}

/// The codes as a report shows them: "company_id_unknown client_number_blank"; "" where nothing is wrong.
[[nodiscard]] inline std::string codes(std::span<const Problem> problems) {
  std::string all;
  for (const Problem& problem : problems) {
    if (!all.empty()) all += ' ';
    all += token(code_of(problem.message));
  }
  return all;
}

[[nodiscard]] inline std::string_view word(RowOutcome outcome) {
  switch (outcome) {
    case RowOutcome::updated:
      return "updated";
    case RowOutcome::unchanged:
      return "unchanged";
    case RowOutcome::created:
      return "created";
    case RowOutcome::failed:
      return "failed";
  }
  return "";
}

/// One entry for each row, joined by " | ": the codes of a failed row, the outcome of any other.
[[nodiscard]] inline std::string fates(const Plan& plan) {
  std::string all;
  for (const PlannedRow& row : plan.rows) {
    if (!all.empty()) all += " | ";
    all += row.outcome == RowOutcome::failed ? codes(row.problems) : std::string(word(row.outcome));
  }
  return all;
}

/// What a problem's sentence says in the place of `placeholder`; "" where it has no such place.
[[nodiscard]] inline std::string argument(const Problem& problem, std::string_view placeholder) {
  for (const auto& [name, text] : problem.arguments) {
    if (name == placeholder) return text;
  }
  return "";
}

/// The clients that a sheet touches and the counts of the whole: what the store gives an import.
[[nodiscard]] inline Register slice_of(const Register& whole, const Sheet& sheet) {
  const auto holds = [](const std::vector<std::string_view>& texts, std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  };
  const Touched touched = touched_by(sheet);
  Register slice;
  slice.set_counts(whole.client_count(), whole.number_count());
  for (const KnownClient& client : whole.clients()) {
    const bool by_number = client.number && holds(touched.number_keys, number_key(*client.number));
    if (by_number || holds(touched.company_ids, client.company_id)) slice.add(client);
  }
  for (const DigitRange& range : missing_ranges(sheet, slice)) {
    for (const KnownClient& client : whole.clients()) {
      if (range.contains(client.company_id)) slice.add(client);
    }
  }
  return slice;
}

/// The client as the plan writes it, or nullptr where the plan leaves it alone.
[[nodiscard]] inline const ClientWrite* write_to(const Plan& plan, std::string_view company_id) {
  const auto found = std::find_if(plan.writes.begin(), plan.writes.end(),
                                  [&](const ClientWrite& write) { return write.company_id == company_id; });
  return found == plan.writes.end() ? nullptr : &*found;
}

}  // namespace clientsync::testing
