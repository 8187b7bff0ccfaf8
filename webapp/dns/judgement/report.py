"""The report of one check: what page, command, mail and the stored Check all show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, cast

from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.evidence import Asked

WhoActs = Literal["you", "we", "nobody"]
Mark = Literal["found", "missing", "unexpected", "unknown"]


@dataclass(frozen=True)
class Hint:
    """A further finding, beside the verdict."""

    verdict: Verdict
    message: str


@dataclass(frozen=True)
class DelegationReport:
    """The judgement on one delegation and everything it rests on.

    `parent_zone` is the zone that the records belong in; with the reason "domain-missing" it is not there
    yet. `found` is the union of what the parent's answering servers list. `who_acts` is "we" whenever the cause
    is on our side: a page can then say so, whatever the verdict. `reason` is a stable id that tells apart
    the ways in which one verdict comes about ("resolver-silent", "parent-suffix"), empty when there is
    only one. `old_answers_until` is when the last cache forgets what the parent said until now, if the
    records are corrected at `checked_at`.
    """

    verdict: Verdict
    host: str
    parent_zone: str | None
    relative_name: str | None
    expected: tuple[str, ...]
    found: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    asked: tuple[Asked, ...]
    message: str
    next_step: str
    who_acts: WhoActs
    transient: bool
    hints: tuple[Hint, ...]
    old_answers_until: datetime | None
    checked_at: datetime
    duration_ms: int
    reason: str = ""

    @property
    def verified(self) -> bool:
        return self.verdict is Verdict.VERIFIED

    @property
    def parent_seen(self) -> bool:
        """False when the parent could not be asked, so that `missing` says nothing about what is there."""
        return bool(self.found) or self.verdict not in {Verdict.ZONE_PENDING, Verdict.PARENT_UNREACHABLE}

    @property
    def marks(self) -> tuple[tuple[str, Mark], ...]:
        """Every expected name server as found, missing or unknown, in their order, then every unexpected one."""
        absent: Mark = "missing" if self.parent_seen else "unknown"
        expected = ((name, absent if name in self.missing else "found") for name in self.expected)
        unexpected = ((name, "unexpected") for name in self.unexpected)
        return cast("tuple[tuple[str, Mark], ...]", (*expected, *unexpected))

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON takes it; `from_dict` gives it back unchanged."""
        plain = {name: _plain(getattr(self, name)) for name in _REPORT_FIELDS}
        return plain | {
            "asked": [_fields(one) for one in self.asked],
            "hints": [_fields(one) for one in self.hints],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DelegationReport:
        given = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        for name in ("expected", "found", "missing", "unexpected"):
            given[name] = tuple(given[name])
        return cls(**given | _typed(given))


def _typed(data: Mapping[str, Any]) -> dict[str, Any]:
    until = data["old_answers_until"]
    return {
        "verdict": Verdict(data["verdict"]),
        "asked": tuple(Asked(**a | {"name_servers": tuple(a["name_servers"])}) for a in data["asked"]),
        "hints": tuple(Hint(Verdict(hint["verdict"]), hint["message"]) for hint in data["hints"]),
        "old_answers_until": datetime.fromisoformat(until) if until else None,
        "checked_at": datetime.fromisoformat(data["checked_at"]),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Verdict):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _fields(one: Asked | Hint) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies deeply what cannot change and takes most of a report's time."""
    return {name: _plain(value) for name, value in vars(one).items()}


_REPORT_FIELDS = tuple(field.name for field in fields(DelegationReport))
