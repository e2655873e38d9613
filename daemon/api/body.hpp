// The JSON that a request has as its body. Whatever is wrong with it is an ApiError that names it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http/message.hpp"

namespace clientsync {

/// The body, an object that may have these members. `application/json`; no body is an empty object.
[[nodiscard]] boost::json::object read_body(const HttpRequest& request,
                                            std::initializer_list<std::string_view> members);

/// The value, if it is an object that may have these members. `where`: for the message.
[[nodiscard]] const boost::json::object& object_in(const boost::json::value& value, std::string_view where,
                                                   std::initializer_list<std::string_view> members);

// A member of an object; nullopt or the default if it is not there or null.

[[nodiscard]] std::optional<std::string> text_in(const boost::json::object& object, std::string_view member);
[[nodiscard]] bool flag_in(const boost::json::object& object, std::string_view member);
[[nodiscard]] std::optional<std::int64_t> number_in(const boost::json::object& object, std::string_view member);
[[nodiscard]] const boost::json::array* array_in(const boost::json::object& object, std::string_view member);

/// A text that must be there.
[[nodiscard]] std::string required_text_in(const boost::json::object& object, std::string_view member);

}  // namespace clientsync
