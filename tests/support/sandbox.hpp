// A folder for one test, what users do in it, and a kernel that lacks or refuses something.
#pragma once

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace clientsync::testing {

/// `inbox` is the folder; `elsewhere` is on the same file system, so that files can be renamed from there.
class Sandbox {
 public:
  explicit Sandbox(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string path = (parent / "clientsync-test-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path);
    root_ = path;
    std::filesystem::permissions(root_, std::filesystem::perms(0755));
    std::filesystem::create_directory(inbox());
    std::filesystem::create_directory(elsewhere());
  }
  ~Sandbox() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  [[nodiscard]] std::filesystem::path inbox() const { return root_ / "inbox"; }
  [[nodiscard]] std::filesystem::path elsewhere() const { return root_ / "elsewhere"; }

  /// Opens, truncates and writes, as simple programs do.
  void write(const std::string& name, std::string_view bytes) const { write_to(inbox() / name, bytes); }

  /// Writes elsewhere and renames into the folder, as editors do.
  void save(const std::string& name, std::string_view bytes) const {
    write_to(elsewhere() / "saving", bytes);
    std::filesystem::rename(elsewhere() / "saving", inbox() / name);
  }

  [[nodiscard]] std::optional<std::string> read(const std::string& name) const {
    std::ifstream file(inbox() / name, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(inbox())) names.insert(entry.path().filename());
    return names;
  }

 private:
  static void write_to(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
  }

  std::filesystem::path root_;
};

/// A system call that the kernel is to answer with an error; with `flag`, only if its fifth argument has such a bit.
struct Refusal {
  long call = 0;
  int error = 0;
  std::uint32_t flag = 0;
};

inline void install(std::vector<sock_filter>& program) {
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    throw std::system_error(errno, std::generic_category(), "seccomp");
  }
}

inline void refuse(const std::vector<Refusal>& refusals) {
  std::vector<sock_filter> program;
  const auto load = [&](std::size_t offset) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  };
  for (const Refusal& refusal : refusals) {
    const auto answer = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(refusal.error);
    load(offsetof(seccomp_data, nr));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(refusal.call), 0, 3));
    load(offsetof(seccomp_data, args[4]));
    if (refusal.flag != 0) {
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, refusal.flag, 0, 1));
    } else {
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, answer));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  install(program);
}

/// Runs `body` in a thread of its own after `prepare`, whose effects (seccomp, user id) end with the thread.
inline void in_thread(const std::function<void()>& prepare, const std::function<void()>& body) {
  std::exception_ptr error;
  std::thread thread([&] {
    try {
      prepare();
      body();
    } catch (...) {
      error = std::current_exception();
    }
  });
  thread.join();
  if (error) std::rethrow_exception(error);
}

inline void with_refused(const std::vector<Refusal>& refusals, const std::function<void()>& body) {
  in_thread([&] { refuse(refusals); }, body);
}

/// Runs `body` without the rights of root. Unlike the functions of the C library, the system calls affect one thread
/// only.
inline void as_nobody(const std::function<void()>& body) {
  constexpr long nobody = 65534;
  in_thread(
      [] {
        const bool root = geteuid() == 0;
        if (root && (syscall(SYS_setgroups, 0, nullptr) != 0 || syscall(SYS_setresgid, nobody, nobody, nobody) != 0 ||
                     syscall(SYS_setresuid, nobody, nobody, nobody) != 0)) {
          throw std::system_error(errno, std::generic_category(), "setresuid");
        }
      },
      body);
}

}  // namespace clientsync::testing
