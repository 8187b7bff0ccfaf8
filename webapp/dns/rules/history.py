"""What the checks of a name leave for the next one, as it is stored: codes and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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

    def to_data(self) -> dict[str, Any]:
        """Empty when there is nothing to keep, which is so for almost every name."""
        runs = {"unheard": self.unheard, "alone": self.alone}
        data: dict[str, Any] = {name: run.to_data() for name, run in runs.items() if run}
        return data | ({"listed": True} if self.listed else {})

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> History:
        data = data or {}
        runs = {name: Run.from_data(data[name]) for name in ("unheard", "alone") if name in data}
        return cls(**runs, listed=data.get("listed", False))
