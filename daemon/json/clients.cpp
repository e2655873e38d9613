#include "daemon/json/clients.hpp"

#include <string>

#include "daemon/json/json.hpp"
#include "importer/text.hpp"

namespace clientsync {

boost::json::object json_of(const Client& client, std::span<const ClientColumn> columns) {
  boost::json::object object;
  for (const ClientColumn column : columns) {
    const bool none = column == ClientColumn::client_number && !client.number;
    object[token(column)] = none ? boost::json::value(nullptr) : boost::json::value(value_of(client, column));
  }
  return object;
}

boost::json::array json_of(std::span<const ClientChange> history) {
  boost::json::array array;
  for (const ClientChange& change : history) {
    const bool known = change.entry != 0;
    const std::string file = file_name_of(change.name);
    array.push_back({{"entry", known ? boost::json::value(change.entry) : boost::json::value(nullptr)},
                     {"kind", word_of(change.kind)},
                     {"at", known ? boost::json::value(time_of(change.started_at)) : boost::json::value(nullptr)},
                     {"who", change.who},
                     {"source", word_of(change.source)},
                     {"file", text_or_null(escape(file))},
                     {"field", word_of(change.field)},
                     {"before", value_or_null(change.before)},
                     {"after", value_or_null(change.after)}});
  }
  return array;
}

}  // namespace clientsync
