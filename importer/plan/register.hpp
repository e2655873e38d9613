// The part of a firm's register that a file touches, as a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "importer/plan/client.hpp"
#include "importer/plan/spreadsheet_forms.hpp"

namespace clientsync {

/// Which clients the plan of a file has to know: what the first query of an import asks for (docs/specification.md §6).
struct Touched {
  std::vector<std::string> company_ids;
  std::vector<std::string> number_keys;  ///< `number_key` of every number in the file
};

/// A slice of the register: at least the clients that a file touches, and two counts of the whole.
class Register {
 public:
  Register() = default;
  /// `clients` have distinct company IDs and distinct numbers. `client_count` counts all clients of the firm, inside
  /// and outside the slice; `number_count` those that have a number.
  Register(std::vector<Client> clients, std::size_t client_count, std::size_t number_count);

  Register(Register&&) = default;
  Register& operator=(Register&&) = default;
  Register(const Register&) = delete;
  Register& operator=(const Register&) = delete;

  /// Adds those of `clients` that the slice does not have yet.
  void add(std::vector<Client> clients);

  [[nodiscard]] const std::vector<Client>& clients() const { return clients_; }
  [[nodiscard]] const Client* find(std::string_view company_id) const;  ///< nullptr if unknown
  [[nodiscard]] const Client* holder(std::string_view number) const;    ///< nullptr if nobody has it
  /// A client other than `self` whose number is `digits` with one or more leading zeros, or nullptr.
  [[nodiscard]] const Client* holder_with_zeros(std::string_view digits, const Client* self) const;
  [[nodiscard]] std::size_t client_count() const { return client_count_; }
  [[nodiscard]] std::size_t number_count() const { return number_count_; }

 private:
  void index();

  std::vector<Client> clients_;
  std::unordered_map<std::string_view, const Client*> by_id_;
  std::unordered_map<std::string_view, const Client*> by_number_;
  std::unordered_multimap<std::string, const Client*> by_key_;
  std::size_t client_count_ = 0;
  std::size_t number_count_ = 0;
};

}  // namespace clientsync
