#include "importer/plan/client_state.hpp"

namespace clientsync {

ClientState state_of(const KnownClient& client) {
  return {client.display_name, client.number, client.details};
}

void set_field(ClientState& state, ClientField field, const std::optional<std::string_view>& value) {
  switch (field) {
    case ClientField::created:
    case ClientField::deleted:
    case ClientField::name:
      state.name = value.value_or("");
      break;
    case ClientField::number:
      state.number = value;
      break;
    case ClientField::type:
      state.details.type = value.value_or("");
      break;
    case ClientField::lead:
      state.details.lead = value.value_or("");
      break;
    case ClientField::status:
      state.details.active = value.value_or(status_word(true)) == status_word(true);
      break;
  }
}

std::optional<std::string_view> field_of(const ClientState& state, ClientField field) {
  switch (field) {
    case ClientField::created:
    case ClientField::deleted:
    case ClientField::name:
      return state.name;
    case ClientField::number:
      return state.number;
    case ClientField::type:
      return state.details.type;
    case ClientField::lead:
      return state.details.lead;
    case ClientField::status:
      return status_word(state.details.active);
  }
  return std::nullopt;
}

}  // namespace clientsync
