"""Find an installed program, start it, wait until it serves, stop it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

START_SECONDS = 120
STOP_SECONDS = 30


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
    """A TCP port of 127.0.0.1 that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
