"""`python -m webapp.edge --bind HOST:PORT --workers N`: the edge service, as processes of its own on Granian.

Granian is a WSGI server that is written in Rust, with a process for each worker. With our application it answers ten
times as many questions as gunicorn's threads do (`python -m benchmarks.edge`).

SIGTERM ends it: what was asked is answered, for `END_SECONDS` at most. SIGHUP reads the settings again and exchanges
one worker after another; with a wrong setting, those of before hold on. Address and number of workers stay.
"""

from __future__ import annotations

import argparse
import errno
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from webapp.boot.server_settings import read_again, read_settings
from webapp.boot.starting import starting
from webapp.config import values
from webapp.config.private_files import keep_private
from webapp.config.settings import ConfigurationError, Settings
from webapp.resilience.gate import THREADS
from webapp.resilience.right_schema import require_right_schema
from webapp.runtime.gc_tuning import collect_seldom, keep_what_is_imported
from webapp.runtime.logs import configure_by
from webapp.telemetry.metrics_files import keep_figures

log = structlog.get_logger("webapp.edge")

END_SECONDS = 5
#: A new worker has this long to load before the one that it replaces is ended.
LOADING_SECONDS = 3.5
#: How often a worker looks whether its main process is there.
LOOK_SECONDS = 1.0
#: Granian's own lines take the way of ours.
_GRANIANS_LINES = {"loggers": {"_granian": {"handlers": [], "propagate": True}}, "handlers": {}}
_NUMBER_OF_WORKERS = 64
#: Of one worker. Granian's own number is for all of them together, and idle connections of proxies count.
CONNECTIONS = 4096
#: Seconds after which a connection that says nothing is closed, and the most bytes of a request's head.
SILENT_SECONDS, HEAD_BYTES = 30, 65_536


class Worker:
    """What makes the application in each worker, with the settings that were read last."""

    def __init__(self, chosen: Settings) -> None:
        self.chosen, self._main = chosen, os.getpid()

    def __call__(self) -> Callable[..., Any]:
        from webapp.edge.flask_app import edge_application  # noqa: PLC0415 - counters belong to the worker

        configure_by(self.chosen)
        application = edge_application(self.chosen)
        keep_what_is_imported()
        Thread(target=self._end_with_main, name="main process", daemon=True).start()
        return application

    def _end_with_main(self) -> None:
        """A worker whose main process was killed would go on for ever, with the settings of then, at its port."""
        while os.getppid() == self._main:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    def read_again(self) -> None:
        """Granian calls this for SIGHUP, before it starts new workers."""
        self.chosen = read_again() or self.chosen


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    collect_seldom()
    keep_private()
    with starting():
        chosen = read_settings()
        keep_figures()
        host, port = options.bind or chosen.edge_bind
        _require_free(host, port)
    require_right_schema(chosen)
    _have_room_for_connections()
    worker = Worker(chosen)
    server = Granian(
        "webapp.edge",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=options.workers,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=1000 * SILENT_SECONDS, max_buffer_size=HEAD_BYTES),
        respawn_failed_workers=True,
        respawn_interval=LOADING_SECONDS,
        workers_kill_timeout=END_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=_GRANIANS_LINES,
    )
    server.on_reload(worker.read_again)
    log.info("edge.listening", address=_written(host, port), workers=options.workers, process=os.getpid())
    server.serve(target_loader=worker, wrap_loader=False)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m webapp.edge",
        description="Answer edge proxies: /edge/ask, /edge/route, /edge/traefik.",
    )
    parser.add_argument(
        "--bind", type=_address, metavar="HOST:PORT", help="where to listen (the setting EDGE_BIND)"
    )
    parser.add_argument("--workers", type=_workers, default=1, metavar="N", help="processes that answer (1)")
    return parser.parse_args(arguments)


def _address(text: str) -> values.HostPort:
    try:
        return values.host_port(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(f"{err}.") from err


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _workers(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _NUMBER_OF_WORKERS:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 to {_NUMBER_OF_WORKERS}.")
    return int(text)


def _require_free(host: str, port: int) -> None:
    """Granian's workers share their port with whoever else does so, such as another edge service, and would not be
    refused. Raises `ConfigurationError`.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as err:
        taken = err.errno == errno.EADDRINUSE
        reason = "something listens there already" if taken else err.strerror
        raise ConfigurationError(
            f"EDGE_BIND or --bind: the edge service cannot listen on {_written(host, port)}: {reason}."
        ) from err


def _have_room_for_connections() -> None:
    """systemd and shells give a process 1,024 files at first. Workers have what their main process has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS
    if soft < wanted and soft != resource.RLIM_INFINITY:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    main(sys.argv[1:])
