"""Places for requests in a web process, so that some threads are always free to say that it lives.

A request that waits for something silent, such as a hung disk, holds its thread, and so does one that waits for
another's place. Without a bound on both a few of them would hold all threads, `/healthz` would answer no longer, and
the load balancer would take out every node at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from threading import Semaphore
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: How many requests of a kind may be at work in a process, and how many more may wait for that. Many may: with few, a
#: moment's handful of visitors would be refused, and a proxy that gets 503 leaves the node out for seconds.
#: `PROGRAMS`: the API. `LONG`: answers that last as long as their reader likes, and the list of all routes. `FILES`:
#: what a page loads.
PAGES, WAITING_PAGES = 10, 30
PROGRAMS, WAITING_PROGRAMS = 6, 30
PROXIES, WAITING_PROXIES = 4, 40
FILES, WAITING_FILES = 4, 30
MONITORING, WAITING_MONITORING = 3, 3
LONG, WAITING_LONG = 3, 3
#: Of a process. More than all of the above: the rest are for `/healthz`, and for saying no. (Who waits for a place of
#: `LONG` has another one meanwhile.)
THREADS = 180
#: Nobody waits longer for a place. A proxy has its answer within two seconds all the same (`waited`).
WAIT_SECONDS = 1.0

_PLACE, _WAITED = "nameplate.place", "nameplate.waited"
_OF_PROXIES = ("/edge/ask", "/edge/route", "/edge/nobody", "/.well-known/nameplate/")
_OF_PROGRAMS = "/api/"
_OF_MONITORING = frozenset({"/readyz", "/metrics"})
_BUSY = "Nameplate is too busy to answer. Try again in a moment."


class Places:
    """Room for `most` requests at work, and for `waiting` more that wait for one of them to end."""

    def __init__(self, most: int, waiting: int) -> None:
        self._inside, self._at_work = Semaphore(most + waiting), Semaphore(most)

    def take(self) -> bool:
        """False when too many wait already, or when none ended in time."""
        if not self._inside.acquire(blocking=False):
            return False
        if self._at_work.acquire(timeout=WAIT_SECONDS):
            return True
        self._inside.release()
        return False

    def give_back(self) -> None:
        self._at_work.release()
        self._inside.release()


class _Place(ExitStack):
    """The place of one request; `close` gives it back once, however often it is called."""

    def __init__(self, places: Places, long: Places) -> None:
        super().__init__()
        self._long = long
        self.callback(places.give_back)

    def exchange(self) -> bool:
        """For one of the few of long answers. False when they are taken."""
        if not self._long.take():
            return False
        self.close()
        self.callback(self._long.give_back)
        return True


class Gate:
    """A WSGI application before ours."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._pages, self._proxies = Places(PAGES, WAITING_PAGES), Places(PROXIES, WAITING_PROXIES)
        self._files, self._monitoring = Places(FILES, WAITING_FILES), Places(MONITORING, WAITING_MONITORING)
        self._long, self._programs = Places(LONG, WAITING_LONG), Places(PROGRAMS, WAITING_PROGRAMS)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/healthz":
            return self._application(environ, start_response)
        places, came = self._places_for(path), time.monotonic()
        if not places.take():
            return _refuse(start_response, path)
        environ[_WAITED] = time.monotonic() - came
        place = environ[_PLACE] = _Place(places, self._long)
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            place.close()
            raise
        return _closing(answer, place.close, environ.get("wsgi.file_wrapper"))

    def _places_for(self, path: str) -> Places:
        if path.startswith(_OF_PROXIES):
            return self._proxies
        if path in _OF_MONITORING:
            return self._monitoring
        if path.startswith(_OF_PROGRAMS):
            return self._programs
        return self._files if path.startswith("/static/") else self._pages


def _closing(answer: Iterable[bytes], close: Callable[[], None], wrapper: Any) -> Iterable[bytes]:
    """The answer, at whose end `close` is called. A file in the server's own wrapper stays in it, because only then
    has the server the system send it.
    """
    if not (isinstance(wrapper, type) and isinstance(answer, wrapper)):
        return ClosingIterator(answer, close)
    file: Any = answer
    ends = ExitStack()
    ends.callback(close)
    if hasattr(file, "close"):
        ends.callback(file.close)
    file.close = ends.close
    return answer


def take_long_place() -> bool:
    """For the rest of this request, whose answer may take as long as its reader likes. False when too many do."""
    place: _Place | None = request.environ.get(_PLACE)
    return place is None or place.exchange()


def waited() -> float:
    """The seconds that this request waited for its place."""
    seconds: float = request.environ.get(_WAITED, 0.0)
    return seconds


def _refuse(start_response: StartResponse, path: str) -> Iterable[bytes]:
    type_, text = "text/plain; charset=utf-8", f"{_BUSY}\n"
    if path.startswith(_OF_PROGRAMS):
        type_, text = "application/problem+json", _problem(path)
    body = text.encode()
    headers = [("Content-Type", type_), ("Content-Length", str(len(body)))]
    start_response("503 Service Unavailable", [*headers, ("Retry-After", "2"), ("Cache-Control", "no-store")])
    return [body]


def _problem(path: str) -> str:
    """As `webapp.api.problems` tells one (RFC 9457), without the application."""
    told = {
        "type": "/help/problems/busy",
        "title": "We are busy for a moment",
        "status": 503,
        "detail": _BUSY,
        "instance": path,
        "code": "busy",
        "request_id": None,
        "errors": [],
    }
    return json.dumps(told)


def init_gate(app: Flask) -> None:
    app.wsgi_app = Gate(app.wsgi_app)  # type: ignore[method-assign]
