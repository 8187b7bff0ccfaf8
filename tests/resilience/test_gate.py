"""Requests that are stuck must not keep a web process from saying that it lives."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier, Event
from types import SimpleNamespace
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from flask import Flask
from werkzeug.test import Client
from werkzeug.wrappers import Response

from webapp.api import codes
from webapp.database.patience import EDGE_SECONDS, Patience, current
from webapp.edge.served_names import queries
from webapp.resilience import gate
from webapp.resilience.gate import PAGES, THREADS, Gate, Places
from webapp.web.streaming import download

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
    monkeypatch.setattr(gate, "WAIT_SECONDS", 0.0)
    for path in ("/healthz", "/readyz", "/metrics", "/edge/ask", "/edge/route", "/api/v1/domains"):
        assert client.get(path).status_code == 200, path
    refused = client.get("/domains")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert "Try again" in refused.text
    stuck.released.set()
    assert [one.result(WAIT).status_code for one in hanging] == [200] * PAGES
    assert client.get("/domains").status_code == 200


def test_program_that_is_refused_reads_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Places, "take", lambda _self: False)
    answer = Client(Gate(Stuck()), Response).get("/api/v1/domains")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "2"
    told = json.loads(answer.text)
    assert (told["code"], told["instance"]) == ("busy", "/api/v1/domains")
    assert codes.KINDS[told["code"]].title == told["title"]


def test_who_comes_when_all_places_go_from_hand_to_hand_waits_for_one(pool: ThreadPoolExecutor) -> None:
    places = Places(1, waiting=1)
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


@pytest.mark.parametrize("path", ["/edge/ask", "/static/theme.css", "/domains"])
def test_burst_of_requests_is_answered_and_not_refused(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Proxies hold 32 connections to a node. After one 503 they leave it out, and send the burst to the other one."""
    monkeypatch.setattr(gate, "WAIT_SECONDS", WAIT)
    together, released = Barrier(32), Event()

    def hangs(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert released.wait(WAIT)
        start_response("200 OK", [])
        return [b"answered"]

    client = Client(Gate(hangs), Response)

    def ask() -> int:
        together.wait(WAIT)
        return client.get(path, buffered=True).status_code

    asked = [pool.submit(ask) for _ in range(32)]
    wait(asked, 0.2, FIRST_COMPLETED)  # whoever is refused is so at once
    released.set()
    assert Counter(one.result(WAIT) for one in asked) == {200: 32}


def test_edge_has_what_is_left_of_its_time_after_a_wait(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 100.0 + gate.WAIT_SECONDS])
    monkeypatch.setattr(gate, "time", SimpleNamespace(monotonic=times.__next__))
    seen = list[Patience]()

    def look(_connection: object, _name: str) -> None:
        seen.append(current())

    monkeypatch.setattr(queries, "look_up", look)
    assert app.test_client().get("/edge/ask?domain=chat.example.com").status_code == 404
    assert seen == [Patience(round(EDGE_SECONDS - gate.WAIT_SECONDS, 1), hurried=True)]
    assert seen[0].statement


KINDS = ("/domains", "/edge/ask", "/edge/route", "/static/theme.css", "/readyz", "/metrics")


def test_healthz_has_a_thread_while_all_else_hangs_and_others_wait_for_places(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are asked for in the same threads, as those of gunicorn's worker: who waits for a place holds one, too."""
    monkeypatch.setattr(gate, "WAIT_SECONDS", WAIT)
    released = Event()

    def hangs(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/healthz":
            assert released.wait(WAIT)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"answered"]

    client = Client(Gate(hangs), Response)
    asked = [pool.submit(client.get, path, buffered=True) for path in KINDS * THREADS]
    try:
        assert pool.submit(client.get, "/healthz", buffered=True).result(WAIT * 2 / 3).status_code == 200
    finally:
        released.set()
    statuses = Counter(one.result(WAIT).status_code for one in asked)
    assert set(statuses) == {200, 503}
    assert client.get("/domains").status_code == 200


def test_nobody_waits_longer_than_promised_although_places_go_from_hand_to_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "WAIT_SECONDS", 0.05)
    places = Places(1, waiting=2)
    assert places.take()
    assert not places.take()
    places.give_back()
    assert places.take()


def test_file_stays_in_the_wrapper_of_the_server_and_gives_its_place_back_once(tmp_path: Path) -> None:
    """gunicorn has the system send a file only when it is given its own wrapper."""
    path = tmp_path / "theme.css"
    path.write_text("body {}")

    def sends(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        found: Iterable[bytes] = environ["wsgi.file_wrapper"](path.open("rb"))
        return found

    sending: Any = Gate(sends)
    for _ in range(2 * gate.FILES):
        answer: Any = sending(
            {"PATH_INFO": "/static/theme.css", "wsgi.file_wrapper": FileWrapper}, lambda *_: None
        )
        assert isinstance(answer, FileWrapper)
        assert b"".join(answer) == b"body {}"
        answer.close()
        answer.close()
        assert answer.filelike.closed
    assert sending._files._at_work._value == gate.FILES


def test_long_answers_have_few_places_of_their_own_and_leave_those_of_pages(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "WAIT_SECONDS", 0.0)

    @app.get("/long")
    def long() -> Response:
        return download(iter(["a", "b"]), "text/plain", "ab.txt")

    client = Client(app, Response)  # Flask's would read the answers at once
    opened = [client.get("/long") for _ in range(gate.LONG)]
    refused = client.get("/long", buffered=True)
    assert (refused.status_code, "Try again in a minute" in refused.text) == (503, True)
    assert [client.get("/login", buffered=True).status_code for _ in range(gate.PAGES + 1)] == [200] * (
        gate.PAGES + 1
    )
    for one in reversed(opened):  # as Flask's contexts lie upon each other in one thread
        assert one.data == b"ab"
        one.close()
    assert client.get("/long", buffered=True).data == b"ab"
