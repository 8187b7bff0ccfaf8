"""The registrar alarm: a check has seen that the whole domain is led to us, or sees that it is no longer.

It is kept beside the state and changes none: whoever points the domain to us does not take the name from us, and our
name servers, which are all that can be asked then, prove nothing. A check that could not ask ends no alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from webapp.audit.log import note
from webapp.dns.judgement.report import Report
from webapp.models import EventKind, LLMClientCustomDomain, Message

#: How long resolvers keep a delegation whose TTL was not seen: registries use two days.
_USUAL_TTL = timedelta(days=2)
#: No resolver should keep anything for longer (RFC 8767, 4).
_LONGEST_TTL = timedelta(days=7)
#: The pause between two checks while it lasts: a part of its age, so that a fresh one is seen to end within minutes.
_SHORTEST_PAUSE, _LONGEST_PAUSE, _PART_OF_ITS_AGE = timedelta(minutes=5), timedelta(hours=1), 12


@dataclass(frozen=True)
class Alarm:
    """`found`: the finding of the latest check that saw it, as data."""

    since: datetime
    found: Mapping[str, Any]

    def pause(self, now: datetime) -> timedelta:
        return min(max((now - self.since) / _PART_OF_ITS_AGE, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def of(domain: LLMClientCustomDomain | Row[Any]) -> Alarm | None:
    return Alarm(domain.alarm_since, domain.alarm) if domain.alarm_since and domain.alarm else None


def after(before: Alarm | None, report: Report, now: datetime) -> Alarm | None:
    """The alarm once the report is known."""
    if report.alarm is not None:
        return Alarm(min(before.since, now) if before else now, report.alarm.to_data())
    return before if before and not _is_over(before, report) else None


def _is_over(alarm: Alarm, report: Report) -> bool:
    """Whether the zone is seen at other name servers, or the zone above it answers for the name itself again."""
    zone, above = alarm.found["params"]["zone"], alarm.found["params"]["by"]
    return zone in report.delegations or (report.parent_asked and report.asked_in == above)


def settle(domain: LLMClientCustomDomain, new: Alarm | None, now: datetime) -> None:
    """Keep the alarm, and record an event when it begins or ends, which people are told of."""
    before = of(domain)
    domain.alarm_since, domain.alarm = (new.since, dict(new.found)) if new else (None, None)
    if new and not before:
        note(domain, EventKind.ALARM_BEGUN, Message("alarm.begun", _named(domain, new)))
    elif before and not new:
        until = {"until": _forgotten(before, now).isoformat()}
        note(domain, EventKind.ALARM_ENDED, Message("alarm.ended", _named(domain, before) | until))


def _named(domain: LLMClientCustomDomain, alarm: Alarm) -> dict[str, Any]:
    return {"name": domain.domain_name, "zone": alarm.found["params"]["zone"]}


def _forgotten(alarm: Alarm, now: datetime) -> datetime:
    """When the last resolver has forgotten our name servers."""
    ttl = alarm.found["params"]["ttl"]
    return now + (min(timedelta(seconds=ttl), _LONGEST_TTL) if ttl is not None else _USUAL_TTL)
