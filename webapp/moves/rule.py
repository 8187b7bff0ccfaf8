"""When a name moves from the claim that holds it to a claim of another account that DNS proves. Pure.

Both sides need two checks that agree, at least a `confirmation` apart. The new claim is proved by both of its checks.
The holder is contradicted by both of its own, the later of which began after the contest. What could not be asked
decides nothing, and where both claims are proved, the name stays.

A move cannot be taken back at once, so it never rests on one reading of a clock, because that clock may be wrong.
Each check has two readings, one when it began and one when it was recorded, and counts with that of the two that lets
the contest end later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: The holder is asked anew before a move that would rest on an older answer.
LASTS = timedelta(hours=2)


class Said(StrEnum):
    """What a check of the holder's claim said."""

    STANDS = "stands"
    CONTRARY = "contrary"
    UNASKED = "unasked"


class Step(StrEnum):
    """What follows from a check that proves a claim on a name that another account holds."""

    #: The contest begins with this check.
    BEGIN = "begin"
    #: The proof has to last longer.
    WAIT = "wait"
    #: The holder has to be checked first.
    ASK = "ask"
    #: The latest check of the holder could not ask.
    UNHEARD = "unheard"
    #: The latest check of the holder contradicts it, and another one has to agree.
    UNCONFIRMED = "unconfirmed"
    #: DNS proves the holder as well.
    STANDS = "stands"
    MOVE = "move"


@dataclass(frozen=True)
class Readings:
    """The two readings of the clock that a check has."""

    began: datetime
    ended: datetime

    @property
    def first(self) -> datetime:
        return min(self.began, self.ended)

    @property
    def last(self) -> datetime:
        return max(self.began, self.ended)


@dataclass(frozen=True)
class Look:
    """A check of the holder's claim that is done."""

    at: Readings
    said: Said


@dataclass(frozen=True)
class Holder:
    """What is known of the claim that holds the name. `earlier`: the check that the latest one has to agree with."""

    latest: Look | None = None
    earlier: Look | None = None
    contrary_since: datetime | None = None


def kept_since(since: datetime | None, proof: Readings) -> datetime:
    """Since when the claim contests the name, after a check that proves it. A time in the future was written by a
    clock that was ahead; it is cut to now.
    """
    return proof.last if since is None else min(since, proof.last)


def may_move(since: datetime | None, proof: Readings, holder: Holder, confirmation: timedelta) -> Step:
    """What follows from a check at `proof` that proves a claim which contests the name since `since`."""
    if since is None:
        return Step.BEGIN
    if proof.first - kept_since(since, proof) < confirmation:
        return Step.WAIT
    latest = holder.latest
    if latest is None or latest.at.first < since or proof.first - latest.at.last > LASTS:
        return Step.ASK
    if latest.said is Said.UNASKED:
        return Step.UNHEARD
    if latest.said is Said.STANDS:
        return Step.STANDS
    return Step.MOVE if _agree(latest, holder, confirmation) else Step.UNCONFIRMED


def _agree(latest: Look, holder: Holder, confirmation: timedelta) -> bool:
    earlier = holder.earlier
    if earlier is None or earlier.said is not Said.CONTRARY or holder.contrary_since is None:
        return False
    return latest.at.first - max(earlier.at.last, holder.contrary_since) >= confirmation
