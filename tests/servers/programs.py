"""Find an installed program, start it, wait until it serves, stop it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

START_SECONDS = 120
STOP_SECONDS = 30
#: Below the range from which systems take the ports of outgoing connections and of DNS questions, any of which could
#: else sit on a port before its server does; and apart from those that Nameplate takes by itself when nobody chooses.
PORTS = range(11_000, 20_000)
#: So many ports a process keeps for whoever asked for them, who may be slow to listen.
MOST_KEPT = 512


class MissingProgramError(Exception):
    """A program that the tests need is not installed."""


class ServerError(Exception):
    """A server ended, or did not serve in time. The message carries what it printed."""


def find(program: str, package: str, *directories: str) -> str:
    """The path of `program`, from `directories`, the PATH, or where Debian keeps daemons."""
    places = os.pathsep.join([*directories, os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    if path := shutil.which(program, path=places):
        return path
    raise MissingProgramError(
        f"“{program}” is not installed. It is in Debian's package {package}; “make test” installs it."
    )


def free_port() -> int:
    """A port of 127.0.0.1, as `free_row` finds it."""
    return free_row(1)


def free_row(count: int) -> int:
    """The first of `count` ports in a row of 127.0.0.1 that nothing listens on, over TCP or UDP, and that no other
    test of this machine is given meanwhile.
    """
    chance = random.SystemRandom()
    while True:
        first = chance.randrange(PORTS.start, PORTS.stop - count + 1)
        if _keep(range(first, first + count)):
            return first


#: The sockets that keep a port each, the oldest first.
_keeping: deque[socket.socket] = deque()


def _keep(ports: range) -> bool:
    """Whether they are ours from now on. Names among the kernel's keep them, which end with this process."""
    marks: list[socket.socket] = []
    for port in ports:
        marks.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        if not (_marks(marks[-1], port) and _is_free(port)):
            for mark in marks:
                mark.close()
            return False
    _keeping.extend(marks)
    while len(_keeping) > MOST_KEPT:
        _keeping.popleft().close()
    return True


def _marks(mark: socket.socket, port: int) -> bool:
    try:
        mark.bind(f"\0nameplate-port-of-a-test-{port}")
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    seconds: float = START_SECONDS,
    start: type[subprocess.Popen[bytes]] = subprocess.Popen,
    **options: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command`, whose output goes to `log`, from when it is `ready` to the end of the block.

    `options` are those of `Popen`, or of what is to `start` it instead. Raises `ServerError` when it ends or is not
    ready within `seconds`.
    """
    with log.open("wb") as output:
        process = start(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **options)
    try:
        _await(process, command[0], log, ready, seconds)
        yield process
    finally:
        stop(process)


class Restartable:
    """A program that a test stops and starts again; it runs from the start of the block to its end."""

    def __init__(
        self, command: Sequence[str], *, log: Path, ready: Callable[[], bool], **options: Any
    ) -> None:
        self._run = partial(running, command, log=log, ready=ready, **options)
        self._stack = ExitStack()

    def start(self) -> None:
        self.process = self._stack.enter_context(self._run())

    def stop(self, number: int = signal.SIGTERM) -> None:
        """With a signal of its own, if the program knows several ways to end."""
        self.process.send_signal(number)
        self.process.wait(START_SECONDS)
        self._stack.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _await(
    process: subprocess.Popen[bytes], name: str, log: Path, ready: Callable[[], bool], seconds: float
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            why = f"ended with {process.returncode}" if ended else f"did not serve within {seconds} s"
            raise ServerError(f"{name} {why}:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
