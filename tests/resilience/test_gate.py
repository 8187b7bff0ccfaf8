"""Requests that are stuck must not keep a web process from saying that it lives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from webapp.resilience import gate
from webapp.resilience.gate import PAGES, PROXIES, THREADS, Gate, Places

WAIT = 60.0


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as found:
        yield found


class Stuck:
    """An application whose pages hang until the test lets them go."""

    def __init__(self) -> None:
        self.released = Event()
        self.inside = Barrier(PAGES + 1)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/hang":
            self.inside.wait(WAIT)
            assert self.released.wait(WAIT)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"answered"]


def test_process_says_that_it_lives_and_refuses_while_its_pages_are_stuck(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = Stuck()
    client = Client(Gate(stuck), Response)
    hanging = [pool.submit(client.get, "/hang", buffered=True) for _ in range(PAGES)]
    stuck.inside.wait(WAIT)
    monkeypatch.setattr(gate, "STUCK_SECONDS", 0.0)
    for path in ("/healthz", "/readyz", "/metrics", "/edge/ask", "/edge/route"):
        assert client.get(path).status_code == 200, path
    refused = client.get("/domains")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert "Try again" in refused.text
    stuck.released.set()
    assert [one.result(WAIT).status_code for one in hanging] == [200] * PAGES
    assert client.get("/domains").status_code == 200


def test_who_comes_when_all_places_go_from_hand_to_hand_waits_for_one(pool: ThreadPoolExecutor) -> None:
    places = Places(1, clock=lambda: 0.0)
    assert places.take()
    waiting = pool.submit(places.take)
    places.give_back()
    assert waiting.result(WAIT)


def test_place_comes_back_after_a_fault_and_after_an_answer_in_pieces() -> None:
    def breaks(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("broken")
        start_response("200 OK", [])
        return (piece for piece in (b"a", b"b"))

    client = Client(Gate(breaks), Response)
    for _ in range(PAGES + 1):
        with pytest.raises(RuntimeError):
            client.get("/broken")
        assert client.get("/pieces", buffered=True).data == b"ab"


def test_some_threads_are_left() -> None:
    assert PAGES + PROXIES < THREADS
