// What all pages share: the frame around them, and the parts that they are made of.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/console/visit.hpp"
#include "importer/store/entries.hpp"
#include "importer/store/sessions.hpp"

namespace clientsync {

/// The largest file that any inbox takes, in bytes.
[[nodiscard]] std::size_t largest_input(const Config& config);

/// The whole page. `title` is its heading too.
[[nodiscard]] HttpResponse page_of(const Visit& visit, std::string_view title, const Html& content,
                                   unsigned status = 200);

/// To another page, which is fetched with GET. `link` as `link_to` gives it.
[[nodiscard]] HttpResponse redirect_to(std::string link);

/// A page that says what is wrong: in one sentence, with what to do.
[[nodiscard]] HttpResponse refusal(const Visit& visit, unsigned status, Word title, std::string_view sentence);

/// What somebody is told who tried too often: to wait so many seconds.
[[nodiscard]] std::string wait_message(const Visit& visit, std::int64_t seconds);
[[nodiscard]] HttpResponse with_retry_after(HttpResponse response, std::int64_t seconds);

/// A message above what it is about.
enum class NoticeKind { done, warning, error };
[[nodiscard]] Html notice(NoticeKind kind, const Html& message);

/// A form that is sent to `action`, with the form token of the session.
template <class... Children>
[[nodiscard]] Html post_form(const Visit& visit, std::string_view action, const Children&... children);

[[nodiscard]] Html hidden(HtmlName name, std::string_view value);
/// The same for a name that came with a form.
[[nodiscard]] Html hidden_field(std::string_view name, std::string_view value);
[[nodiscard]] Html form_token_of(const Visit& visit);

/// An input with its label.
struct InputField {
  HtmlName name;
  Word label;
  std::string value{};
  HtmlName type = "text";
  HtmlName autocomplete = "off";
  bool required = false;
  std::string hint{};
  HtmlName form = "field";  ///< begins the ID, if several forms of a page have a field of this name
};
[[nodiscard]] Html input_field(const Visit& visit, const InputField& field);

struct SelectOption {
  std::string value, text;
};
struct SelectField {
  HtmlName name;
  Word label;
  std::vector<SelectOption> options;
  std::string selected{};
  HtmlName form = "field";  ///< as InputField::form
};
[[nodiscard]] Html select_field(const Visit& visit, const SelectField& field);

[[nodiscard]] Html check_box(HtmlName name, std::string_view value, const Html& label, bool checked);

[[nodiscard]] Html button(const Visit& visit, Word label, HtmlName kind = "primary");

struct TableHeading {
  Word text;
  HtmlName kind = "text";  ///< class of the cells: "text", "number", "id", "time", "action"
};
/// The first cell of each row is its heading.
[[nodiscard]] Html table_of(const Visit& visit, std::string_view caption, const std::vector<TableHeading>& headings,
                            const std::vector<std::vector<Html>>& rows);

/// A part of a page with its heading, which may be of any direction.
[[nodiscard]] Html section_of(std::string_view heading, const Html& content);

/// One line of a `dl` of the class "facts".
[[nodiscard]] Html fact(const Visit& visit, Word label, const Html& value);

/// Sessions, each with what `action_of` gives for it.
[[nodiscard]] Html sessions_table(const Visit& visit, const std::vector<Session>& sessions,
                                  const std::function<Html(const Session&)>& action_of);

/// A value of the register, or a dash. Text of any direction leaves what surrounds it alone.
[[nodiscard]] Html shown(const std::optional<std::string>& value);
[[nodiscard]] Html text_of_any_direction(std::string_view text);
/// A value of the field, which the ledger may have as a word for programs.
[[nodiscard]] Html shown_value(const Visit& visit, ClientField field, const std::optional<std::string>& value);
/// Who made an entry. The ledger has `unknown` for files that nobody is known to own.
[[nodiscard]] Html shown_maker(const Visit& visit, const std::string& who);
/// "7 created", and "1 created" where a language has another form for it. `{n}` in the word stands for the number.
[[nodiscard]] std::string counted(const Visit& visit, std::size_t n, Word one, Word several);
/// Seconds since the epoch; a dash for 0.
[[nodiscard]] Html shown_time(std::int64_t seconds);
/// The same for a time stamp of the service (RFC 3339 in UTC); a dash if there is none.
[[nodiscard]] Html shown_moment(const std::string& stamp);
[[nodiscard]] Html link_element(std::string_view link, const Html& content);

[[nodiscard]] Word label_of(EntryKind kind);
[[nodiscard]] Word label_of(EntrySource source);
[[nodiscard]] Word label_of(ClientField field);
[[nodiscard]] Word label_of(Role role);
[[nodiscard]] Word label_of_status(bool active);
[[nodiscard]] Word label_of(PasswordProblem problem);

/// What cannot be undone is asked about on a page of its own, which sends the same form with `confirmed`. (A script may
/// ask in a dialog and send it at once.)
[[nodiscard]] bool is_confirmed(const Visit& visit);
[[nodiscard]] HttpResponse confirm(const Visit& visit, Word question);

template <class... Children>
Html post_form(const Visit& visit, std::string_view action, const Children&... children) {
  return element("form", {{"method", "post"}, {"action", action}}, form_token_of(visit), children...);
}

}  // namespace clientsync
