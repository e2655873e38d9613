// Words for arranging the core's tests: clients, registers and sheets, and what a test asks of a plan.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
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
[[nodiscard]] inline Register register_of(std::vector<Client> clients) {
  const std::size_t count = clients.size();
  const auto numbers =
      std::count_if(clients.begin(), clients.end(), [](const Client& c) { return c.number.has_value(); });
  return Register(std::move(clients), count, static_cast<std::size_t>(numbers));
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
  const auto holds = [](const std::vector<std::string>& texts, const std::string& text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  };
  const auto clients_that = [&](const auto& fits) {
    std::vector<Client> clients;
    std::copy_if(whole.clients().begin(), whole.clients().end(), std::back_inserter(clients), fits);
    return clients;
  };
  const Touched touched = touched_by(sheet);
  Register slice(clients_that([&](const Client& client) {
                   const bool by_number = client.number && holds(touched.number_keys, number_key(*client.number));
                   return by_number || holds(touched.company_ids, client.company_id);
                 }),
                 whole.client_count(), whole.number_count());
  const std::vector<DigitRange> ranges = missing_ranges(sheet, slice);
  slice.add(clients_that([&](const Client& client) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const auto& each) { return each.contains(client.company_id); });
  }));
  return slice;
}

/// The client as the plan writes it, or nullptr where the plan leaves it alone.
[[nodiscard]] inline const ClientWrite* write_to(const Plan& plan, std::string_view company_id) {
  const auto found = std::find_if(plan.writes.begin(), plan.writes.end(),
                                  [&](const ClientWrite& write) { return write.company_id == company_id; });
  return found == plan.writes.end() ? nullptr : &*found;
}

}  // namespace clientsync::testing
