#include "config/connection.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "config/setting.hpp"

namespace clientsync {
namespace {

/// One `key=value`, the value without its quotes.
struct Part {
  std::string_view key, value;
  std::size_t at = 0;
};

struct Parts {
  std::vector<Part> good;
  std::optional<std::size_t> bad;  ///< where the first one begins that is no `key=value`
};

bool is_key(std::string_view word) {
  const auto is_letter = [](unsigned char c) { return c < 0x80U && (std::isalnum(c) != 0 || c == '_'); };
  return !word.empty() && std::all_of(word.begin(), word.end(), is_letter);
}

/// Where a value ends that begins there; nullopt where it is none: empty without quotes, or with a quote that does not
/// stand around the whole of it.
std::optional<std::size_t> end_of_value(std::string_view text, std::size_t begin) {
  if (begin == text.size() || text[begin] == ' ') return std::nullopt;
  if (text[begin] != '"' && text[begin] != '\'') {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    return text.substr(begin, end - begin).find('"') == std::string_view::npos ? std::optional(end) : std::nullopt;
  }
  const std::size_t quote = text.find(text[begin], begin + 1);
  const bool closed = quote != std::string_view::npos && (quote + 1 == text.size() || text[quote + 1] == ' ');
  return closed ? std::optional(quote + 1) : std::nullopt;
}

Parts split(std::string_view text) {
  Parts parts;
  for (std::size_t at = text.find_first_not_of(' '); at < text.size(); at = text.find_first_not_of(' ', at)) {
    const std::size_t equals = text.find('=', at);
    const std::string_view key = text.substr(at, equals - at);
    const std::optional<std::size_t> end =
        equals != std::string_view::npos && is_key(key) ? end_of_value(text, equals + 1) : std::nullopt;
    if (!end) {
      parts.bad = at;
      return parts;
    }
    const bool quoted = text[equals + 1] == '"' || text[equals + 1] == '\'';
    const std::size_t begin = equals + (quoted ? 2 : 1);
    parts.good.push_back({key, text.substr(begin, *end - (quoted ? 1 : 0) - begin), at});
    at = *end;
  }
  return parts;
}

/// `dbname` has a second name, but not for libpq.
bool is_dbname(std::string_view key, DatabaseBackend backend) {
  return key == "dbname" || (key == "db" && backend != DatabaseBackend::postgresql);
}

/// The keys that a connection may have; none: whatever its client library knows.
std::vector<std::string_view> keys_of(DatabaseBackend backend) {
  switch (backend) {
    case DatabaseBackend::sqlite:
      return {"dbname", "db", "timeout", "synchronous"};
    case DatabaseBackend::mysql:
      return {"host",  "port",    "unix_socket", "dbname",          "db",           "user",
              "sslca", "sslcert", "sslkey",      "connect_timeout", "read_timeout", "write_timeout"};
    case DatabaseBackend::postgresql:
      break;
  }
  return {};
}

struct Range {
  std::uint64_t min, max;
  std::string_view what;
};

std::optional<Range> range_of(std::string_view key, DatabaseBackend backend) {
  if (backend == DatabaseBackend::postgresql) return std::nullopt;
  if (key == "port") return Range{1, 65535, "a number"};
  if (key.ends_with("timeout")) return Range{0, 3600, "a number of seconds"};
  return std::nullopt;
}

/// Counts characters, as editors do.
std::string place_in(std::string_view text, std::size_t at) {
  const auto starts_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
  const auto before = std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), starts_character);
  return " at its character " + std::to_string(before + 1);
}

/// `postgresql://host/database`
bool is_address(std::string_view text) {
  const std::size_t scheme = text.find("://");
  return scheme != std::string_view::npos && is_key(text.substr(0, scheme));
}

std::string twice_fault(std::string_view text, const std::vector<Part>& parts) {
  std::set<std::string_view> keys;
  for (const Part& part : parts) {
    if (!keys.insert(part.key == "db" ? "dbname" : part.key).second)
      return "a key stands twice" + place_in(text, part.at) + "; expected each key once";
  }
  return "";
}

/// What is wrong with one part, and what is expected; both empty: nothing is.
std::pair<std::string, std::string> part_fault(const Part& part, DatabaseBackend backend) {
  const std::vector<std::string_view> keys = keys_of(backend);
  if (!keys.empty() && std::find(keys.begin(), keys.end(), part.key) == keys.end())
    return {"an unknown key", hint(part.key, keys)};
  if (backend == DatabaseBackend::sqlite && is_dbname(part.key, backend) && !part.value.starts_with('/'))
    return {"dbname is not an absolute path", "; expected one that starts with /"};
  if (part.key == "host" && part.value.find('@') != std::string_view::npos)
    return {"host holds an @", "; expected a name or an address alone, and user=NAME beside it"};
  if (const std::optional<Range> range = range_of(part.key, backend)) {
    const std::optional<std::uint64_t> number = parse_whole_number(part.value);
    if (!number || *number < range->min || *number > range->max) {
      return {std::string(part.key) + " can't be used", "; expected " + std::string(range->what) + " from " +
                                                            std::to_string(range->min) + " to " +
                                                            std::to_string(range->max)};
    }
  }
  return {};
}

std::string parts_fault(std::string_view text, const std::vector<Part>& parts, DatabaseBackend backend) {
  bool has_database = false;
  for (const Part& part : parts) {
    auto [wrong, expected] = part_fault(part, backend);
    if (!wrong.empty()) return wrong.append(place_in(text, part.at)).append(expected);
    has_database = has_database || (is_dbname(part.key, backend) && !part.value.empty());
  }
  if (has_database) return "";
  return "no dbname; expected one, like " + std::string(connection_example(backend));
}

}  // namespace

bool holds_password(std::string_view connection) {
  const std::string text = lower(connection);
  for (const std::string_view word : {"password", "passwd", "pass", "pwd"}) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const std::size_t next = text.find_first_not_of(" \t", at + word.size());
      if (next != std::string::npos && text[next] == '=') return true;
    }
  }
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return false;
  const std::string_view user = std::string_view(text).substr(scheme + 3);
  const std::size_t host = user.find('@');
  return host != std::string_view::npos && user.substr(0, host).find(':') != std::string_view::npos;
}

std::string connection_fault(std::string_view connection, std::optional<DatabaseBackend> backend) {
  const std::string example(connection_example(backend.value_or(DatabaseBackend::sqlite)));
  if (is_address(connection)) return "an address of the form `…://…`; expected key=value, like " + example;
  const Parts parts = split(connection);
  if (parts.bad) {
    return "no key=value" + place_in(connection, *parts.bad) +
           "; expected that form, with quotes around a value that holds spaces, like " + example;
  }
  std::string fault = twice_fault(connection, parts.good);
  if (fault.empty() && backend) fault = parts_fault(connection, parts.good, *backend);
  return fault;
}

std::string_view connection_example(DatabaseBackend backend) {
  switch (backend) {
    case DatabaseBackend::postgresql:
      return "host=/run/postgresql dbname=clientsync user=clientsync";
    case DatabaseBackend::mysql:
      return "unix_socket=/run/mysqld/mysqld.sock dbname=clientsync user=clientsync";
    case DatabaseBackend::sqlite:
      break;
  }
  return "dbname=/var/lib/clientsync/clientsync.db";
}

std::filesystem::path database_file(std::string_view connection) {
  for (const Part& part : split(connection).good) {
    if (is_dbname(part.key, DatabaseBackend::sqlite)) return part.value;
  }
  return {};
}

}  // namespace clientsync
