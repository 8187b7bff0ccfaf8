"""Places for requests in a web process, so that some threads are always free to say that it lives.

A request that waits for something silent, such as a hung disk, holds its thread. Without places a few of them would
hold all threads, `/healthz` would answer no longer, and the load balancer would take out every node at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Condition
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Of a process's threads (`THREADS`) pages may hold so many, and what proxies ask before a visitor's request so many.
#: The rest are for `/healthz`, `/readyz`, `/metrics`, and for saying no.
THREADS = 16
PAGES, PROXIES = 10, 4
#: When no request got a place for so many seconds although all are taken, those that hold them are stuck.
STUCK_SECONDS = 1.5

_FREE = frozenset({"/healthz", "/readyz", "/metrics"})
_OF_PROXIES = frozenset({"/edge/ask", "/edge/route"})
_BUSY = b"Nameplate is too busy to answer. Try again in a moment.\n"


class Places:
    """`most` places. Whoever comes when all are taken waits for one, as long as they go from hand to hand."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._free = most
        self._clock = clock
        self._changed = Condition()
        self._last_taken_at = float("-inf")

    def take(self) -> bool:
        """False when those who hold them are stuck."""
        with self._changed:
            while not self._free:
                left = self._last_taken_at + STUCK_SECONDS - self._clock()
                if left <= 0:
                    return False
                self._changed.wait(left)
            self._free -= 1
            self._last_taken_at = self._clock()
            return True

    def give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()


class Gate:
    """A WSGI application before ours."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._pages, self._proxies = Places(PAGES), Places(PROXIES)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in _FREE:
            return self._application(environ, start_response)
        places = self._proxies if path in _OF_PROXIES else self._pages
        if not places.take():
            return _refuse(start_response)
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            places.give_back()
            raise
        return ClosingIterator(answer, places.give_back)


def _refuse(start_response: StartResponse) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_BUSY)))]
    start_response("503 Service Unavailable", [*headers, ("Retry-After", "2"), ("Cache-Control", "no-store")])
    return [_BUSY]


def init_gate(app: Flask) -> None:
    app.wsgi_app = Gate(app.wsgi_app)  # type: ignore[method-assign]
