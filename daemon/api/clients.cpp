// GET clients, clients.csv, clients/{id}.
#include <algorithm>
#include <set>
#include <utility>

#include "daemon/api/client_tag.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/json/clients.hpp"
#include "importer/client_csv.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/entries.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

ClientColumn column_named(std::string_view name, std::string_view where) {
  if (const auto column = read_column(name)) return *column;
  throw ApiError{400, "parameter_invalid", std::string(where) + ": there is no column " + escape(name) + "."};
}

struct Order {
  ClientColumn column = ClientColumn::company_id;
  bool descending = false;
};

/// nullopt: by company ID, as text.
std::optional<Order> order_of(const ApiCall& call) {
  auto name = parameter(call, "sort");
  if (!name || name->empty()) return std::nullopt;
  const bool descending = name->starts_with('-');
  if (descending) name->remove_prefix(1);
  return Order{column_named(*name, "sort"), descending};
}

std::optional<bool> active_of(const ApiCall& call) {
  const auto status = parameter(call, "status");
  if (!status || status->empty() || status == "all") return std::nullopt;
  if (status == status_word(true)) return true;
  if (status == status_word(false)) return false;
  throw ApiError{400, "parameter_invalid", "The parameter status is active, inactive or all."};
}

ClientFilter filter_of(const ApiCall& call) {
  const auto text = [&](std::string_view name) {
    const auto value = parameter(call, name);
    return value ? std::optional(std::string(*value)) : std::nullopt;
  };
  return folded_filter({.find = text("find").value_or(""),
                        .type = text("type"),
                        .lead = text("lead"),
                        .active = active_of(call),
                        .without_number = flag_parameter(call, "without_number")});
}

struct ListedClients {
  std::size_t total = 0;                            ///< clients of the firm
  std::set<std::string, std::less<>> types, leads;  ///< of all clients of the firm, without ""
  std::vector<Client> clients;                      ///< those that pass the filter, in order
};

ListedClients read_clients(Connection& connection, FirmId firm, const ClientFilter& filter,
                           const std::optional<Order>& order) {
  ListedClients listed;
  const auto note = [](std::set<std::string, std::less<>>& values, const std::string& value) {
    if (!value.empty() && !values.contains(value)) values.insert(value);
  };
  list_clients(connection, firm, [&](const Client& client) {
    ++listed.total;
    note(listed.types, client.type);
    note(listed.leads, client.lead);
    if (matches(client, filter)) listed.clients.push_back(client);
  });
  if (order) sort_clients(listed.clients, order->column);
  if (order && order->descending) std::ranges::reverse(listed.clients);
  return listed;
}

boost::json::array texts(const std::set<std::string, std::less<>>& values) {
  boost::json::array array;
  for (const std::string& value : values) array.emplace_back(value);
  return array;
}

boost::json::object object_of(const std::string& firm, const ListedClients& listed) {
  boost::json::array clients;
  clients.reserve(listed.clients.size());
  for (const Client& client : listed.clients) {
    boost::json::object object = json_of(client);
    object["etag"] = tag_of(client);
    clients.push_back(std::move(object));
  }
  return {{"firm", firm},
          {"total", listed.total},
          {"types", texts(listed.types)},
          {"leads", texts(listed.leads)},
          {"clients", std::move(clients)}};
}

/// All columns and Ref, as `export` writes them, unless some are named; Ref is there if an import would take the file.
ClientCsv form_of(const ApiCall& call, Language language) {
  ClientCsv form{.language = language, .columns = {all_client_columns.begin(), all_client_columns.end()}, .ref = true};
  const auto named = parameter(call, "columns");
  if (!named || named->empty()) return form;
  form.columns.clear();
  for (std::size_t start = 0; start <= named->size();) {
    const std::size_t end = std::min(named->find(',', start), named->size());
    form.columns.push_back(column_named(named->substr(start, end - start), "columns"));
    start = end + 1;
  }
  form.ref =
      std::ranges::all_of(std::array{ClientColumn::company_id, ClientColumn::display_name, ClientColumn::client_number},
                          [&](ClientColumn column) { return std::ranges::count(form.columns, column) == 1; });
  return form;
}

Language csv_language(const ApiCall& call, const InboxConfig& inbox) {
  const auto named = parameter(call, "language");
  if (!named) return language_for(call.caller, call.request).value_or(inbox.rules.sheet.language);
  if (const auto language = read_tag(*named)) return *language;
  throw ApiError{400, "parameter_invalid", "The parameter language is en or pt-BR."};
}

}  // namespace

HttpResponse list_clients(const ApiCall& call) {
  const InboxConfig inbox = inbox_for(call);
  const ClientFilter filter = filter_of(call);
  const std::optional<Order> order = order_of(call);
  return call.context.connections.use([&](Connection& connection) {
    const std::string& name = inbox.rules.firm;
    const std::optional<Firm> firm = find_firm(connection, name);
    // Before the clients are read: they are at least as new as this.
    const std::string etag = state_of_ledger(connection, firm, call.request.query + '\n' + name);
    if (names_etag(call.request, "if-none-match", etag)) return not_modified(etag);
    const ListedClients listed = firm ? read_clients(connection, firm->id, filter, order) : ListedClients{};
    HttpResponse response = json_response(object_of(name, listed));
    response.headers.push_back({"etag", '"' + etag + '"'});
    return response;
  });
}

HttpResponse write_client_csv(const ApiCall& call) {
  const InboxConfig inbox = inbox_for(call);
  const ClientFilter filter = filter_of(call);
  const std::optional<Order> order = order_of(call);
  const ClientCsv form = form_of(call, csv_language(call, inbox));
  return call.context.connections.use([&](Connection& connection) {
    const std::optional<Firm> firm = find_firm(connection, inbox.rules.firm);
    std::string csv = csv_head(form);
    if (firm) {
      for (const Client& client : read_clients(connection, firm->id, filter, order).clients)
        csv += csv_record(client, form);
    }
    return csv_response(std::move(csv), "clients.csv");
  });
}

HttpResponse show_client(const ApiCall& call) {
  const InboxConfig inbox = inbox_for(call);
  return call.context.connections.use([&](Connection& connection) {
    const std::optional<Firm> firm = find_firm(connection, inbox.rules.firm);
    const auto client = firm ? find_client(connection, firm->id, call.id) : std::nullopt;
    const auto history = firm ? read_client_history(connection, firm->id, call.id) : std::vector<ClientChange>();
    if (!client && history.empty()) throw client_unknown();
    boost::json::object object{{"company_id", call.id}};
    if (client) object = json_of(*client);
    object["firm"] = inbox.rules.firm;
    object["deleted"] = !client;
    if (client) object["etag"] = tag_of(*client);
    object["history"] = json_of(history);
    HttpResponse response = json_response(object);
    if (client) response.headers.push_back({"etag", '"' + tag_of(*client) + '"'});
    return response;
  });
}

}  // namespace clientsync
