// The pages of the console: one function for each page and method. What they need of the database, they ask for as the
// commands do. All throw DatabaseError.
#pragma once

#include "daemon/console/visit.hpp"

namespace clientsync {

// sign_in_page.cpp: for everybody.
[[nodiscard]] HttpResponse show_sign_in(const Visit& visit);
[[nodiscard]] HttpResponse sign_in_with_form(const Visit& visit);
/// For a form that was sent after the session had ended: what was typed is kept.
[[nodiscard]] HttpResponse sign_in_again(const Visit& visit);
[[nodiscard]] HttpResponse leave(const Visit& visit);

// client_pages.cpp
[[nodiscard]] HttpResponse show_client(const Visit& visit);
[[nodiscard]] HttpResponse save_client(const Visit& visit);
[[nodiscard]] HttpResponse show_new_client(const Visit& visit);
[[nodiscard]] HttpResponse add_client(const Visit& visit);
[[nodiscard]] HttpResponse show_delete_client(const Visit& visit);
[[nodiscard]] HttpResponse delete_client(const Visit& visit);

// entry_pages.cpp
[[nodiscard]] HttpResponse show_entry(const Visit& visit);
[[nodiscard]] HttpResponse show_undo(const Visit& visit);
[[nodiscard]] HttpResponse undo(const Visit& visit);

// script_pages.cpp: frames that scripts fill from the API.
[[nodiscard]] HttpResponse show_clients(const Visit& visit);
[[nodiscard]] HttpResponse show_upload(const Visit& visit);
[[nodiscard]] HttpResponse show_imports(const Visit& visit);

// inbox_page.cpp
[[nodiscard]] HttpResponse show_inboxes(const Visit& visit);

// people_page.cpp
[[nodiscard]] HttpResponse show_people(const Visit& visit);
[[nodiscard]] HttpResponse change_people(const Visit& visit);

// account_page.cpp
[[nodiscard]] HttpResponse show_account(const Visit& visit);
[[nodiscard]] HttpResponse change_account(const Visit& visit);

}  // namespace clientsync
