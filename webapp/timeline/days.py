"""The days of a domain: how it stood on each, out of its events and checks. Pure. A day is a day in UTC."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from webapp.dns.delegation import AtParent, Verdict
from webapp.models import DomainState, EventKind


class DayKind(StrEnum):
    """How a day went, the worst first: a day has the first of these that is true of a part of it. But NOT_ASKED is
    true only of a day on which no check could ask, and SUSPENDED to NO_DATA follow from events alone.
    """

    SUSPENDED = "suspended"
    CONTRARY = "contrary"
    NOT_ASKED = "not-asked"
    VERIFIED = "verified"
    UNPROVED = "unproved"
    NO_DATA = "no-data"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    DayKind.SUSPENDED: "Suspended",
    DayKind.CONTRARY: "Led elsewhere",
    DayKind.NOT_ASKED: "Could not ask",
    DayKind.VERIFIED: "Verified",
    DayKind.UNPROVED: "Not proved yet",
    DayKind.NO_DATA: "No data",
}
_WORST_FIRST = tuple(DayKind)


@dataclass(frozen=True)
class Standing:
    """`contrary`: the parent contradicts a name that is still verified."""

    state: DomainState
    suspended: bool = False
    contrary: bool = False

    @property
    def kind(self) -> DayKind:
        if self.state.is_gone:
            return DayKind.NO_DATA
        if self.suspended:
            return DayKind.SUSPENDED
        if self.state is DomainState.VERIFIED:
            return DayKind.CONTRARY if self.contrary else DayKind.VERIFIED
        off = self.state in {DomainState.FAILING, DomainState.LAPSED}
        return DayKind.CONTRARY if off else DayKind.UNPROVED


@dataclass(frozen=True)
class Change:
    """What an event says of the standing. `before` and `after` are states, `verdict` is a code, perhaps of another
    release.
    """

    at: datetime
    kind: EventKind
    before: str | None = None
    after: str | None = None
    verdict: str | None = None


#: The kinds of events that `Change` is made of.
CHANGES = (EventKind.STATE_CHANGED, EventKind.HELD, EventKind.RELEASED, EventKind.VERDICT_CHANGED)


class PinKind(StrEnum):
    """What else happened on a day."""

    LIVE = "live"
    CERTIFICATE = "certificate"
    CLIENT = "client"
    MOVE = "move"
    STAFF = "staff"

    @property
    def words(self) -> str:
        return _PIN_WORDS[self]


_PIN_WORDS = {
    PinKind.LIVE: "Seen from outside",
    PinKind.CERTIFICATE: "Certificate",
    PinKind.CLIENT: "LLM client",
    PinKind.MOVE: "Move",
    PinKind.STAFF: "Nameplate’s staff",
}
#: The kinds of events that are pinned to their day. What staff do is pinned as theirs, whatever it is.
PINS = {
    EventKind.LIVE: PinKind.LIVE,
    EventKind.NOT_LIVE: PinKind.LIVE,
    EventKind.LIVE_AGAIN: PinKind.LIVE,
    EventKind.CERTIFICATE_ISSUED: PinKind.CERTIFICATE,
    EventKind.CERTIFICATE_RENEWED: PinKind.CERTIFICATE,
    EventKind.CERTIFICATE_FAILED: PinKind.CERTIFICATE,
    EventKind.CERTIFICATE_TROUBLE: PinKind.CERTIFICATE,
    EventKind.CERTIFICATE_ENDS: PinKind.CERTIFICATE,
    EventKind.ATTACHED: PinKind.CLIENT,
    EventKind.DETACHED: PinKind.CLIENT,
    EventKind.CLAIM_CONTESTED: PinKind.MOVE,
    EventKind.CLAIM_MOVED: PinKind.MOVE,
    EventKind.METHOD_CHANGED: PinKind.MOVE,
    EventKind.TRANSFER_ACCEPTED: PinKind.MOVE,
}


@dataclass(frozen=True)
class Pin:
    kind: PinKind
    sentence: str


@dataclass(frozen=True)
class Checks:
    """How many checks ended on a day, and how many of them could not ask."""

    count: int = 0
    not_asked: int = 0


_NO_CHECKS = Checks()


@dataclass(frozen=True)
class Day:
    day: date
    kind: DayKind
    checks: Checks = _NO_CHECKS
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True)
class Run:
    """Days one after another that were alike, without a pin; or one day with its pins."""

    first: date
    last: date
    kind: DayKind
    checks: int
    not_asked: int
    pins: tuple[Pin, ...]


def is_not_asked(verdict: str | None) -> bool:
    """A code of another release says nothing."""
    return verdict in set(Verdict) and not Verdict(verdict).facts.asked


def days_of(
    now_as: Standing,
    changes: Sequence[Change],
    *,
    since: datetime,
    now: datetime,
    length: int,
    checks: Mapping[date, Checks] | None = None,
    pins: Mapping[date, Sequence[Pin]] | None = None,
) -> list[Day]:
    """The last `length` days up to today, the oldest first.

    `now_as`: how the domain stands. `changes`: those of these days, the oldest first. `since`: before this time
    nothing is known of it.
    """
    first = _day(now) - timedelta(days=length - 1)
    worst = [len(_WORST_FIRST) - 1] * length
    for begin, end, standing in _spans(now_as, changes, max(since, _midnight(first)), now):
        rank = _WORST_FIRST.index(standing.kind)
        for number in range((_day(begin) - first).days, min((_day(end) - first).days + 1, length)):
            worst[number] = min(rank, worst[number])
    return [
        _told(first + timedelta(days=number), _WORST_FIRST[rank], checks or {}, pins or {})
        for number, rank in enumerate(worst)
    ]


def _told(day: date, kind: DayKind, checks: Mapping[date, Checks], pins: Mapping[date, Sequence[Pin]]) -> Day:
    seen = checks.get(day, _NO_CHECKS)
    could_not_ask = seen.not_asked > 0 and seen.not_asked == seen.count
    if could_not_ask and kind in {DayKind.VERIFIED, DayKind.UNPROVED}:
        kind = DayKind.NOT_ASKED
    return Day(day, kind, seen, tuple(pins.get(day, ())))


def runs_of(days: Iterable[Day]) -> list[Run]:
    """The same as rows of a table, the newest first."""
    groups = itertools.groupby(days, key=lambda one: (one.kind, one.day if one.pins else None))
    found = []
    for (kind, _), group in groups:
        some = list(group)
        count, not_asked = sum(one.checks.count for one in some), sum(one.checks.not_asked for one in some)
        found.append(Run(some[0].day, some[-1].day, kind, count, not_asked, some[0].pins))
    return found[::-1]


def counts_of(days: Iterable[Day]) -> dict[DayKind, int]:
    """How many days of each kind, in the order of `DayKind`, without those that there are none of."""
    kinds = [one.kind for one in days]
    return {kind: kinds.count(kind) for kind in DayKind if kind in kinds}


def _spans(
    now_as: Standing, changes: Sequence[Change], begin: datetime, now: datetime
) -> Iterator[tuple[datetime, datetime, Standing]]:
    """The last span is as the domain stands, whatever its events say: old ones may be gone."""
    standing = _before(now_as, changes) if changes else now_as
    for change in changes:
        end = max(begin, min(change.at, now))
        if begin < end:
            yield begin, end, standing
        begin, standing = end, _after(standing, change)
    yield begin, max(begin, now), now_as


def _before(now_as: Standing, changes: Sequence[Change]) -> Standing:
    """How it stood before the first of these changes."""
    states = [one.before for one in changes if one.before in set(DomainState)]
    held = [one for one in changes if one.kind in {EventKind.HELD, EventKind.RELEASED}]
    return Standing(
        DomainState(str(states[0])) if states else now_as.state,
        held[0].kind is EventKind.RELEASED if held else now_as.suspended,
    )


def _after(standing: Standing, change: Change) -> Standing:
    if change.kind in {EventKind.HELD, EventKind.RELEASED}:
        return Standing(standing.state, change.kind is EventKind.HELD, standing.contrary)
    if change.kind is EventKind.STATE_CHANGED and change.after in set(DomainState):
        return Standing(DomainState(change.after), standing.suspended)
    if change.kind is EventKind.VERDICT_CHANGED and change.verdict in set(Verdict):
        at_parent = Verdict(change.verdict).facts.at_parent
        contrary = at_parent in {AtParent.CONTRARY, AtParent.DIVIDED}
        return Standing(standing.state, standing.suspended, contrary)
    return standing


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
