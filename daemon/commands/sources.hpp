// Whom `status` and `explain` ask: the running service, and the database.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "daemon/explain/explanation.hpp"
#include "daemon/http/status_page.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// What came of asking the service.
struct ServiceAnswer {
  ServiceView::State state = ServiceView::State::not_configured;
  std::string where{};     ///< where it was asked; empty: nowhere
  std::string error{};     ///< if it is silent: why
  ServiceStatus status{};  ///< if it answers
};
[[nodiscard]] ServiceAnswer ask_service(const Config& config, const StatusFilter& filter);

/// "answers", "silent" or "not_configured".
[[nodiscard]] std::string_view word_of(ServiceView::State state);

/// For people: "no service answers at …: this is what the folder and the ledger show".
[[nodiscard]] std::string sentence(const ServiceAnswer& answer);

/// The database, or why it cannot be used.
struct LedgerSource {
  std::unique_ptr<ConnectionPool> pool{};  ///< null if it cannot be used
  std::string fault{};
};
[[nodiscard]] LedgerSource open_ledger(const Config& config);

}  // namespace clientsync
