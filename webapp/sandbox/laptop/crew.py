"""Child processes that live and die together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import click

from webapp.sandbox.laptop import after_us

# Longer than gunicorn and Celery take when nothing hangs. What is killed after it loses nothing: rows are the truth.
PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.1


class Crew:
    """Starts processes, passes on what they print, and stops all of them, with whatever they started in turn.

    Each gets a session of its own, so that a Ctrl-C at the terminal reaches us alone and we stop them in order.
    """

    def __init__(self, cwd: Path, env: Mapping[str, str]) -> None:
        self._cwd = cwd
        self._env = dict(env)
        self._members: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._after_us: subprocess.Popen[str] | None = None

    def start(self, name: str, command: Sequence[str]) -> None:
        process = subprocess.Popen(  # noqa: S603 - the commands are ours
            command,
            cwd=self._cwd,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._members[name] = process
        self._tell(str(process.pid))
        assert process.stdout is not None  # noqa: S101 - PIPE above
        reader = threading.Thread(target=_pass_on, args=(f"{name:<7}| ", process.stdout), daemon=True)
        reader.start()
        self._readers.append(reader)

    def ended(self) -> tuple[str, int] | None:
        """The name and exit code of a process that has ended; minus a signal's number when one killed it."""
        for name, process in self._members.items():
            code = process.poll()
            if code is not None:
                return name, code
        return None

    def stop(self) -> None:
        """Ask all of them to end, and kill what has not ended after `PATIENCE_SECONDS`."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (
            any(process.poll() is None for process in self._members.values()) and time.monotonic() < deadline
        ):
            time.sleep(_POLL_SECONDS)
        self._signal(signal.SIGKILL)
        for process in self._members.values():
            process.wait()
        for reader in self._readers:
            reader.join(timeout=1)
        if self._after_us is not None:
            self._tell(after_us.STOPPED)
            self._after_us.communicate()
            self._after_us = None

    def _tell(self, line: str) -> None:
        """To the process that ends them when we are killed. It reads until our end of the pipe closes."""
        if self._after_us is None:
            self._after_us = subprocess.Popen(  # noqa: S603 - the command is ours
                [sys.executable, after_us.__file__], stdin=subprocess.PIPE, text=True, start_new_session=True
            )
        assert self._after_us.stdin is not None  # noqa: S101 - PIPE above
        with contextlib.suppress(BrokenPipeError):
            self._after_us.stdin.write(f"{line}\n")
            self._after_us.stdin.flush()

    def _signal(self, number: int) -> None:
        """To every group as a whole: a process that has ended may have left children."""
        for process in self._members.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)


def _pass_on(prefix: str, lines: IO[str]) -> None:
    with lines:
        for line in lines:
            click.echo(prefix + line.rstrip("\n"))
