"""What a customer still has to delete at their provider while a domain is being removed, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from webapp.dns import names
from webapp.dns.delegation import WhoActs
from webapp.domain_page.records.instructions import parent_zone
from webapp.domains import queries
from webapp.models import DomainState, HostedZone, LLMClientCustomDomain, utcnow
from webapp.models.hosted_zone import OVER_STATES
from webapp.removal import deletion_queue
from webapp.removal.deletion_policy import Look, Outlook, Said

Left = Literal["there", "gone"]


@dataclass(frozen=True)
class Line:
    """One of our name servers. `mark`: whether the parent still lists it; None before a check could tell."""

    name_server: str
    mark: Left | None


@dataclass(frozen=True)
class RemovalInstructions:
    """The last check of the parent, for people.

    `delete_after`: after this time, the next check that finds none of our name servers lets the zone be deleted.
    """

    host: str
    parent_zone: str
    relative_name: str
    lines: tuple[Line, ...]
    outlook: Outlook | None
    #: Other names at which the parent lists some of our name servers. These records should be deleted as well.
    also_at: tuple[str, ...]
    servers: tuple[Said, ...]
    looked_at: datetime | None
    next_look_at: datetime | None
    looking: bool
    delete_after: datetime | None

    @property
    def there_count(self) -> int:
        return sum(line.mark == "there" for line in self.lines)

    @property
    def silent(self) -> tuple[str, ...]:
        """The parent's name servers that did not answer the last check."""
        return tuple(said.server for said in self.servers if said.outcome not in _ANSWERED)

    @property
    def who_acts(self) -> WhoActs:
        return "you" if self.lines and self.outlook in {None, Outlook.LISTED} else "nobody"

    @property
    def sentence(self) -> str:
        """How many of the records are left, in one sentence."""
        if self.outlook is Outlook.LISTED:
            which = (
                "The record is"
                if len(self.lines) == 1
                else f"{self.there_count} of {len(self.lines)} records are"
            )
            return f"{which} still at {self.parent_zone}."
        if self.outlook is Outlook.CLEAN:
            return f"The records are gone from {self.parent_zone}."
        if self.outlook is Outlook.UNCLEAR:
            silent = f" ({', '.join(self.silent)})" if self.silent else ""
            return (
                f"The name servers of {self.parent_zone} did not all answer{silent}, so we could not check."
            )
        return f"We check {self.parent_zone} in a moment."

    @property
    def next_step(self) -> str:
        if not self.lines:
            return ""
        if self.outlook in {None, Outlook.LISTED}:
            also = f" Delete those at {' and '.join(self.also_at)}, too." if self.also_at else ""
            return f"Delete the NS records for “{self.relative_name}”, where {self.parent_zone} is managed.{also}"
        return ""


_ANSWERED = frozenset({"NOERROR", "REFERRAL", "NODATA", "NXDOMAIN"})


def removal_instructions(
    domain: LLMClientCustomDomain, zone: HostedZone | None
) -> RemovalInstructions | None:
    """None when no zone is left. No lines if its name servers were never shown: then no record can list them."""
    if zone is None or zone.state in OVER_STATES:
        return None
    watch = deletion_queue.watch_of(zone)
    look = watch.look
    parent = watch.parent_zone or (look.parent_zone if look else None) or parent_zone(domain, zone, None)
    if not names.at_or_below(domain.domain_name, parent):
        parent = parent_zone(domain, zone, None)
    due = zone.next_attempt_at
    return RemovalInstructions(
        host=domain.domain_name,
        parent_zone=parent,
        relative_name=names.relative(domain.domain_name, parent),
        lines=tuple(Line(name, _mark(name, look)) for name in zone.name_servers) if watch.shown else (),
        outlook=look.outlook if look else None,
        also_at=look.also_at if look else (),
        servers=look.servers if look else (),
        looked_at=look.at if look else None,
        next_look_at=due,
        looking=due is None or due <= utcnow() + deletion_queue.JOB.lease,
        delete_after=watch.over_at,
    )


def _mark(name_server: str, look: Look | None) -> Left | None:
    if look is None or look.outlook is Outlook.UNCLEAR:
        return None
    return "there" if name_server in look.listed else "gone"


def shown_zone(domain: LLMClientCustomDomain) -> HostedZone | None:
    """The newest zone, if the claim's method has one; while the domain is being removed, the zone whose name servers
    are still to be deleted.
    """
    leaving = deletion_queue.leaving_zone(domain) if domain.state is DomainState.REMOVING else None
    return leaving or (queries.current_zone(domain) if domain.method.has_zone else None)
