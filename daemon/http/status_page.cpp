#include "daemon/http/status_page.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <stdexcept>

#include "daemon/http/form.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;

std::string percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    constexpr std::size_t digits = 2;
    constexpr int hexadecimal = 16;
    unsigned char byte = 0;
    const char* const first = text.data() + at + 1;
    const bool coded = text[at] == '%' && at + digits < text.size() &&
                       std::from_chars(first, first + digits, byte, hexadecimal).ptr == first + digits;
    bytes += coded ? static_cast<char>(byte) : text[at];
    if (coded) at += digits;
  }
  return bytes;
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(escape(text));
}

json::object object_of(const WaitingFile& file) {
  return {{"file", escape(file.name)}, {"bytes", file.bytes},
          {"reason", file.reason},     {"why", escape(file.why)},
          {"since", file.since},       {"next", text_or_null(file.next)},
          {"anew", file.anew},         {"arrived_after", file.arrived_after}};
}

std::string text_in(const json::object& object, std::string_view key) {
  const json::value& value = object.at(key);
  return value.is_null() ? std::string() : unescape(json::value_to<std::string>(value));
}

WaitingFile file_in(const json::object& object) {
  return {.name = text_in(object, "file"),
          .bytes = object.at("bytes").to_number<std::uint64_t>(),
          .reason = text_in(object, "reason"),
          .why = text_in(object, "why"),
          .since = text_in(object, "since"),
          .next = text_in(object, "next"),
          .anew = object.at("anew").as_bool(),
          .arrived_after = object.at("arrived_after").to_number<std::int64_t>()};
}

InboxStatus inbox_in(const json::object& object) {
  InboxStatus inbox{.name = text_in(object, "inbox"),
                    .path = text_in(object, "path"),
                    .firm = text_in(object, "firm"),
                    .watch = text_in(object, "watch"),
                    .waiting = object.at("waiting").to_number<std::size_t>()};
  for (const json::value& file : object.at("files").as_array()) inbox.files.push_back(file_in(file.as_object()));
  return inbox;
}

ToldFault fault_in(const json::object& object) {
  return {.event = text_in(object, "event"),
          .inbox = text_in(object, "inbox"),
          .file = text_in(object, "file"),
          .why = text_in(object, "why"),
          .since = text_in(object, "since"),
          .warning = object.at("warning").as_bool()};
}

}  // namespace

json::object object_of(const InboxStatus& inbox) {
  json::array files;
  for (const WaitingFile& file : inbox.files) files.push_back(object_of(file));
  return {{"inbox", inbox.name},        {"path", escape(inbox.path)},
          {"firm", escape(inbox.firm)}, {"watch", text_or_null(inbox.watch)},
          {"waiting", inbox.waiting},   {"files", std::move(files)}};
}

json::object object_of(const ToldFault& fault) {
  return {{"event", fault.event},
          {"inbox", text_or_null(fault.inbox)},
          {"file", text_or_null(fault.file)},
          {"why", escape(fault.why)},
          {"since", fault.since},
          {"warning", fault.warning}};
}

std::string target_of(const StatusFilter& filter) {
  std::string target = "/status";
  char separator = '?';
  for (const auto& [key, value] : {std::pair("inbox=", filter.inbox), std::pair("file=", filter.file)}) {
    if (value.empty()) continue;
    target.append(1, separator).append(key).append(escape_field(value));
    separator = '&';
  }
  return target;
}

StatusFilter filter_of(std::string_view query) {
  StatusFilter filter;
  while (!query.empty()) {
    const std::string_view each = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(each.size() + 1, query.size()));
    const std::size_t equals = std::min(each.find('='), each.size());
    const std::string_view key = each.substr(0, equals);
    std::string value = percent_decoded(each.substr(std::min(equals + 1, each.size())));
    if (key == "inbox")
      filter.inbox = std::move(value);
    else if (key == "file")
      filter.file = std::move(value);
  }
  return filter;
}

HttpResponse page_of(const ServiceStatus& status) {
  json::array faults, inboxes;
  for (const ToldFault& fault : status.faults) faults.push_back(object_of(fault));
  for (const InboxStatus& inbox : status.inboxes) inboxes.push_back(object_of(inbox));
  const json::object page{{"version", status.version}, {"faults", std::move(faults)}, {"inboxes", std::move(inboxes)}};
  return {200, "application/json", json::serialize(page) + "\n"};
}

ServiceStatus read_page(std::string_view body) {
  try {
    const json::value page = json::parse(body);
    ServiceStatus status{.version = text_in(page.as_object(), "version")};
    for (const json::value& fault : page.at("faults").as_array()) status.faults.push_back(fault_in(fault.as_object()));
    for (const json::value& inbox : page.at("inboxes").as_array())
      status.inboxes.push_back(inbox_in(inbox.as_object()));
    return status;
  } catch (const std::exception&) {
    throw std::runtime_error("what answers there is no clientsync of this version");
  }
}

}  // namespace clientsync
