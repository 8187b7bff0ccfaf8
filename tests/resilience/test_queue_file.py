"""The broker's file may be broken, deleted or replaced at any time: who sends and who takes meet in the next one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.transport.sqlalchemy import Channel
from sqlalchemy.exc import OperationalError

import webapp.database.sqlite  # noqa: F401 - WAL, as processes have it
from webapp.resilience import queue_file
from webapp.resilience.queue_file import init_queue_file, make_usable

QUEUE = "nameplate"


@pytest.fixture(autouse=True)
def _lasting() -> Iterator[None]:
    init_queue_file()
    before = dict(Channel._engines)
    yield
    for address in set(Channel._engines) - set(before):
        Channel._engines.pop(address)[0].dispose()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "broker.sqlite"


@contextmanager
def process(path: Path, spelt: str = "") -> Iterator[Any]:
    """A channel as a process has it. Another spelling of the path leads to another engine, as in another process."""
    with Connection(f"sqla+sqlite:///{path.parent}/{spelt}{path.name}") as connection:
        channel: Any = connection.channel()
        yield channel
        queue_file._forget(channel)


def deleted(path: Path) -> None:
    path.unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def nonsense(path: Path) -> None:
    path.write_bytes(b"nonsense " * 2000)


def torn(path: Path) -> None:
    """As after a crash of the disk: a good header, and pages of something else."""
    content = path.read_bytes()
    path.write_bytes(content[:200] + b"\xff" * (len(content) - 200))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def replaced(path: Path) -> None:
    for place in path.parent.glob("broker.sqlite*"):
        place.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE another (id INTEGER)")


def gone_with_its_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


FAULTS = [deleted, emptied, nonsense, torn, cut, replaced, gone_with_its_folder]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("first", ["who sends", "who takes", "who starts"])
def test_who_was_there_and_who_starts_later_meet_in_one_file(
    path: Path, fault: Callable[[Path], None], first: str
) -> None:
    path.parent.mkdir()
    with process(path) as web, process(path, "./") as worker:
        web._put(QUEUE, {"n": 1})
        assert worker._get(QUEUE) == {"n": 1}
        fault(path)
        if first == "who takes":
            with pytest.raises(Empty):
                worker._get(QUEUE)
        elif first == "who sends":
            web._put(QUEUE, {"n": 2})
        with process(path, "././") as later:
            later._put(QUEUE, {"n": 3})
            assert {"n": 3} in taken(worker)
            web._put(QUEUE, {"n": 4})
            assert taken(later) == [{"n": 4}]
            worker._put(QUEUE, {"n": 5})
            assert later._size(QUEUE) == 1


def taken(channel: Any) -> list[Any]:
    found = []
    with suppress(Empty):
        while True:
            found.append(channel._get(QUEUE))
    return found


@pytest.mark.parametrize("fault", [nonsense, torn, cut])
def test_file_that_was_broken_at_the_start_is_put_aside(path: Path, fault: Callable[[Path], None]) -> None:
    path.parent.mkdir()
    with process(path) as before:
        before._put(QUEUE, {"n": 1})
    fault(path)
    broken = path.read_bytes()
    with process(path, "./") as after:
        after._put(QUEUE, {"n": 2})
        assert after._get(QUEUE) == {"n": 2}
    assert path.with_name("broker.sqlite.broken").read_bytes() == broken
    assert path.with_name("broker.sqlite.broken").stat().st_mode & 0o077 == path.stat().st_mode & 0o077


def test_journal_of_a_broken_file_is_not_played_into_the_next(path: Path) -> None:
    path.parent.mkdir()
    nonsense(path)
    journals = [path.with_name(path.name + ending) for ending in ("-journal", "-wal", "-shm")]
    for journal in journals:
        journal.touch()
    make_usable(path)
    assert not [journal for journal in journals if journal.exists()]
    for journal in journals:
        journal.touch()
    queue_file._make(path)
    assert not [journal for journal in journals if journal.exists()]


def test_file_that_is_well_or_locked_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    monkeypatch.setattr(queue_file, "_PATIENCE", 0)
    with process(path) as web:
        web._put(QUEUE, {"n": 1})
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            make_usable(path)
        make_usable(path)
        assert web._get(QUEUE) == {"n": 1}
    assert not path.with_name("broker.sqlite.broken").exists()


class ForgottenMeanwhile(dict[str, Any]):
    """kombu's engines, when another thread of the process forgets one between the look for it and its use."""

    def __contains__(self, address: object) -> bool:
        found = super().__contains__(address)
        self.clear()
        return found


def test_engine_that_another_thread_forgets_is_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without this a fault of the file would end a worker: nobody takes KeyError for one that passes."""
    path.parent.mkdir()
    with process(path) as web:
        web._put(QUEUE, {"n": 1})
    monkeypatch.setattr(Channel, "_engines", ForgottenMeanwhile())
    with process(path) as before, process(path) as after:
        before._put(QUEUE, {"n": 2})
        assert Channel._engines
        after._put(QUEUE, {"n": 3})
        assert after._size(QUEUE) == 3


def test_file_that_may_not_be_made_is_a_fault_to_try_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.mkdir(parents=True)
    with process(path) as web:
        with pytest.raises(OperationalError):
            web._put(QUEUE, {"n": 1})
        with pytest.raises(web.connection.client.connection_errors):
            web._put(QUEUE, {"n": 1})
        path.rmdir()
        web._put(QUEUE, {"n": 2})
        assert web._get(QUEUE) == {"n": 2}
