#include "importer/plan/register.hpp"

#include <iterator>
#include <utility>

namespace clientsync {

Register::Register(std::vector<Client> clients, std::size_t client_count, std::size_t number_count)
    : clients_(std::move(clients)), client_count_(client_count), number_count_(number_count) {
  index();
}

void Register::add(std::vector<Client> clients) {
  std::erase_if(clients, [&](const Client& client) { return find(client.company_id) != nullptr; });
  clients_.insert(clients_.end(), std::move_iterator(clients.begin()), std::move_iterator(clients.end()));
  index();
}

void Register::index() {
  by_id_.clear();
  by_number_.clear();
  by_key_.clear();
  by_id_.reserve(clients_.size());
  by_number_.reserve(clients_.size());
  for (const Client& client : clients_) {
    by_id_.emplace(client.company_id, &client);
    if (!client.number) continue;
    by_number_.emplace(*client.number, &client);
    if (all_digits(*client.number)) by_key_.emplace(number_key(*client.number), &client);
  }
}

const Client* Register::find(std::string_view company_id) const {
  const auto found = by_id_.find(company_id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Client* Register::holder(std::string_view number) const {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second;
}

const Client* Register::holder_with_zeros(std::string_view digits, const Client* self) const {
  if (!all_digits(digits)) return nullptr;
  const auto [first, last] = by_key_.equal_range(number_key(digits));
  // Of several, the one with the fewest zeros, so that the answer does not depend on the order of the clients.
  const Client* nearest = nullptr;
  for (auto it = first; it != last; ++it) {
    const Client* client = it->second;
    if (client == self || client->number->size() <= digits.size()) continue;
    if (nearest == nullptr || client->number->size() < nearest->number->size()) nearest = client;
  }
  return nearest;
}

}  // namespace clientsync
