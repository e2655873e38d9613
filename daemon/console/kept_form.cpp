#include "daemon/console/kept_form.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "daemon/console/routes.hpp"

namespace clientsync {
namespace {

constexpr std::string_view prefix = "kept.";

bool is_secret(std::string_view name) {
  return name == "form_token" || name == "link" || name.find("password") != std::string_view::npos;
}

/// A page with its query; "" unless it is a page of the console. It is written anew, so that nothing else gets through.
std::string safe_target(std::string_view target) {
  const std::string_view page = target.substr(0, target.find('?'));
  if (find_page(page) == nullptr) return {};
  const auto query = parse_form(target.substr(std::min(page.size() + 1, target.size())));
  if (!query) return {};
  std::vector<UrlParameter> parameters;
  for (const FormField& field : *query) parameters.emplace_back(field.name, field.value);
  return link_to(page, parameters).substr(std::string_view("./").size());
}

struct LabelledInput {
  std::string_view name;
  Word label;
};

/// The inputs that people fill in, and the actions that they choose. What else a form sends is of no interest to them.
constexpr std::array<LabelledInput, 12> inputs{{{"action", "action"},
                                                {"company_id", "field_id"},
                                                {"display_name", "field_name"},
                                                {"client_number", "field_number"},
                                                {"type", "field_type"},
                                                {"lead", "field_lead"},
                                                {"status", "field_status"},
                                                {"role", "role"},
                                                {"all_firms", "all_firms"},
                                                {"firm", "firm"},
                                                {"days", "expires_in_days"},
                                                {"language", "language"}}};

constexpr std::array<LabelledInput, 10> actions{{{"add_user", "add_user"},
                                                 {"edit_user", "save"},
                                                 {"set_password", "set_password"},
                                                 {"unlock_user", "unlock_user"},
                                                 {"end_session", "end_session"},
                                                 {"remove_user", "remove_user"},
                                                 {"add_token", "add_token"},
                                                 {"remove_token", "remove_token"},
                                                 {"language", "save"},
                                                 {"password", "set_password"}}};

std::optional<Word> label_in(std::span<const LabelledInput> labels, std::string_view name) {
  const auto found = std::ranges::find(labels, name, &LabelledInput::name);
  return found == labels.end() ? std::nullopt : std::optional(found->label);
}

std::optional<Word> label_of(const FormFields& form, std::string_view input) {
  if (input != "name") return label_in(inputs, input);
  return field_of(form, "action").ends_with("_token") ? Word("token_name") : Word("user_name");
}

/// A value as its page shows it, if that is not how the form sends it.
std::string_view shown_input(const Visit& visit, const FormField& field) {
  const std::string_view value = field.value;
  if (field.name == "action") {
    const std::optional<Word> action = label_in(actions, value);
    return action ? visit.text(*action) : value;
  }
  if (field.name == "status") return visit.text(label_of_status(value == status_word(true)));
  if (field.name == "all_firms") return visit.text("yes_do_it");
  const auto* const role = std::ranges::find(all_roles, value, [](Role each) { return word_of(each); });
  return field.name == "role" && role != all_roles.end() ? visit.text(label_of(*role)) : value;
}

}  // namespace

KeptForm keep_form(const Visit& visit) {
  KeptForm kept{.target = visit.page + (visit.request.query.empty() ? "" : "?" + visit.request.query)};
  std::ranges::copy_if(visit.form, std::back_inserter(kept.fields),
                       [](const FormField& field) { return !is_secret(field.name); });
  return kept;
}

Html fields_of(const KeptForm& kept) {
  if (kept.fields.empty()) return {};
  Html fields = hidden("kept_target", kept.target);
  for (const FormField& field : kept.fields) fields += hidden_field(std::string(prefix) + field.name, field.value);
  return fields;
}

KeptForm kept_of(const FormFields& form) {
  KeptForm kept{.target = safe_target(field_of(form, "kept_target"))};
  if (kept.target.empty()) return kept;
  for (const FormField& field : form) {
    if (field.name.starts_with(prefix)) kept.fields.push_back({field.name.substr(prefix.size()), field.value});
  }
  return kept;
}

HttpResponse confirm_kept(const Visit& visit, const KeptForm& kept, Word why, unsigned status) {
  Html facts, fields;
  for (const FormField& field : kept.fields) {
    fields += hidden_field(field.name, field.value);
    const std::optional<Word> label = label_of(kept.fields, field.name);
    if (!label || field.value.empty()) continue;
    facts += fact(visit, *label, text_of_any_direction(shown_input(visit, field)));
  }
  Html content = notice(NoticeKind::warning, visit.text(why));
  content += element("dl", {{"class", "facts"}}, facts);
  content += post_form(visit, "./" + kept.target, fields, button(visit, "send_again"), " ",
                       link_element(visit.link("clients"), visit.text("cancel")));
  return page_of(visit, visit.text("send_again"), content, status);
}

std::string next_of(const Visit& visit) {
  const std::string_view typed = visit.form.empty() ? field_of(visit.query, "next") : field_of(visit.form, "next");
  const std::string target = safe_target(typed);
  return target.empty() ? "clients" : target;
}

}  // namespace clientsync
