"""Zones on their way out: what the looks at the parent have shown, and when that is enough to delete one.

A zone that is deleted while its parent still delegates to it can be had by anybody who makes Route 53 allot them
one of its four name servers. So nothing here takes silence for an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from webapp.dns.delegation import Observation
from webapp.dns.limits import Limits
from webapp.dns.lookup.observation import NameServerSet, Trouble

#: Bounds of the time between the two clean looks, which is the TTL at the parent. A TTL of 0 is allowed
#: (RFC 1035, 3.2.1), but two looks in one second are one look. No resolver should keep anything for longer than
#: seven days (RFC 8767, 4).
SHORTEST_TTL = timedelta(minutes=1)
LONGEST_TTL = timedelta(days=7)
#: When another zone has become the parent, because the old one is not there any more or a cut above it hides it,
#: its records are only out of sight. They are back when its owner renews it: registries keep a lapsed domain for up
#: to 80 days (45 of grace, 30 of redemption, 5 of deletion).
OTHER_PARENT = timedelta(days=90)
#: Looks are timed by clocks, and a clock that leapt would stand in for the TTL. So the look that is late enough is
#: made once more, after so long or a TTL if that is less, and only then is the zone deleted.
CONFIRMATION = timedelta(minutes=10)
#: How soon we ask again when the parent could not be asked.
UNCLEAR_PAUSE = timedelta(hours=1)
#: No zone is deleted before all of the parent's name servers could be asked, so a look may ask more than a check.
MOST_SERVERS, MOST_QUERIES = 60, 400


def thorough(limits: Limits) -> Limits:
    """The caps of one look: still bounded, against a parent zone that is made to multiply our queries."""
    return replace(limits, name_servers=MOST_SERVERS, queries=max(limits.queries, MOST_QUERIES))


class Outlook(StrEnum):
    """listed: a server of the parent names one of ours. unclear: too few of them answered to say that none does, or
    it is not sure which its servers are, or there are more of them than are asked.
    """

    LISTED = "listed"
    CLEAN = "clean"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Said:
    """What one server of the parent said. `listed` are those of our names that it gave."""

    server: str
    outcome: str
    listed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """One look at the parent's own servers. `complete`: every one of them, as our resolver and the zone above name
    them, was asked and answered.

    `ttl` (seconds) is that of our names where they are listed, else how long “there is nothing” may be kept.
    """

    at: datetime
    outlook: Outlook
    complete: bool = False
    parent_zone: str | None = None
    listed: tuple[str, ...] = ()
    ttl: int | None = None
    servers: tuple[Said, ...] = ()
    #: Other names that hold some of our name servers: typed into the wrong field.
    also_at: tuple[str, ...] = ()


def look_of(seen: Observation, name_servers: Collection[str], now: datetime) -> Look:
    """Read what was measured. One server that lists one of our names is enough to stay."""
    ours = frozenset(name_servers)
    answers = seen.parent_answers
    listed = ours & frozenset().union(*(answer.name_servers for answer in answers if answer.says))
    speakers = [answer for answer in answers if answer.says]
    believed = (
        len({answer.server for answer in seen.parent_heard}) >= max(1, seen.parent_needed)
        and seen.trouble is not Trouble.PARENT_BOGUS
        and seen.parent_set in {NameServerSet.AGREED, NameServerSet.DIFFERENT}
        and not seen.parent_beyond_cap
    )
    everybody = len(speakers) == len(answers) and not seen.parent_unlocated
    telling = [said for said in speakers if said.name_servers & ours] or speakers
    return Look(
        at=now,
        outlook=Outlook.LISTED if listed else Outlook.CLEAN if believed else Outlook.UNCLEAR,
        complete=seen.complete and believed and everybody,
        parent_zone=seen.parent_zone,
        listed=tuple(sorted(listed)),
        ttl=max((said.ttl for said in telling if said.ttl is not None), default=None),
        servers=tuple(Said(a.server, a.outcome.value, tuple(sorted(a.name_servers & ours))) for a in answers),
        also_at=seen.misplaced_at,
    )


@dataclass(frozen=True)
class Watch:
    """What all looks together have shown. `ttl` (seconds) and `parent_zone` are those of the delegation as it last
    stood; `complete_since` is the first clean look since then in which every server of the parent answered.
    `overdue_since` is the first of the clean looks at its end that are late enough.
    `deleting_since`: from then on AWS may have been told to delete the zone, whatever came of it.
    """

    shown: bool
    undelegated_since: datetime | None = None
    complete_since: datetime | None = None
    ttl: int | None = None
    parent_zone: str | None = None
    look: Look | None = None
    deleting_since: datetime | None = None
    overdue_since: datetime | None = None

    def after(self, look: Look) -> Watch:
        """What is known once `look` is added. Only our names at the parent set the clocks back, and what a clock
        that was ahead has put into the future.
        """
        if look.outlook is Outlook.UNCLEAR:
            return replace(self, look=look)
        if look.outlook is Outlook.LISTED:
            kept = self.deleting_since
            return Watch(
                self.shown, ttl=look.ttl, parent_zone=look.parent_zone, look=look, deleting_since=kept
            )
        known = replace(
            self,
            undelegated_since=min(self.undelegated_since or look.at, look.at),
            complete_since=_earlier(self.complete_since, look.at if look.complete else None, look.at),
            ttl=self.ttl if self.ttl is not None else look.ttl,
            parent_zone=self.parent_zone or look.parent_zone,
            look=look,
        )
        late_enough = known.over_at is not None and look.at >= known.over_at
        return replace(
            known, overdue_since=min(self.overdue_since or look.at, look.at) if late_enough else None
        )

    @property
    def apart(self) -> timedelta:
        """How far the two clean looks must be apart: the parent's TTL."""
        return min(max(timedelta(seconds=self.ttl or 0), SHORTEST_TTL), LONGEST_TTL)

    @property
    def over_at(self) -> datetime | None:
        """From when on a clean look is the last one, if it comes out as the newest did. None before any clean look.

        A server that stays silent for the longest time that anything is kept has no say any more. A zone whose
        name servers nobody was ever shown goes after one clean look.
        """
        if self.look is None or self.look.outlook is not Outlook.CLEAN or self.undelegated_since is None:
            return None
        if not self.shown:
            return self.look.at
        if self._parent_has_changed:
            return self.undelegated_since + OTHER_PARENT
        if self.look.complete and self.complete_since is not None:
            return self.complete_since + self.apart
        return self.undelegated_since + LONGEST_TTL

    @property
    def over(self) -> bool:
        """Whether the newest look allows the zone to be deleted."""
        confirmed = self._confirmed_at
        return self.look is not None and confirmed is not None and self.look.at >= confirmed

    @property
    def _confirmed_at(self) -> datetime | None:
        """When a clean look is the last one: the first that is late enough sets it."""
        if self.overdue_since is None or self.over_at is None:
            return None
        return self.overdue_since + (min(self.apart, CONFIRMATION) if self.shown else timedelta(0))

    @property
    def _parent_has_changed(self) -> bool:
        return self.look is not None and self.parent_zone not in {None, self.look.parent_zone}

    def next_look(self, pace: timedelta) -> timedelta:
        """How long until the next look: at the pace, or as soon as it could be the last."""
        if self.look is None or self.look.outlook is Outlook.UNCLEAR:
            return min(pace, UNCLEAR_PAUSE)
        if self.over_at is None:
            return pace
        due = self._confirmed_at or self.over_at
        return min(pace, max(due - self.look.at, timedelta(0)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it; `from_dict` gives it back."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        look = data["look"]
        keys = ("undelegated_since", "complete_since", "deleting_since", "overdue_since")
        # Rows of earlier releases know nothing of a deletion that has begun, or of a last look but one.
        moments = {key: _moment(data.get(key)) for key in keys}
        return cls(**{**data, **moments, "look": _look(look) if look else None})


def _earlier(before: datetime | None, new: datetime | None, now: datetime) -> datetime | None:
    return new if before is None else min(before, now)


def _look(data: Mapping[str, Any]) -> Look:
    servers = tuple(Said(one["server"], one["outcome"], tuple(one["listed"])) for one in data["servers"])
    lists = {key: tuple(data[key]) for key in ("listed", "also_at")}
    at, outlook = datetime.fromisoformat(data["at"]), Outlook(data["outlook"])
    return Look(**{**data, **lists, "at": at, "outlook": outlook, "servers": servers})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
