"""Several addresses of a database, of which some are silent: whoever hurries connects to one that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import psycopg
import pytest

from webapp.database import attempts


class Connection:
    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = Event()

    def close(self) -> None:
        self.closed.set()


class Servers:
    """What each of several addresses does, in their order."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.over = Event()
        self.made: dict[str, Connection] = {}

    def answers(self, name: str) -> Callable[[], Any]:
        return lambda: self._connection(name)

    def refuses(self, name: str, error: Exception | None = None) -> Callable[[], Any]:
        def attempt() -> Any:
            self.tried.append(name)
            raise error or psycopg.OperationalError(f"{name} refused")

        return attempt

    def is_late(self, name: str, error: Exception | None = None) -> Callable[[], Any]:
        """Silent until the test is over."""

        def attempt() -> Any:
            assert self.over.wait(60)
            if error:
                raise error
            return self._connection(name)

        return attempt

    def _connection(self, name: str) -> Connection:
        self.tried.append(name)
        self.made[name] = Connection(name)
        return self.made[name]


@contextmanager
def served() -> Iterator[Servers]:
    servers = Servers()
    try:
        yield servers
    finally:
        servers.over.set()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes in which an address says nothing, however late a busy machine starts a thread."""
    monkeypatch.setattr(attempts, "APART", 60.0)


@pytest.mark.usefixtures("unhurried")
def test_first_that_answers_is_taken_and_no_other_is_tried() -> None:
    with served() as them:
        assert attempts.first([them.answers("a"), them.answers("b")]).name == "a"
        assert them.tried == ["a"]


@pytest.mark.parametrize("silent", [1, 2])
def test_silent_addresses_before_it_are_not_waited_for(silent: int) -> None:
    """And the connection that one of them makes in the end is closed."""
    with served() as them:
        late = [them.is_late(f"late {number}") for number in range(silent)]
        assert attempts.first([*late, them.answers("b")]).name == "b"
        assert them.tried == ["b"]
    for number in range(silent):
        while f"late {number}" not in them.made:
            them.over.wait(0.01)
        assert them.made[f"late {number}"].closed.wait(60)
    assert not them.made["b"].closed.is_set()


@pytest.mark.usefixtures("unhurried")
def test_server_that_refuses_is_followed_at_once() -> None:
    with served() as them:
        assert attempts.first([them.refuses("standby"), them.answers("b")]).name == "b"
        assert them.tried == ["standby", "b"]


def test_where_none_answers_the_silent_one_decides() -> None:
    """A standby that refuses to be written to is no sign of life of the server that is wanted."""
    timed_out = psycopg.errors.ConnectionTimeout("connection timeout expired")
    with served() as them:
        them.over.set()
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            attempts.first([them.is_late("a", timed_out), them.refuses("standby")])
        with pytest.raises(psycopg.OperationalError, match="b refused"):
            attempts.first([them.refuses("a"), them.refuses("b")])


def test_thread_that_cannot_start_is_a_failed_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(*_args: object, **_options: object) -> Any:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(attempts, "Thread", no_thread)
    with pytest.raises(RuntimeError, match="new thread"):
        attempts.first([Servers().answers("a"), Servers().answers("b")])


class Kind:
    """Instead of a class of connections: notes with what it was asked to connect."""

    asked: list[dict[str, Any]]

    @classmethod
    def connect(cls, **params: Any) -> Any:
        cls.asked.append(params)
        if params["hostaddr"] != "192.0.2.2":
            raise psycopg.OperationalError("refused")
        return Connection(params["hostaddr"])


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("host", ["192.0.2.1,192.0.2.2", "192.0.2.2"])
def test_each_attempt_is_told_one_address_and_all_else(host: str) -> None:
    Kind.asked = []
    named = {"host": host, "dbname": "nameplate", "target_session_attrs": "read-write", "autocommit": True}
    made: Any = attempts.connect(Kind, [], named)  # type: ignore[type-var]
    assert made.name == "192.0.2.2"
    assert [one["hostaddr"] for one in Kind.asked] == host.split(",")
    for one in Kind.asked:
        assert (one["dbname"], one["target_session_attrs"], one["autocommit"]) == (
            "nameplate",
            "read-write",
            True,
        )
