"""Work that must not show in how long a request takes: it is done by another thread, whatever becomes of it.

Who asks for a new password for an address learns from the time of the answer whether somebody has it, as soon as
the request itself finds the person or talks to the mail server. Nothing is kept: a process that is killed forgets
what it had not begun, and people ask once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import structlog
from flask import Flask, current_app, g, request
from structlog.contextvars import bound_contextvars, get_contextvars

from webapp.runtime.requests.trusted_proxies import client_network

log = structlog.get_logger(__name__)

THREADS = 2
#: Jobs that wait, at most. A mail server that is silent must not fill the memory.
MOST = 200
#: Those that one network has there. While the mail server is slow, a single visitor could otherwise fill all places,
#: and everybody else would read that an e-mail was sent and get none.
MOST_OF_A_NETWORK = 20


class Afterwards:
    """Jobs in the background of one process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="afterwards")
        self._held: Counter[str] = Counter()
        self._lock = Lock()

    def __call__(self, job: Callable[[str], None], argument: str, base_url: str) -> None:
        """Called in the request that leaves the job. The log tells of a job for which there was no place."""
        network = client_network()
        refused = self._refused(network)
        if refused is not None:
            log.error("afterwards.dropped", job=job.__name__, by=refused, network=network)
            return
        self._threads.submit(self._run, network, job, argument, base_url, get_contextvars())

    def _refused(self, network: str) -> str | None:
        """None when a place was free, which is the network's now; else which bound is reached."""
        with self._lock:
            if self._held[network] >= MOST_OF_A_NETWORK:
                return "network"
            if self._held.total() >= MOST:
                return "all"
            self._held[network] += 1
            return None

    def _run(
        self,
        network: str,
        job: Callable[[str], None],
        argument: str,
        base_url: str,
        bound: Mapping[str, object],
    ) -> None:
        """In the log, the job's lines have the request's id."""
        try:
            with bound_contextvars(**bound):
                run(self._app, job, argument, base_url)
        finally:
            with self._lock:
                self._held[network] -= 1
                self._held += Counter()  # forgets networks that hold nothing


def run(app: Flask, job: Callable[[str], None], argument: str, base_url: str) -> None:
    """The job as in a request to `base_url`, so that links in mails lead where those of the page would. It commits
    itself; what it raises is logged.
    """
    with app.app_context(), app.test_request_context(base_url=base_url):
        g.afterwards = True
        try:
            job(argument)
        except Exception:
            log.exception("afterwards.fault", job=job.__name__)


def is_afterwards() -> bool:
    """Whether this is such a job: what a request leaves to its end has no end here."""
    return bool(g.get("afterwards"))


def afterwards(job: Callable[[str], None], argument: str) -> None:
    """Do `job(argument)` outside of this request. Its links lead where those of the page do, see `public_url`."""
    own = current_app.create_url_adapter(request)
    assert own is not None  # noqa: S101 - there is a request
    current_app.extensions["afterwards"](job, argument, f"{own.url_scheme}://{own.server_name}/")


def init_afterwards(app: Flask) -> None:
    app.extensions["afterwards"] = Afterwards(app)
