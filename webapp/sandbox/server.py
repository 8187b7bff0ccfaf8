"""The sandbox's one process: name servers in an asyncio loop, the web server in a thread beside it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.environment import LOOPBACK
from webapp.sandbox.shared.listening import bound
from webapp.sandbox.shared.store import Store
from webapp.sandbox.world.dns_server import DnsServer
from webapp.sandbox.world.world import World


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a line for every poll would bury what matters in the output of `make run`."""


def run(
    store_path: Path, http_port: int, dns_port: int, controls: Controls, ready: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called once all ports answer.

    Raises `CannotListenError` and `StoreError`.
    """
    with contextlib.closing(Store(store_path)) as store:
        asyncio.run(_serve(Account(store, controls), http_port, dns_port, ready))


async def _serve(account: Account, http_port: int, dns_port: int, ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    with _web_server(account, http_port):
        async with DnsServer(World(account.store, account.controls), dns_port):
            ready()
            await stopping.wait()


@contextlib.contextmanager
def _web_server(account: Account, port: int) -> Iterator[BaseWSGIServer]:
    # Werkzeug would print its own advice and end the process when it finds the port taken.
    with bound(port, socket.SOCK_STREAM, "--port") as listening:
        listening.listen()
        server = make_server(
            LOOPBACK,
            port,
            create_sandbox_app(account),
            threaded=True,
            request_handler=_QuietHandler,
            fd=listening.fileno(),
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="sandbox-web")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
