"""What a request leaves to its end has few places, of which no network takes all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from webapp.runtime.requests import afterwards as module
from webapp.runtime.requests.afterwards import MOST, MOST_OF_A_NETWORK, Afterwards, afterwards


class Waiting:
    """Threads that have not come to anything yet."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        self.jobs.append((work, arguments))

    def do(self) -> None:
        for work, arguments in self.jobs:
            work(*arguments)
        self.jobs.clear()


@pytest.fixture
def waiting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """The real thing, whose threads wait."""
    found = Waiting()
    monkeypatch.setattr(module, "ThreadPoolExecutor", lambda *_args, **_options: found)
    app.extensions["afterwards"] = Afterwards(app)
    return found


def mail(_email: str) -> None:
    pass


def leave(app: Flask, network: str, times: int = 1) -> None:
    for _ in range(times):
        with app.test_request_context("/reset", environ_overrides={"REMOTE_ADDR": network}):
            afterwards(mail, "somebody@acme.test")


def dropped(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert all("acme.test" not in str(line) for line in found)
    return [
        (line["by"], line["network"])
        for line in found
        if (line["event"], line["level"], line.get("job")) == ("afterwards.dropped", "error", "mail")
    ]


def test_one_network_leaves_places_to_others(
    app: Flask, waiting: Waiting, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(app, "203.0.113.9", MOST_OF_A_NETWORK)
    leave(app, "2001:db8::1", MOST_OF_A_NETWORK)
    assert dropped(capsys) == []
    leave(app, "203.0.113.9", 2)
    leave(app, "2001:db8::2:1")
    assert dropped(capsys) == [*[("network", "203.0.113.9")] * 2, ("network", "2001:db8::")]
    leave(app, "203.0.113.10")
    assert dropped(capsys) == []
    assert len(waiting.jobs) == 2 * MOST_OF_A_NETWORK + 1
    waiting.do()
    leave(app, "203.0.113.9", MOST_OF_A_NETWORK)
    assert dropped(capsys) == [], "a place is free when its job is done"


def test_all_networks_together_have_so_many_places(
    app: Flask, waiting: Waiting, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(MOST):
        leave(app, f"198.51.100.{number}")
    leave(app, "203.0.113.9")
    assert dropped(capsys) == [("all", "203.0.113.9")]
    assert len(waiting.jobs) == MOST


def test_job_that_fails_gives_its_place_back(app: Flask, waiting: Waiting) -> None:
    def broken(_email: str) -> None:
        raise OSError

    for _ in range(MOST_OF_A_NETWORK):
        with app.test_request_context("/reset"):
            afterwards(broken, "somebody@acme.test")
    waiting.do()
    leave(app, "127.0.0.1", MOST_OF_A_NETWORK)
    assert len(waiting.jobs) == MOST_OF_A_NETWORK
