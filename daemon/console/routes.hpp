// Which pages there are, and who may use them.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "daemon/console/pages.hpp"

namespace clientsync {

using PageFunction = HttpResponse (*)(const Visit&);

struct PageRoute {
  std::string_view page;
  std::optional<Role> to_see, to_send;  ///< nullopt: whoever comes, signed in or not
  PageFunction see = nullptr;           ///< GET; nullptr: the page takes POST alone
  PageFunction send = nullptr;          ///< POST; nullptr: nothing can be sent to it
  bool needs_firm = true;               ///< false: there is something on it for a user without firms too
};

/// The routes of the API are its own matter (daemon/api).
inline constexpr std::array<PageRoute, 13> all_pages{{
    {"sign-in", std::nullopt, std::nullopt, show_sign_in, sign_in_with_form},
    {"sign-out", Role::viewer, Role::viewer, nullptr, leave, false},
    {"clients", Role::viewer, {}, show_clients},
    {"client", Role::viewer, Role::editor, show_client, save_client},
    {"new-client", Role::editor, Role::editor, show_new_client, add_client},
    {"delete-client", Role::admin, Role::admin, show_delete_client, delete_client},
    {"upload", Role::editor, {}, show_upload},
    {"imports", Role::viewer, {}, show_imports},
    {"entry", Role::viewer, {}, show_entry},
    {"undo", Role::editor, Role::editor, show_undo, undo},
    {"inboxes", Role::viewer, {}, show_inboxes},
    {"people", Role::admin, Role::admin, show_people, change_people, false},
    {"account", Role::viewer, Role::viewer, show_account, change_account, false},
}};

/// nullptr: there is no such page.
[[nodiscard]] const PageRoute* find_page(std::string_view page);

/// What a path means, whatever prefix it has (docs/specification.md §11).
struct Target {
  enum class Kind { page, api } kind = Kind::page;
  std::string_view rest{};  ///< the page's name, "" for none; of the API what follows `/api/v1/`
};
[[nodiscard]] Target target_of(std::string_view path);

}  // namespace clientsync
