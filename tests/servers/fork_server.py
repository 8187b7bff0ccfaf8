"""Python processes that start in a fraction of the time, because the packages they use are imported already.

Importing them takes seconds of processor time, and the tests start hundreds of processes. Here one process imports
them once, and forks whenever a test wants a program. A program then is as `python -m` starts it: with an environment,
a folder, a umask and arguments of its own, and nothing of ours imported before.

    python -m tests.servers.fork_server    with one end of a socket as its standard input

Tests of the start itself, of what an installation has and of what is imported start their programs without it.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: What takes long. A package that is missing here is imported by each program. Not prometheus_client, which reads the
#: environment when it is imported.
PACKAGES = [
    "argon2",
    "boto3",
    "botocore.config",
    "botocore.httpsession",
    "botocore.retries.standard",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "confusable_homoglyphs.confusables",
    "dns.asyncquery",
    "dns.dnssec",
    "dns.resolver",
    "dns.zone",
    "email_validator",
    "flask",
    "flask_bootstrap",
    "flask_caching",
    "flask_limiter",
    "flask_login",
    "flask_mailman",
    "flask_migrate",
    "flask_security",
    "flask_sqlalchemy",
    "flask_wtf",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "kombu.transport.redis",
    "kombu.transport.sqlalchemy",
    "limits.storage",
    "passlib.handlers.argon2",
    "publicsuffixlist",
    "psycopg.types",
    "pydantic_settings",
    "qrcode.main",
    "redis",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.orm",
    "structlog",
    "uvloop",
    "webauthn",
    "wtforms",
]
_PR_SET_CHILD_SUBREAPER = 36
#: Where `Popen` hands these to the method that starts its process, after the command.
_FOLDER, _ENVIRONMENT, _PIPES = 4, 5, slice(9, 15)


class ForkedPopen(subprocess.Popen[Any]):
    """`command` is what follows `python -m`. The process is a child of this one, as any other `Popen` is."""

    def _execute_child(self, command: Sequence[str], *given: Any) -> None:
        """Where `Popen` forks and executes."""
        environment: Mapping[str, str] = os.environ if given[_ENVIRONMENT] is None else given[_ENVIRONMENT]
        task: dict[str, object] = {
            "command": [*command],
            "folder": str(given[_FOLDER] or Path.cwd()),
            "environment": {**environment},
            "umask": _umask(),
        }
        read_in, _, _, write_out, _, write_error = pipes = given[_PIPES]
        streams = [read_in, write_out, write_error]
        inherited = [own if own != -1 else number for number, own in enumerate(streams)]
        try:
            self.pid = _fork_server().start(task, inherited)
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """`subprocess.run`, which takes no other `Popen`, for what is captured."""
    timeout = options.pop("timeout")
    pipe = subprocess.PIPE
    with ForkedPopen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, **options
    ) as process:
        try:
            out, error = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess([*command], process.returncode, out, error)


class _ForkServer:
    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore::UserWarning:celery.platforms", "-m", __spec__.name],
                stdin=theirs.fileno(),
                cwd=ROOT,
                env={"PATH": os.environ["PATH"]},
            )

    def start(self, task: dict[str, object], streams: list[int]) -> int:
        """The process's id. It falls to us because its parent, a child of the server, ends while we take orphans.

        We take none afterwards: tests leave some of their own, which nobody here would ever wait for.
        """
        with self._lock:
            _take_orphans(True)
            try:
                socket.send_fds(self._ours, [json.dumps(task).encode()], streams)
                answer = self._ours.recv(64)
            finally:
                _take_orphans(False)
        assert answer, "the fork server ended"
        return int(answer)

    def stop(self) -> None:
        self._ours.close()
        self._process.wait()


@functools.cache
def _fork_server() -> _ForkServer:
    server = _ForkServer()
    atexit.register(server.stop)
    return server


def _umask() -> int:
    """It can only be read by setting it."""
    os.umask(found := os.umask(0o077))
    return found


def _take_orphans(wanted: bool) -> None:
    """Whether a descendant whose parent ends becomes a child of this process, see prctl(2)."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _serve(door: socket.socket) -> dict[str, Any] | None:
    """Returns in each program with its task, and in the server when nobody can ask for one any more."""
    while True:
        message, streams, *_ = socket.recv_fds(door, 1 << 20, 3)
        if not message:
            return None
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            between = os.getpid()
            if pid := os.fork():
                os.write(writing, str(pid).encode())
                os._exit(0)
            while os.getppid() == between:
                time.sleep(0.001)
            door.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            for descriptor in {*streams, reading, writing} - {0, 1, 2}:
                os.close(descriptor)
            task: dict[str, Any] = json.loads(message)
            return task
        os.waitpid(between, 0)
        door.send(os.read(reading, 64))
        for descriptor in (*streams, reading, writing):
            os.close(descriptor)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Of a terminal's Ctrl-C the tests make something.
    for package in PACKAGES:
        importlib.import_module(package)
    gc.collect()
    gc.freeze()
    door = socket.socket(fileno=os.dup(0))
    if task := _serve(door):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(task["environment"])
        time.tzset()
        os.chdir(task["folder"])
        os.umask(task["umask"])
        sys.path[0] = task["folder"]
        module, *arguments = task["command"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
