"""The names and numbers in the sentences of a report, in the forms that people read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.dns import name_arithmetic
from webapp.dns.judgement.phrases import count_of, listed

CHECK_AGAIN = "Then press Verify; we also check by ourselves."
WAIT = "Nothing is needed from you; we check again by ourselves."


@dataclass(frozen=True)
class Words:
    """What to tell the customer."""

    message: str
    next_step: str


@dataclass(frozen=True)
class Subject:
    """`asked_in` is the zone whose servers were asked, None when it was not found. `parent_zone` is the zone that the
    records belong in. The two differ where the domain is not in DNS yet.
    """

    host: str
    asked_in: str | None
    parent_zone: str | None
    expected: tuple[str, ...]
    missing: tuple[str, ...]
    old_answers_until: datetime | None

    @property
    def zone(self) -> str:
        return self.asked_in or "the parent zone"

    @property
    def name(self) -> str:
        """What most providers want in their field for the name."""
        return name_arithmetic.relative(self.host, self.asked_in) if self.asked_in else self.host

    @property
    def named(self) -> str:
        return f"named “{self.name}” (in full {self.host})"

    @property
    def ours(self) -> str:
        return listed(self.expected)

    @property
    def count(self) -> str:
        return self.records(len(self.expected))

    def records(self, count: int) -> str:
        return count_of(count, "NS record")
