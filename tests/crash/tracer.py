"""Runs a program and stops it at each system call that touches one directory: to record the call, to kill the program
there, to make the call fail, or to cut the power. For x86-64.

strace cannot do this. Its `when=N` counts the calls of one name, whatever file they are about, and its `retval` makes a
short write without writing anything.
"""

import collections
import ctypes
import errno
import os
import platform
import re
import signal
import struct
import time
from typing import Callable, NamedTuple, Optional

# Which arguments of a call say what file it is about.
FD, AT, PATH, PATH_SECOND, FD_FIFTH = "fd", "directory and path", "path", "path in second place", "fd in fifth place"

CALLS = {
    0: ("read", FD), 1: ("write", FD), 2: ("open", PATH), 3: ("close", FD), 4: ("stat", PATH), 5: ("fstat", FD),
    6: ("lstat", PATH), 9: ("mmap", FD_FIFTH), 17: ("pread64", FD), 18: ("pwrite64", FD), 19: ("readv", FD),
    20: ("writev", FD), 21: ("access", PATH), 72: ("fcntl", FD), 73: ("flock", FD), 74: ("fsync", FD),
    75: ("fdatasync", FD), 76: ("truncate", PATH), 77: ("ftruncate", FD), 82: ("rename", PATH), 83: ("mkdir", PATH),
    84: ("rmdir", PATH), 85: ("creat", PATH), 86: ("link", PATH), 87: ("unlink", PATH), 88: ("symlink", PATH_SECOND),
    89: ("readlink", PATH), 90: ("chmod", PATH), 91: ("fchmod", FD), 92: ("chown", PATH), 93: ("fchown", FD),
    137: ("statfs", PATH), 138: ("fstatfs", FD), 217: ("getdents64", FD), 254: ("inotify_add_watch", PATH_SECOND),
    257: ("openat", AT), 258: ("mkdirat", AT), 262: ("newfstatat", AT), 263: ("unlinkat", AT), 264: ("renameat", AT),
    265: ("linkat", AT), 267: ("readlinkat", AT), 268: ("fchmodat", AT), 269: ("faccessat", AT),
    277: ("sync_file_range", FD), 280: ("utimensat", AT), 285: ("fallocate", FD), 295: ("preadv", FD),
    296: ("pwritev", FD), 306: ("syncfs", FD), 316: ("renameat2", AT), 326: ("copy_file_range", FD),
    328: ("pwritev2", FD), 332: ("statx", AT), 437: ("openat2", AT), 439: ("faccessat2", AT),
}

_TRACEME, _CONT, _POKEUSER, _SYSCALL, _SETOPTIONS, _GET_SYSCALL_INFO = 0, 7, 6, 24, 0x4200, 0x420E
_OPTIONS = 0x1 | 0x8 | 0x80 | 0x100000  # SYSGOOD, TRACECLONE, TRACESECCOMP, EXITKILL
_EVENT_SECCOMP = 7
_RAX, _RDX, _ORIG_RAX = 8 * 10, 8 * 12, 8 * 15
_WALL = 0x40000000
_AT_FDCWD = -100

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class Call(NamedTuple):
    """The `ordinal`th call of that name at that place by the program's first thread ("main"), or by all others together
    ("worker"). A count of all calls would say little, because the order of the threads differs from run to run."""

    role: str
    name: str
    place: str  # relative to the directory, without the random part of a name
    ordinal: int

    def __str__(self):
        return f"{self.role} {self.name}({self.place}) {self.ordinal}"


class Run(NamedTuple):
    status: int  # as in a shell: 128 + the signal's number if the program was killed
    calls: list  # up to the one that was struck
    struck: Optional[Call]
    hung: bool


class Fault(NamedTuple):
    """What happens at the call: a kill, an error, or a short read or write. `before_kill` is called while the program
    is stopped."""

    kind: str  # "kill", "error" or "short"
    error: int = 0
    before_kill: Optional[Callable[[], None]] = None


KILL = Fault("kill")


def unsupported():
    """Why no program can be traced here; None if one can."""
    if platform.machine() != "x86_64":
        return f"the tracer knows x86-64 alone, not {platform.machine()}"
    try:
        run = trace(["/bin/true"], "/bin", {})
    except OSError as error:
        return f"tracing is not permitted: {error}"
    return None if run.status == 0 else f"a traced /bin/true ended with {run.status}"


def trace(arguments, root, faults, log=None, env=None, seconds=20):
    """Runs the program to its end. The first call that is in `faults` gets that fault."""
    pid = os.fork()
    if pid == 0:
        _become(arguments, log, env)
    tracee = _Tracee(pid, os.path.realpath(root), faults)
    return tracee.run(time.monotonic() + seconds)


def _become(arguments, log, env):
    """In the child: asks to be traced, and to be stopped only at the calls of the table."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        output = null if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, 256)
        if _libc.ptrace(_TRACEME, 0, None, None) != 0:
            os._exit(126)
        os.kill(os.getpid(), signal.SIGSTOP)
        _filter_calls()
        os.execve(arguments[0], [os.fspath(a) for a in arguments], os.environ if env is None else env)
    finally:
        os._exit(127)


def _filter_calls():
    load_number, jump_equal, give = 0x20, 0x15, 0x06
    trace_it, allow_it = 0x7FF00000, 0x7FFF0000
    code = [struct.pack("HBBI", load_number, 0, 0, 0)]
    numbers = sorted(CALLS)
    code += [struct.pack("HBBI", jump_equal, len(numbers) - n, 0, number) for n, number in enumerate(numbers)]
    code += [struct.pack("HBBI", give, 0, 0, value) for value in (allow_it, trace_it)]
    program = ctypes.create_string_buffer(b"".join(code))
    pointer = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code), ctypes.addressof(program)))
    set_seccomp, set_no_new_privileges = 22, 38
    _libc.prctl(set_no_new_privileges, 1, 0, 0, 0)
    if _libc.prctl(set_seccomp, 2, pointer, 0, 0) != 0:
        os._exit(126)


class _Tracee:
    def __init__(self, pid, root, faults):
        self.pid = pid
        self.root = root
        self.faults = faults
        self.ordinals = collections.Counter()
        self.calls = []
        self.struck = None
        self.hung = False
        self.known = {pid}
        self.memory = None  # opened at the first call, because until exec it is the memory of this program
        self.failing = {}  # errors that calls return after they were executed, by thread
        self.info = ctypes.create_string_buffer(88)

    def run(self, deadline):
        _, status = os.waitpid(self.pid, _WALL)
        if not os.WIFSTOPPED(status):
            raise OSError(errno.EPERM, "ptrace")
        self.ask(_SETOPTIONS, self.pid, 0, _OPTIONS)
        self.ask(_CONT, self.pid, 0, 0)
        previous = signal.signal(signal.SIGALRM, lambda *_: self.hang())
        signal.setitimer(signal.ITIMER_REAL, max(0.001, deadline - time.monotonic()))
        try:
            status = self.follow()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
            if self.memory is not None:
                os.close(self.memory)
        return Run(status, self.calls, self.struck, self.hung)

    def hang(self):
        self.hung = True
        os.kill(self.pid, signal.SIGKILL)

    def ask(self, request, thread, address, data):
        """False if the thread is gone, as after a kill."""
        if _libc.ptrace(request, thread, address, data) >= 0:
            return True
        code = ctypes.get_errno()
        if code == errno.ESRCH:
            return False
        raise OSError(code, f"ptrace {request}: {os.strerror(code)}")

    def follow(self):
        """The exit status of the program. waitpid reports its first thread last."""
        while True:
            thread, status = os.waitpid(-1, _WALL)
            if not os.WIFSTOPPED(status):
                if thread == self.pid:
                    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
                continue
            request, deliver = _CONT, 0
            stop = os.WSTOPSIG(status)
            if status >> 16 == _EVENT_SECCOMP:
                request = self.at_call(thread)
            elif stop == signal.SIGTRAP | 0x80:
                if thread in self.failing:
                    self.ask(_POKEUSER, thread, _RAX, -self.failing.pop(thread))
            elif thread not in self.known:
                self.known.add(thread)  # the first stop of a new thread is not a signal to deliver
            elif stop != signal.SIGTRAP:
                deliver = stop
            self.ask(request, thread, 0, deliver)

    def at_call(self, thread):
        """The request with which the thread goes on."""
        if _libc.ptrace(_GET_SYSCALL_INFO, thread, len(self.info), ctypes.addressof(self.info)) < 0 or self.struck:
            return _CONT
        number, *arguments = struct.unpack_from("7Q", self.info.raw, 24)
        name, where = CALLS[number]
        place = self.place(thread, where, arguments)
        if place is None:
            return _CONT
        if name == "fcntl" and self.unlocks(arguments):
            name = "unlock"  # which cannot fail
        role = "main" if thread == self.pid else "worker"
        self.ordinals[role, name, place] += 1
        call = Call(role, name, place, self.ordinals[role, name, place])
        self.calls.append(call)
        fault = self.faults.get(call)
        return _CONT if fault is None else self.strike(thread, call, fault, arguments)

    def strike(self, thread, call, fault, arguments):
        self.struck = call
        if fault.kind == "kill":
            if fault.before_kill:
                fault.before_kill()
            os.kill(self.pid, signal.SIGKILL)
        elif fault.kind == "short":
            self.ask(_POKEUSER, thread, _RDX, max(1, arguments[2] // 2))
        elif call.name == "close":  # which closes even if it fails
            self.failing[thread] = fault.error
            return _SYSCALL
        else:
            self.ask(_POKEUSER, thread, _ORIG_RAX, -1)
            self.ask(_POKEUSER, thread, _RAX, -fault.error)
        return _CONT

    def place(self, thread, where, arguments):
        """What the call is about, relative to the root; None if it is elsewhere."""
        try:
            if where in (FD, FD_FIFTH):
                path = self.link(thread, arguments[0 if where == FD else 4])
            elif where == AT:
                path = os.path.join(self.link(thread, arguments[0]), self.text(arguments[1]))
            else:
                path = os.path.join(self.link(thread, _AT_FDCWD), self.text(arguments[0 if where == PATH else 1]))
        except OSError:
            return None
        path = os.path.normpath(path.removesuffix(" (deleted)"))
        if path != self.root and not path.startswith(self.root + "/"):
            return None
        return re.sub(r"(\.clientsync-|/in-hand/)[0-9a-f]+", r"\1", os.path.relpath(path, self.root))

    def unlocks(self, arguments):
        set_lock = (6, 7, 37, 38)
        return arguments[1] in set_lock and self.bytes(arguments[2], 2) == struct.pack("H", 2)

    @staticmethod
    def link(thread, descriptor):
        number = ctypes.c_int(descriptor & 0xFFFFFFFF).value
        return os.readlink(f"/proc/{thread}/cwd" if number == _AT_FDCWD else f"/proc/{thread}/fd/{number}")

    def text(self, address):
        return os.fsdecode(self.bytes(address, 4096).split(b"\0", 1)[0]) if address else ""

    def bytes(self, address, most):
        if self.memory is None:
            self.memory = os.open(f"/proc/{self.pid}/mem", os.O_RDONLY)
        return os.pread(self.memory, most, address)
