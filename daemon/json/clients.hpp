// What a client and its history are in JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <span>

#include "importer/client_list.hpp"
#include "importer/store/entries.hpp"

namespace clientsync {

/// The columns of a client; `client_number` is null if it has none.
[[nodiscard]] boost::json::object json_of(const Client& client,
                                          std::span<const ClientColumn> columns = all_client_columns);

/// From old to new, as `clients show` prints it.
[[nodiscard]] boost::json::array json_of(std::span<const ClientChange> history);

}  // namespace clientsync
