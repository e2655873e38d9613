#include "daemon/api/body.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include "daemon/api/call.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;

[[noreturn]] void refuse(const std::string& detail) {
  throw ApiError{400, "body_invalid", detail};
}

/// The media type without its parameters.
std::string_view media_type(const HttpRequest& request) {
  const std::string_view type = header_of(request.headers, "content-type");
  const std::string_view name = type.substr(0, type.find(';'));
  return name.substr(0, name.find_last_not_of(' ') + 1);
}

/// nullptr: it is not there, or null.
const json::value* member_of(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace

json::object read_body(const HttpRequest& request, std::initializer_list<std::string_view> members) {
  if (request.body.empty()) return {};
  if (media_type(request) != "application/json")
    throw ApiError{415, "media_type_unsupported", "The body has to be application/json."};
  boost::system::error_code error;
  json::value value = json::parse(request.body, error);
  if (error) refuse("The body is not JSON: " + error.message() + ".");
  static_cast<void>(object_in(value, "The body", members));
  return std::move(value.as_object());
}

const json::object& object_in(const json::value& value, std::string_view where,
                              std::initializer_list<std::string_view> members) {
  const json::object* object = value.if_object();
  if (object == nullptr) refuse(std::string(where) + " has to be an object.");
  for (const auto& [key, ignored] : *object) {
    if (std::ranges::find(members, std::string_view(key)) == members.end())
      refuse(std::string(where) + " has an unknown member: " + std::string(key) + ".");
  }
  return *object;
}

std::optional<std::string> text_in(const json::object& object, std::string_view member) {
  const json::value* value = member_of(object, member);
  if (value == nullptr) return std::nullopt;
  const json::string* text = value->if_string();
  if (text == nullptr) refuse(std::string(member) + " has to be a text.");
  if (text->find('\0') != json::string::npos) refuse(std::string(member) + " contains a NUL.");
  return std::string(*text);
}

bool flag_in(const json::object& object, std::string_view member) {
  const json::value* value = member_of(object, member);
  if (value == nullptr) return false;
  if (!value->is_bool()) refuse(std::string(member) + " has to be true or false.");
  return value->get_bool();
}

std::optional<std::int64_t> number_in(const json::object& object, std::string_view member) {
  const json::value* value = member_of(object, member);
  if (value == nullptr) return std::nullopt;
  if (!value->is_int64()) refuse(std::string(member) + " has to be a whole number.");
  return value->get_int64();
}

const json::array* array_in(const json::object& object, std::string_view member) {
  const json::value* value = member_of(object, member);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) refuse(std::string(member) + " has to be an array.");
  return &value->get_array();
}

std::string required_text_in(const json::object& object, std::string_view member) {
  std::optional<std::string> text = text_in(object, member);
  if (!text) refuse(std::string(member) + " is missing.");
  return *std::move(text);
}

}  // namespace clientsync
