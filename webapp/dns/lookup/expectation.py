"""The expected delegation, and the past of a name as far as a judgement needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webapp.dns.name_arithmetic import canonical


@dataclass(frozen=True)
class Run:
    """The same result in one check after the other. `like` is what counts as the same, as JSON values.

    `since` and `latest` are the times of the first and of the last check that counted, `count` is how many did.
    """

    like: Mapping[str, Any]
    since: datetime
    latest: datetime
    count: int = 1

    def to_data(self) -> dict[str, Any]:
        since, latest = self.since.isoformat(), self.latest.isoformat()
        return {"like": dict(self.like), "since": since, "latest": latest, "count": self.count}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Run:
        since, latest = (datetime.fromisoformat(data[name]) for name in ("since", "latest"))
        return cls(data["like"], since, latest, data["count"])


@dataclass(frozen=True)
class History:
    """What earlier checks of a name have left for the next, see `webapp.dns.rules.persistence`.

    `unheard`: the same servers of the parent could not be asked. `alone`: one server of the parent and our resolvers
    said that all is right, while the others could not be asked. `listed`: some of our name servers were there.
    """

    unheard: Run | None = None
    alone: Run | None = None
    listed: bool = False

    def to_data(self) -> dict[str, Any] | None:
        """None when there is nothing to keep, which is so for almost every name."""
        runs = {"unheard": self.unheard, "alone": self.alone}
        data: dict[str, Any] = {name: run.to_data() for name, run in runs.items() if run}
        return data | ({"listed": True} if self.listed else {}) or None

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> History:
        data = data or {}
        runs = {name: Run.from_data(data[name]) for name in ("unheard", "alone") if name in data}
        return cls(**runs, listed=data.get("listed", False))


@dataclass(frozen=True)
class Expectation:
    """The delegation set of our zone for `host`, and what we know of its past.

    Capitals and final dots are folded away. Raises ValueError for names that are no ASCII domain names.
    `proved`: the name is verified already, so that this check has nothing new to prove.
    `inconsistent_since`: when the parent's servers were first seen to disagree, without agreeing since.
    `listed_before`: whether the parent listed any of our name servers before; None where nobody knows.
    """

    host: str
    name_servers: tuple[str, ...]
    former_name_servers: tuple[str, ...] = ()
    zone_in_sync: bool = True
    inconsistent_since: datetime | None = None
    proved: bool = False
    listed_before: bool | None = None
    history: History = History()

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", canonical(self.host))
        for field in ("name_servers", "former_name_servers"):
            object.__setattr__(self, field, tuple(dict.fromkeys(map(canonical, getattr(self, field)))))


def as_utc(moment: datetime) -> datetime:
    """The moment in UTC. A moment without a time zone comes from a database, which stores UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
