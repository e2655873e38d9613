// Lets a test act between two steps of our code, at every step and not by chance: the kernel stops before each system
// call that moves, links, removes or opens a file by name.
#pragma once

#include <csignal>
#include <functional>
#include <vector>

#include <ucontext.h>

#include "tests/support/sandbox.hpp"

namespace clientsync::testing {

namespace detail {

constexpr long passed = 0x6d65616e;  // the sixth argument of a call that has been stopped already

struct Interruption {
  const std::vector<Refusal>* refusals = nullptr;
  const std::function<void(int)>* meanwhile = nullptr;
  int step = 0;
};
inline thread_local Interruption interruption;

inline long repeat(long call, const long* arguments) {
  for (const Refusal& refusal : *interruption.refusals) {
    const bool flagged = refusal.flag == 0 || (static_cast<std::uint32_t>(arguments[4]) & refusal.flag) != 0;
    if (refusal.call == call && flagged) return -refusal.error;
  }
  const long result = syscall(call, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], passed);
  return result < 0 ? -errno : result;
}

/// The signal comes instead of the system call, so that anything may be done here.
inline void interrupt(int, siginfo_t* signal, void* context) {
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
  (*interruption.meanwhile)(++interruption.step);
#if defined(__x86_64__)
  const long arguments[] = {machine.gregs[REG_RDI], machine.gregs[REG_RSI], machine.gregs[REG_RDX],
                            machine.gregs[REG_R10], machine.gregs[REG_R8]};
  machine.gregs[REG_RAX] = repeat(signal->si_syscall, arguments);
#elif defined(__aarch64__)
  long arguments[5];
  for (int i = 0; i < 5; ++i) arguments[i] = static_cast<long>(machine.regs[i]);
  machine.regs[0] = static_cast<unsigned long long>(repeat(signal->si_syscall, arguments));
#else
#error "say here where system calls have their arguments"
#endif
}

inline void stop_before(const std::vector<long>& calls) {
  struct sigaction action {};
  action.sa_sigaction = interrupt;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  if (sigaction(SIGSYS, &action, nullptr) != 0) throw std::system_error(errno, std::generic_category(), "sigaction");
  std::vector<sock_filter> program;
  const auto load = [&](std::size_t offset) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  };
  for (const long call : calls) {
    load(offsetof(seccomp_data, nr));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 3));
    load(offsetof(seccomp_data, args[5]));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(passed), 1, 0));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  install(program);
}

}  // namespace detail

/// Runs `body` in a thread of its own, with `refusals`, and calls `meanwhile` before each of its steps, which count
/// from 1. Returns the number of steps.
inline int with_steps(const std::vector<Refusal>& refusals, const std::function<void(int step)>& meanwhile,
                      const std::function<void()>& body) {
  int steps = 0;
  in_thread(
      [&] {
        detail::interruption = {.refusals = &refusals, .meanwhile = &meanwhile, .step = 0};
        detail::stop_before({SYS_renameat, SYS_renameat2, SYS_linkat, SYS_unlinkat, SYS_openat2});
      },
      [&] {
        body();
        steps = detail::interruption.step;
      });
  return steps;
}

}  // namespace clientsync::testing
