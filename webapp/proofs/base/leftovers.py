"""What a customer still has to delete at their provider while a domain is being removed, record by record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from webapp.removal.deletion_policy import Outlook

Left = Literal["there", "gone"]


@dataclass(frozen=True)
class LeftRecord:
    """One record. `name` is the full name. `mark`: whether it is still there; None before a look could tell."""

    type: str
    name: str
    value: str
    mark: Left | None


@dataclass(frozen=True)
class LeftServer:
    """What one name server of the zone said: the types of those records that it has."""

    server: str
    outcome: str
    has: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leftovers:
    """`zone`: where the records are to be deleted. `outlook`: of the last look, None before any.

    `ends_at`: when the removal ends, whatever records are still there; None while the target is not withdrawn.
    `answers`: the target goes on answering, because a wildcard stands in the edge's zone.
    """

    zone: str
    records: tuple[LeftRecord, ...]
    outlook: Outlook | None
    servers: tuple[LeftServer, ...]
    looked_at: datetime | None
    next_look_at: datetime | None
    looking: bool
    ends_at: datetime | None
    answers: bool = False

    @property
    def there(self) -> tuple[LeftRecord, ...]:
        return tuple(one for one in self.records if one.mark == "there")

    @property
    def who_acts(self) -> Literal["you", "nobody"]:
        return "you" if self.outlook in {None, Outlook.LISTED} else "nobody"

    @property
    def sentence(self) -> str:
        """How many of the records are left, in one sentence."""
        if self.outlook is Outlook.LISTED:
            verb = "is" if len(self.there) == 1 else "are"
            return f"{len(self.there)} of {len(self.records)} records {verb} still at {self.zone}."
        if self.outlook is Outlook.CLEAN:
            return f"The records are gone from {self.zone}."
        if self.outlook is Outlook.UNCLEAR:
            return f"The name servers of {self.zone} did not all answer, so we could not check."
        return f"We check {self.zone} in a moment."

    @property
    def what_is_left(self) -> str:
        """What a record does that nobody deletes."""
        if self.answers:
            return "A record that you leave leads to our edge, which does not serve the name any more."
        if self.ends_at is None:
            return "We are switching off the target of these records."
        return "The target is switched off and nobody else ever gets it, so a record that you leave leads nowhere."

    @property
    def next_step(self) -> str:
        if self.outlook is Outlook.LISTED:
            types = " and ".join(dict.fromkeys(one.type for one in self.there))
            what = "the record" if len(self.there) == 1 else "the records"
            return f"Delete {what} of type {types} below, where {self.zone} is managed."
        return f"Delete the records below, where {self.zone} is managed." if self.outlook is None else ""
