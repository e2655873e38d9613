#include "daemon/commands/sources.hpp"

#include <cerrno>
#include <exception>
#include <system_error>

#include "daemon/commands/common.hpp"
#include "daemon/http/client.hpp"
#include "daemon/http/server.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {

using State = ServiceView::State;

ServiceAnswer ask_service(const Config& config, const StatusFilter& filter) {
  if (!config.http) return {};
  ServiceAnswer answer{.state = State::answers, .where = shown(*config.http)};
  try {
    answer.status = read_page(fetch_page(*config.http, target_of(filter)).body);
    return answer;
  } catch (const std::system_error& error) {
    const int code = error.code().value();
    answer.error = code == ECONNREFUSED || code == ENOENT ? "nobody listens there" : error.code().message();
  } catch (const std::exception& error) {
    answer.error = error.what();
  }
  answer.state = State::silent;
  return answer;
}

std::string_view word_of(State state) {
  switch (state) {
    case State::answers:
      return "answers";
    case State::silent:
      return "silent";
    case State::not_configured:
      break;
  }
  return "not_configured";
}

std::string sentence(const ServiceAnswer& answer) {
  const std::string where = escape(answer.where);
  switch (answer.state) {
    case State::answers:
      return "the service answers at " + where + ", version " + answer.status.version;
    case State::silent:
      return "no service answers at " + where + " (" + answer.error + "): this is what the folder and the ledger show";
    case State::not_configured:
      break;
  }
  return "no service can be asked, because http.listen is not set: this is what the folder and the ledger show";
}

LedgerSource open_ledger(const Config& config) {
  try {
    require_database(config.database);
    auto pool = std::make_unique<ConnectionPool>(config.database);
    pool->use([](Connection& connection) { prepare_schema(connection); });
    return {.pool = std::move(pool)};
  } catch (const std::exception& error) {
    return {.fault = error.what()};
  }
}

}  // namespace clientsync
