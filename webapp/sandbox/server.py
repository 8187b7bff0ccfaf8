"""The sandbox's one process: name servers in an asyncio loop, web server and TLS edge in threads beside it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.assistant.app import create_assistant
from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.environment import LOOPBACK
from webapp.sandbox.shared.listening import bound, serving
from webapp.sandbox.shared.store import Store
from webapp.sandbox.tls_edge.authority import CERTIFICATE_FILE
from webapp.sandbox.tls_edge.questions import Nameplate
from webapp.sandbox.tls_edge.server import tls_edge
from webapp.sandbox.visits.visit import Edge
from webapp.sandbox.world.dns_server import DnsServer
from webapp.sandbox.world.world import World


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a line for every poll would bury what matters in the output of `make run`."""


@dataclass(frozen=True)
class Places:
    """The ports of 127.0.0.1 that the sandbox listens on. `dns` is the first of a row."""

    http: int
    dns: int
    edge: int


def run(
    store_path: Path, places: Places, nameplate: Nameplate, controls: Controls, ready: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called once all ports answer. The edge asks `nameplate`.

    Raises `CannotListenError` and `StoreError`.
    """
    with contextlib.closing(Store(store_path)) as store:
        asyncio.run(_serve(Account(store, controls), places, nameplate, ready))


async def _serve(account: Account, places: Places, nameplate: Nameplate, ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    directory = account.store.path.parent.absolute()
    edge = Edge(places.edge, directory / CERTIFICATE_FILE)
    with (
        tls_edge(places.edge, directory, nameplate, create_assistant()),
        _web_server(account, places.http, edge),
    ):
        async with DnsServer(World(account.store, account.controls), places.dns):
            ready()
            await stopping.wait()


@contextlib.contextmanager
def _web_server(account: Account, port: int, edge: Edge) -> Iterator[BaseWSGIServer]:
    # Werkzeug would print its own advice and end the process when it finds the port taken.
    with bound(port, socket.SOCK_STREAM, "--port") as listening:
        listening.listen()
        server = make_server(
            LOOPBACK,
            port,
            create_sandbox_app(account, edge),
            threaded=True,
            request_handler=_QuietHandler,
            fd=listening.fileno(),
        )
    with serving(server, "sandbox-web"):
        yield server
