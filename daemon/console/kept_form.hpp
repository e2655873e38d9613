// What somebody typed into a form that could not be taken, because the session had ended or the page was old: it is
// kept in the pages until it can be sent again.
#pragma once

#include <string>

#include "daemon/console/frame.hpp"

namespace clientsync {

struct KeptForm {
  std::string target;   ///< the page with its query, as it was sent: "client?id=7"
  FormFields fields{};  ///< without secrets
};

/// What the request sent. Passwords and the form token are left out.
[[nodiscard]] KeptForm keep_form(const Visit& visit);

/// As hidden inputs of another form, from which `kept_of` reads it again.
[[nodiscard]] Html fields_of(const KeptForm& kept);
[[nodiscard]] KeptForm kept_of(const FormFields& form);

/// A page that shows what was typed, and sends it at the press of a button.
[[nodiscard]] HttpResponse confirm_kept(const Visit& visit, const KeptForm& kept, Word why, unsigned status = 200);

/// The page to which a sign-in leads, with its query: "clients" unless `next` names a page of the console. Never
/// another site.
[[nodiscard]] std::string next_of(const Visit& visit);

}  // namespace clientsync
