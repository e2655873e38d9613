// The part of a firm's register that one file touches, as a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "importer/plan/client.hpp"
#include "importer/plan/spreadsheet_forms.hpp"

namespace clientsync {

/// Which clients a file needs to know of: what the one query of an import asks for (docs/specification.md §6).
struct Touched {
  std::vector<std::string> company_ids;
  std::vector<std::string> number_keys;  ///< `number_key` of every number that the file names
  std::vector<DigitRange> id_ranges;     ///< company IDs of which a spreadsheet may have made one of the file's
};

/// A slice of the register: every client that `Touched` asks for, and two counts. May hold more clients than asked for.
class Register {
 public:
  Register() = default;
  /// `clients` have distinct company IDs and distinct numbers. `client_count` and `number_count` are the firm's,
  /// inside and outside the slice: all clients, and those that have a number.
  Register(std::vector<Client> clients, std::size_t client_count, std::size_t number_count);

  Register(Register&&) = default;
  Register& operator=(Register&&) = default;
  Register(const Register&) = delete;
  Register& operator=(const Register&) = delete;

  [[nodiscard]] const std::vector<Client>& clients() const { return clients_; }
  [[nodiscard]] const Client* find(std::string_view company_id) const;  ///< nullptr where unknown
  [[nodiscard]] const Client* holder(std::string_view number) const;    ///< nullptr where nobody has it
  /// A client other than `self` whose number is `digits` with one or more leading zeros, or nullptr.
  [[nodiscard]] const Client* holder_with_zeros(std::string_view digits, const Client* self) const;
  [[nodiscard]] std::size_t client_count() const { return client_count_; }
  [[nodiscard]] std::size_t number_count() const { return number_count_; }

 private:
  std::vector<Client> clients_;
  std::unordered_map<std::string_view, const Client*> by_id_;
  std::unordered_map<std::string_view, const Client*> by_number_;
  std::unordered_multimap<std::string, const Client*> by_key_;
  std::size_t client_count_ = 0;
  std::size_t number_count_ = 0;
};

}  // namespace clientsync
