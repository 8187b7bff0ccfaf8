"""A change that the cache did not take is announced again, and not only by whoever changes something next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
from flask import Flask

from tests.factories import make_domain
from webapp.edge.served_names.announcements import FIRST_PAUSE, LONGEST_PAUSE, Announcements
from webapp.extensions import cache, db
from webapp.models import Account, DomainState
from webapp.resilience.patient_cache import PatientRedisCache


class Cache:
    """Stands for a cache that is away for the first `times` questions."""

    def __init__(self, times: int) -> None:
        self.times, self.asked, self.told = times, 0, list[str]()

    def __call__(self, key: str) -> None:
        self.asked += 1
        if self.asked <= self.times:
            raise redis.TimeoutError("silent")
        self.told.append(key)


def test_change_that_was_not_taken_is_told_until_it_is() -> None:
    away, later, pauses = Cache(8), list[Callable[[], None]](), list[float]()
    announce = Announcements(away, later.append, pauses.append)
    announce("names")
    announce("names")
    announce("routes")
    assert (away.asked, len(later)) == (1, 1), "others join without a try of their own"
    later.pop()()
    assert sorted(away.told) == ["names", "routes"]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert max(pauses) == LONGEST_PAUSE
    announce("names")
    assert (away.told.count("names"), later) == (2, [])


def test_change_meanwhile_is_another_one() -> None:
    away, later = Cache(1), list[Callable[[], None]]()

    def tell(key: str) -> None:
        away(key)
        if away.told == ["names"]:
            announce("names")

    announce = Announcements(tell, later.append, lambda _seconds: None)
    announce("names")
    later.pop()()
    assert away.told == ["names", "names"]


def test_without_a_thread_the_next_change_tells_this_one_too() -> None:
    def no_thread(_job: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    away = Cache(1)
    announce = Announcements(away, no_thread)
    announce("names")
    assert away.told == []
    announce("routes")
    assert sorted(away.told) == ["names", "routes"]


class Hiccup:
    """Stands for the client of a Redis that is silent for one question."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, _key: str) -> None:
        raise redis.TimeoutError("Timeout reading from socket")

    def set(self, name: str, value: object, **_options: object) -> bool:
        self.kept[name] = value
        return True


def test_suspension_is_announced_although_the_cache_was_silent_a_moment_ago(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    client = Hiccup()
    backend = PatientRedisCache(host=client)
    monkeypatch.setitem(app.extensions["cache"], cache, backend)
    with pytest.raises(redis.TimeoutError):
        backend.get("anything")
    domain.is_verified = False
    domain.state = DomainState.LAPSED
    db.session.commit()
    assert [name for name in client.kept if name.endswith("generation")]
