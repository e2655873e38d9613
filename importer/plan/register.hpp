// The part of a firm's register that a file touches, as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

#include "importer/plan/client.hpp"
#include "importer/plan/spreadsheet_forms.hpp"
#include "importer/plan/text_index.hpp"

namespace clientsync {

/// Which clients the plan of a file has to know: what the first query of an import asks for (docs/specification.md §6).
/// Views into the sheet. Both may repeat.
struct Touched {
  std::vector<std::string_view> company_ids;
  std::vector<std::string_view> number_keys;  ///< `number_key` of every number in the file
};

/// What a plan has to know of a client; see Client.
struct KnownClient {
  std::string_view company_id;
  std::string_view display_name;
  std::optional<std::string_view> number;
  ClientDetails details{};  ///< the default unless they were asked for
};

/// A slice of the register: at least the clients that a file touches, and two counts of the whole.
class Register {
 public:
  /// Copies the client with its details, unless the slice has its company ID already. Numbers are distinct.
  void add(const KnownClient& client);

  /// Copies the details of a client. Nothing happens if the slice lacks it: outside of a transaction, it may have been
  /// created after the slice was read.
  void set_details(std::string_view company_id, const ClientDetails& details);

  /// `client_count` counts all clients of the firm, inside and outside the slice; `number_count` those that have a
  /// number.
  void set_counts(std::size_t client_count, std::size_t number_count);

  [[nodiscard]] const std::vector<KnownClient>& clients() const { return clients_; }
  [[nodiscard]] const KnownClient* find(std::string_view company_id) const;  ///< nullptr if unknown
  [[nodiscard]] const KnownClient* holder(std::string_view number) const;    ///< nullptr if nobody has it
  /// A client other than `self` whose number is `digits` with one or more leading zeros, or nullptr.
  [[nodiscard]] const KnownClient* holder_with_zeros(std::string_view digits, const KnownClient* self) const;
  [[nodiscard]] std::size_t client_count() const { return client_count_; }
  [[nodiscard]] std::size_t number_count() const { return number_count_; }
  /// Owns what the clients view. They stay valid as long as it lives.
  [[nodiscard]] std::shared_ptr<const void> texts() const { return texts_; }

 private:
  [[nodiscard]] std::uint32_t position_of(std::string_view company_id) const;

  std::vector<KnownClient> clients_;
  TextIndex by_id_, by_number_;
  TextIndex by_key_;  ///< by `number_key`, the numbers with leading zeros
  std::shared_ptr<std::pmr::monotonic_buffer_resource> texts_;
  std::size_t client_count_ = 0;
  std::size_t number_count_ = 0;
};

}  // namespace clientsync
