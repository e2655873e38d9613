// One request for a page, with what its handler needs to know: who asks, in which language, and for which firm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/access/sign_in.hpp"
#include "daemon/api/call.hpp"
#include "daemon/console/html.hpp"
#include "daemon/console/words.hpp"
#include "daemon/http/form.hpp"

namespace clientsync {

struct Visit {
  const ApiContext& context;
  const HttpRequest& request;
  std::string page;  ///< its name: "clients"
  Caller caller{};   ///< without a name if nobody is signed in
  Language language = Language::en;
  FormFields query{}, form{};        ///< of the URL, and of the body of a POST
  std::vector<std::string> firms{};  ///< that the caller may see, by name
  std::string firm{};                ///< which of them the page is about; "" if there is none

  [[nodiscard]] bool signed_in() const { return !caller.name.empty(); }
  [[nodiscard]] std::string_view text(Word word) const { return word.in(language); }
  [[nodiscard]] std::string text(Word word, WordValues values) const { return filled_in(word.in(language), values); }
  /// A link to a page about the same firm.
  [[nodiscard]] std::string link(std::string_view to, std::initializer_list<UrlParameter> parameters = {}) const;
};

/// The visit as a request to the API about its firm, whose functions the pages call. It views the visit.
[[nodiscard]] ApiCall call_of(const Visit& visit);

/// From where a request came, for sessions and their throttle.
[[nodiscard]] Visitor visitor_of(const HttpRequest& request);

}  // namespace clientsync
