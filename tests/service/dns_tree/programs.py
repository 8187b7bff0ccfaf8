"""Programs that a test starts itself, and the loopback addresses they listen at."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.servers.halting import halt

DNS_PORT = 53
#: Until a server that must come is missed. Many of them start at once, and a machine may be busy otherwise.
PATIENCE_SECONDS = 120.0
_DEBIAN_PACKAGES = {
    "knotd": "knot",
    "knotc": "knot",
    "keymgr": "knot",
    "unbound": "unbound",
    "setpriv": "util-linux",
}


class CannotStartError(RuntimeError):
    """The machine lacks something; the message says what to install or how to run the tests."""


def program(name: str) -> str:
    """The path of an installed program; the folders of system programs are searched as well."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin")
    if found is None:
        package = _DEBIAN_PACKAGES[name]
        raise CannotStartError(
            f"The program {name} is not installed, and the tests with real name servers need it. "
            f"Install the Debian package “{package}”: apt-get install {package}"
        )
    return found


class Daemon:
    """A running program. It ends with the test run, however that ends."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [program("setpriv"), "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Returns when it is ready; raises `CannotStartError` with its log when it ended or the time is over."""
        wait_until(
            lambda: self._process.poll() is not None or ready(), lambda: self._said("not ready"), seconds
        )
        if self._process.poll() is not None:
            raise CannotStartError(self._said("ended at once"))

    def pause(self) -> None:
        """The kernel still takes its packets; nobody answers."""
        halt(self._process.pid)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _said(self, what: str) -> str:
        return f"{self._process.args!r}: {what}. It wrote:\n{self._log.read_text(errors='replace')[-3000:]}"


def wait_until(
    ready: Callable[[], bool], otherwise: Callable[[], str], seconds: float = PATIENCE_SECONDS
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise CannotStartError(otherwise())
        time.sleep(0.01)


class Loopback:
    """A network 127.53.N.0/24 of our own, so that test runs side by side do not meet.

    A delegation carries no port, so name servers must listen at port 53. A socket bound at address 254 of
    the network marks it as taken, for as long as the process lives.
    """

    def __init__(self) -> None:
        _bring_loopback_up()
        for number in range(1, 255):
            if mark := _bound(f"127.53.{number}.254"):
                self._mark = mark
                self._prefix = f"127.53.{number}"
                return
        raise CannotStartError("All of 127.53.1.0 to 127.53.254.0 are taken by other test runs.")

    @property
    def network(self) -> str:
        return f"{self._prefix}.0/24"

    def address(self, last: int) -> str:
        return f"{self._prefix}.{last}"

    def release(self) -> None:
        self._mark.close()


def _bound(address: str) -> socket.socket | None:
    mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        mark.bind((address, DNS_PORT))
    except PermissionError as err:
        mark.close()
        raise CannotStartError(
            "The tests with real name servers listen at port 53 of 127.53.0.0/16, which this user may not. "
            "Run them as root, or in a network of their own: "
            "unshare --user --map-root-user --net python -m pytest tests/service/test_verdicts.py"
        ) from err
    except OSError as err:
        mark.close()
        if err.errno == errno.EADDRINUSE:
            return None
        raise CannotStartError(
            f"{address} cannot be used ({err.strerror}). These tests need Linux, where all of 127.0.0.0/8 is "
            "this machine."
        ) from err
    return mark


def _bring_loopback_up() -> None:
    """In a new network namespace the loopback interface is down."""
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, get_flags, request))[1]
        if not flags & up:
            fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))
