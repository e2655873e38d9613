#include "daemon/service/rules.hpp"

namespace clientsync {
namespace {

/// A choice of the configuration as the core has it. Both list the same words in the same order.
template <class To, class From>
To same(From value) {
  return static_cast<To>(static_cast<int>(value));
}
template <auto one, auto other>
constexpr bool agree = static_cast<int>(one) == static_cast<int>(other);
static_assert(agree<DatabaseBackend::sqlite, DatabaseKind::sqlite> &&
              agree<DatabaseBackend::postgresql, DatabaseKind::postgresql> &&
              agree<DatabaseBackend::mysql, DatabaseKind::mysql>);
static_assert(agree<UnknownCompany::reject, Policy::UnknownCompany::reject> &&
              agree<UnknownCompany::create, Policy::UnknownCompany::create>);
static_assert(agree<DisplayNames::check, Policy::DisplayName::check> &&
              agree<DisplayNames::ignore, Policy::DisplayName::ignore> &&
              agree<DisplayNames::update, Policy::DisplayName::update>);
static_assert(agree<BlankNumber::reject, Policy::BlankNumber::reject> &&
              agree<BlankNumber::keep, Policy::BlankNumber::keep> &&
              agree<BlankNumber::clear, Policy::BlankNumber::clear>);
static_assert(agree<CompanyIds::digits, Policy::CompanyId::digits> && agree<CompanyIds::text, Policy::CompanyId::text>);
static_assert(agree<LeadingZeros::check, Policy::LeadingZeros::check> &&
              agree<LeadingZeros::accept, Policy::LeadingZeros::accept>);
static_assert(agree<Apply::good_rows, Policy::Apply::good_rows> &&
              agree<Apply::all_or_nothing, Policy::Apply::all_or_nothing>);
static_assert(agree<Fallback::windows1252, FallbackEncoding::windows1252> &&
              agree<Fallback::reject, FallbackEncoding::reject>);

Policy policy_of(const InboxConfig& inbox) {
  Policy policy;
  policy.unknown_company = same<Policy::UnknownCompany>(inbox.unknown_company);
  policy.display_name = same<Policy::DisplayName>(inbox.display_name);
  policy.blank_number = same<Policy::BlankNumber>(inbox.blank_number);
  policy.company_id = same<Policy::CompanyId>(inbox.company_id);
  policy.leading_zeros = same<Policy::LeadingZeros>(inbox.leading_zeros);
  policy.apply = same<Policy::Apply>(inbox.apply);
  policy.max_clients = inbox.limits.clients;
  policy.max_changes_percent = inbox.limits.changes_percent;
  return policy;
}

}  // namespace

ImportRules rules_of(const InboxConfig& inbox) {
  ImportRules rules;
  rules.firm = inbox.firm;
  rules.sheet.max_rows = inbox.limits.rows;
  rules.sheet.max_bytes = inbox.limits.bytes;
  rules.sheet.fallback = same<FallbackEncoding>(inbox.fallback_encoding);
  rules.sheet.headers = {inbox.columns.company_id, inbox.columns.display_name, inbox.columns.client_number};
  rules.policy = policy_of(inbox);
  rules.report_always = inbox.report == ReportWhen::always;
  return rules;
}

DatabaseOptions options_of(const DatabaseConfig& database) {
  return {same<DatabaseKind>(database.backend), database.connection, database.password};
}

}  // namespace clientsync
