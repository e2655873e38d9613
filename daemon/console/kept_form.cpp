#include "daemon/console/kept_form.hpp"

#include <algorithm>
#include <array>

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
  for (const FormField& field : kept.fields) {
    fields +=
        element("input", {{"type", "hidden"}, {"name", std::string(prefix) + field.name}, {"value", field.value}});
  }
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
    fields += element("input", {{"type", "hidden"}, {"name", field.name}, {"value", field.value}});
    if (field.value.empty() || field.name == "state" || field.name == "plan") continue;
    facts += element("div", {}, element("dt", {}, field.name), element("dd", {}, text_of_any_direction(field.value)));
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
