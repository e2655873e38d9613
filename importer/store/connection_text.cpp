#include "importer/store/connection_text.hpp"

#include "importer/store/database.hpp"

namespace clientsync {

std::vector<ConnectionOption> parse_connection(const std::string& text) {
  const auto refused = [](const std::string& why) {
    return DatabaseError(DatabaseError::Kind::refused, "cannot understand the database's connection: " + why);
  };
  std::vector<ConnectionOption> options;
  std::size_t at = text.find_first_not_of(' ');
  while (at != std::string::npos) {
    const std::size_t equals = text.find('=', at);
    if (equals == std::string::npos || text.find(' ', at) < equals)
      throw refused("write key=value, and quotes around a value that holds spaces");
    const char quote = equals + 1 < text.size() ? text[equals + 1] : ' ';
    const bool quoted = quote == '"' || quote == '\'';
    const std::size_t begin = equals + (quoted ? 2 : 1);
    const std::size_t end = text.find(quoted ? quote : ' ', begin);
    if (quoted && end == std::string::npos) throw refused("a quote is not closed");
    options.push_back({text.substr(at, equals - at), text.substr(begin, end - begin)});
    at = end == std::string::npos ? end : text.find_first_not_of(' ', end + (quoted ? 1 : 0));
  }
  return options;
}

void append_option(std::string& text, std::string_view key, std::string_view value) {
  text.append(text.empty() ? "" : " ").append(key).append("='");
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  text += '\'';
}

std::string option_value(const std::vector<ConnectionOption>& options, const std::string& key,
                         const std::string& other) {
  std::string value;
  for (const ConnectionOption& option : options) {
    if (option.key == key || (!other.empty() && option.key == other)) value = option.value;
  }
  return value;
}

}  // namespace clientsync
