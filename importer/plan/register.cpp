#include "importer/plan/register.hpp"

#include "importer/text.hpp"

namespace clientsync {

void Register::add(const KnownClient& client) {
  if (find(client.company_id) != nullptr) return;
  if (!texts_) texts_ = std::make_shared<std::pmr::monotonic_buffer_resource>();
  const std::size_t position = clients_.size();
  clients_.push_back({keep(*texts_, client.company_id), keep(*texts_, client.display_name), std::nullopt});
  KnownClient& added = clients_.back();
  by_id_.add(added.company_id, position);
  added.details = {keep(*texts_, client.details.type), keep(*texts_, client.details.lead), client.details.active};
  if (!client.number) return;
  added.number = keep(*texts_, *client.number);
  by_number_.add(*added.number, position);
  if (const auto key = number_key(*added.number); key.size() < added.number->size()) by_key_.add(key, position);
}

void Register::set_details(std::string_view company_id, const ClientDetails& details) {
  const std::uint32_t position = position_of(company_id);
  if (position == TextIndex::none) return;
  clients_[position].details = {keep(*texts_, details.type), keep(*texts_, details.lead), details.active};
}

void Register::set_counts(std::size_t client_count, std::size_t number_count) {
  client_count_ = client_count;
  number_count_ = number_count;
}

std::uint32_t Register::position_of(std::string_view company_id) const {
  return by_id_.find(company_id, [&](std::size_t position) { return clients_[position].company_id == company_id; });
}

const KnownClient* Register::find(std::string_view company_id) const {
  const auto found = position_of(company_id);
  return found == TextIndex::none ? nullptr : &clients_[found];
}

const KnownClient* Register::holder(std::string_view number) const {
  const auto found = by_number_.find(number, [&](std::size_t position) { return clients_[position].number == number; });
  return found == TextIndex::none ? nullptr : &clients_[found];
}

const KnownClient* Register::holder_with_zeros(std::string_view digits, const KnownClient* self) const {
  if (!all_digits(digits)) return nullptr;
  // Of several, the one with the fewest zeros, so that the answer does not depend on the order of the clients.
  const KnownClient* nearest = nullptr;
  const std::string_view key = number_key(digits);
  static_cast<void>(by_key_.find(key, [&](std::size_t position) {
    const KnownClient& client = clients_[position];
    const bool fits = &client != self && client.number->size() > digits.size() && number_key(*client.number) == key;
    if (fits && (nearest == nullptr || client.number->size() < nearest->number->size())) nearest = &client;
    return false;
  }));
  return nearest;
}

}  // namespace clientsync
