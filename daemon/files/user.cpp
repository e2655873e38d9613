#include "daemon/files/user.hpp"

#include <pwd.h>
#include <unistd.h>

#include <vector>

namespace clientsync {

std::string name_of_user(std::uint32_t uid) {
  constexpr std::size_t longest_entry = std::size_t{16} << 10;
  std::vector<char> room(longest_entry);
  passwd entry{};
  passwd* found = nullptr;
  const int error = ::getpwuid_r(uid, &entry, room.data(), room.size(), &found);
  return error == 0 && found != nullptr ? found->pw_name : "uid " + std::to_string(uid);
}

std::string name_of_owner(std::optional<std::uint32_t> uid) {
  return uid && *uid != ::geteuid() ? name_of_user(*uid) : "unknown";
}

}  // namespace clientsync
