"""The server of the gallery, on its own."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Flask, Response

from tests.browser.gallery import serving

ALL = b"all there is"
PATIENCE_SECONDS = 60


class Body:
    """As a file: its browser goes once it has been handed out, and before its end is."""

    def __init__(self) -> None:
        self.handed_out, self.left, self.closed = threading.Event(), threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield ALL
        self.handed_out.set()
        assert self.left.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        self.closed.set()


def test_what_a_browser_does_not_wait_for_is_closed() -> None:
    app, body = Flask("serving"), Body()
    # With its length, as a file has it: else the server would write its end, and see then that nobody is there.
    length = {"Content-Length": str(len(ALL))}
    app.add_url_rule("/", "root", lambda: Response(body, headers=length, direct_passthrough=True))
    with serving(app) as url:
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port), timeout=PATIENCE_SECONDS) as browser:
            browser.sendall(b"GET / HTTP/1.1\r\nHost: nameplate\r\n\r\n")
            assert body.handed_out.wait(PATIENCE_SECONDS)
            # Closed with a reset, as by a browser whose window is shut.
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        body.left.set()
        assert body.closed.wait(PATIENCE_SECONDS)
