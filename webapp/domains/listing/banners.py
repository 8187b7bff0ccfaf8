"""The lines above every page, and which of them the reader has put away for a while."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from webapp.domains.listing import Attention
from webapp.models import DomainState, LLMClientCustomDomain

#: For how long a line stays away.
AWAY = timedelta(days=1)
#: A line comes back, and stays, when one of its domains is switched off that soon.
SOON = timedelta(days=1)


class Line(StrEnum):
    """What a line tells of its domains."""

    ALARM = "alarm"
    FAILING = "failing"
    ACTION = "action"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class Banner:
    """A line: its domains without the one whose page is open, of which that page tells itself. `told`:
    the ids of all.
    """

    line: Line
    domains: Sequence[LLMClientCustomDomain]
    told: tuple[int, ...]
    may_be_put_away: bool

    @property
    def switched_off_at(self) -> datetime | None:
        """When the first of its domains is switched off."""
        return _switched_off_at(self.domains)


@dataclass(frozen=True)
class Banners:
    lines: Mapping[Line, Banner]

    @property
    def version(self) -> str:
        """Changes when a page would show another line, or say something else in one."""
        told = [
            (line.value, one.may_be_put_away, one.switched_off_at, [domain.id for domain in one.domains])
            for line, one in self.lines.items()
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def banners(found: Attention, put_away: object, now: datetime, *, open_page: int | None = None) -> Banners:
    """The lines to show. `put_away` is what `put_away_now` made, as the reader's session has it; `open_page` is the
    id of the domain whose page shows them.
    """
    away = put_away if isinstance(put_away, dict) else {}
    lines = {}
    for line, told in _groups(found):
        domains = [one for one in told if one.id != open_page]
        soon = _is_soon(told, now)
        if domains and (soon or not _is_away(away.get(line.value), told, now)):
            lines[line] = Banner(line, domains, tuple(sorted(one.id for one in told)), not soon)
    return Banners(lines)


def put_away_now(
    found: Attention, put_away: object, line: Line, read: Collection[int], now: datetime
) -> dict[str, Any]:
    """What the session keeps after the reader has put `line` away: until when, and which domains it told of. A line
    of a domain that is switched off soon stays. `read`: the ids that it told of when it was read: another domain may
    have joined since, which nobody has put away.
    """
    told = dict(_groups(found))[line]
    kept = dict(put_away) if isinstance(put_away, dict) else {}
    if not _is_soon(told, now):
        kept[line.value] = [int((now + AWAY).timestamp()), sorted({one.id for one in told} & set(read))]
    return kept


def _groups(found: Attention) -> Iterator[tuple[Line, Sequence[LLMClientCustomDomain]]]:
    yield Line.ALARM, found.alarming
    yield Line.FAILING, found.failing
    yield Line.ACTION, found.served
    yield Line.SUSPENDED, found.suspended


def _is_away(kept: Any, told: Sequence[LLMClientCustomDomain], now: datetime) -> bool:
    """Whether it is put away still, and tells of no domain that it did not tell of then."""
    if kept is None:
        return False
    until, ids = kept
    return now.timestamp() < until and {one.id for one in told} <= set(ids)


def _is_soon(told: Sequence[LLMClientCustomDomain], now: datetime) -> bool:
    at = _switched_off_at(told)
    return at is not None and at <= now + SOON


def _switched_off_at(told: Sequence[LLMClientCustomDomain]) -> datetime | None:
    failing = (one for one in told if one.state is DomainState.FAILING)
    return min((one.grace_until for one in failing if one.grace_until), default=None)
