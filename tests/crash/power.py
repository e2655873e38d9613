"""A disk whose power can be cut: an ext4 image on a loop device, shut down without writing its cached data."""

import contextlib
import errno
import fcntl
import os
import pathlib
import struct
import subprocess
import tempfile
import time

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN: _IOR('X', 125, __u32)
_NO_LOG_FLUSH = 2
_SIZE = 16 << 20
# The journal is written only when a program asks for it: not by the clock, and not because a file is renamed.
_OPTIONS = "loop,commit=300,noauto_da_alloc"


def unsupported():
    """Why there can be no such disk here; None if there can."""
    if os.geteuid() != 0:
        return "mounting needs root"
    try:
        with tempfile.TemporaryDirectory() as base:
            image, place = pathlib.Path(base, "image"), pathlib.Path(base, "disk")
            place.mkdir()
            make(image)
            with mounted(image, place):
                descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
                (place / "lost").write_bytes(b"lost")
                cut(descriptor)
                os.close(descriptor)
            with mounted(image, place):
                if (place / "lost").exists():
                    return "what was not synced survives the cut"
    except OSError as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        return f"{error.cmd[0]}: {error.stderr.decode(errors='replace').strip()}"
    return None


def _call(*arguments):
    subprocess.run(list(map(str, arguments)), check=True, capture_output=True, stdin=subprocess.DEVNULL)


def make(image):
    with open(image, "wb") as file:
        file.truncate(_SIZE)
    _call("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,nodiscard", image)


def copy(image, to):
    """Copies only data that is not zero, which is a fraction of the image."""
    with open(image, "rb") as source, open(to, "wb") as target:
        target.truncate(_SIZE)
        end = 0
        with contextlib.suppress(OSError):  # ENXIO: only zeros from there on
            while True:
                begin = os.lseek(source.fileno(), end, os.SEEK_DATA)
                end = os.lseek(source.fileno(), begin, os.SEEK_HOLE)
                os.pwrite(target.fileno(), os.pread(source.fileno(), end - begin, begin), begin)


@contextlib.contextmanager
def mounted(image, place):
    _call("mount", "-o", _OPTIONS, image, place)
    try:
        yield
    finally:
        _unmount(place)


def _unmount(place):
    for tries in range(50):
        done = subprocess.run(["umount", str(place)], capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return
        time.sleep(0.02 * (tries + 1))
    raise OSError(errno.EBUSY, done.stderr.decode(errors="replace"))


def cut(descriptor):
    """Cuts the power: what is not on the disk by now is lost. `descriptor` is that of a directory there."""
    fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
