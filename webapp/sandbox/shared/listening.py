"""Sockets on 127.0.0.1, or a sentence why there is none, and servers in threads."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread

from webapp.sandbox.shared.environment import LOOPBACK


class CannotListenError(Exception):
    """A port cannot be had. The message is a sentence for the person at the terminal."""


def bound(port: int, kind: socket.SocketKind, option: str) -> socket.socket:
    """A socket bound to the port. Raises `CannotListenError`, which names the option that chooses another port."""
    found = socket.socket(socket.AF_INET, kind)
    try:
        if kind == socket.SOCK_STREAM:
            # Without this the closed connections of the last run would block the port.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((LOOPBACK, port))
    except OSError as err:
        found.close()
        raise CannotListenError(
            f"The sandbox cannot listen on port {port}: {_reason(err)}. Choose another with {option}."
        ) from err
    return found


@contextmanager
def serving(server: BaseServer, name: str) -> Iterator[None]:
    """Serve in a thread of this name until the end of the block, and close the server then."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name=name)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _reason(err: OSError) -> str:
    return {
        errno.EADDRINUSE: "another program uses it",
        errno.EACCES: "only root may use it",
    }.get(err.errno or 0, os.strerror(err.errno) if err.errno else str(err))
