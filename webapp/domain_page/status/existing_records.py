"""The records that exist at a name before its zone does, and stop resolving once the name is delegated to us.

They were looked up when the zone was created (`webapp.dns.delegation.Baseline`). Nothing is looked up here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.audit.log import Actor, note
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.dns.delegation import DOMAIN_MISSING, Baseline
from webapp.dns.judgement.report import Report
from webapp.domains import queries, registration
from webapp.messages.formatting import few
from webapp.messages.sentences.events import STOPPING
from webapp.models import DomainState, EventKind, HostedZone, LLMClientCustomDomain, Message

_AHEAD = {DomainState.PENDING, DomainState.EXPIRED}
_MOST_SHOWN = 3


@dataclass(frozen=True)
class There:
    """One kind of record at the name today."""

    kind: str
    sentence: str

    @property
    def noun(self) -> str:
        """What stops; empty for a record that only has to be deleted."""
        return STOPPING.get(self.kind, "")


@dataclass(frozen=True)
class Missing:
    """`domain` is not in DNS, so that no zone can take the records. `suggestions`: names that may have been meant."""

    domain: str
    suggestions: tuple[str, ...]


@dataclass(frozen=True)
class ExistingRecords:
    """`acknowledged_at`: when somebody confirmed that they know what stops; None before."""

    host: str
    there: tuple[There, ...]
    missing: Missing | None
    acknowledged_at: datetime | None

    @property
    def stops(self) -> tuple[str, ...]:
        return tuple(one.noun for one in self.there if one.noun)

    @property
    def asks(self) -> bool:
        """Whether somebody has to confirm that they know what stops before they see the records to add."""
        return bool(self.stops) and self.acknowledged_at is None


def existing_records(
    domain: LLMClientCustomDomain,
    zone: HostedZone | None,
    report: Report | None,
    meant: Callable[[], Iterable[names.HostName]],
) -> ExistingRecords | None:
    """None when nothing exists at the name, or when its new records are in place. `meant` returns the names that may
    have been meant and can be registered; it is called only when the domain is not in DNS.
    """
    if zone is None or not zone.baseline or domain.state not in _AHEAD:
        return None
    if report is not None and set(report.found) & set(report.expected):
        # Some of the new records are in place, so that the old ones have stopped resolving.
        return None
    baseline = Baseline.from_dict({"host": domain.domain_name, **zone.baseline})
    there, missing = tuple(_there(baseline)), _missing(domain, baseline, report, meant)
    if not there and missing is None:
        return None
    return ExistingRecords(domain.domain_name, there, missing, zone.acknowledged_at)


def acknowledge(zone: HostedZone, found: ExistingRecords, actor: Actor, now: datetime) -> None:
    """Record that somebody knows what stops, in the history too. A second call changes nothing."""
    if zone.acknowledged_at is not None or not found.stops:
        return
    zone.acknowledged_at = now
    stops = [one.kind for one in found.there if one.noun]
    said = Message("preflight.acknowledged", {"host": found.host, "stops": stops})
    note(zone.custom_domain, EventKind.ACKNOWLEDGED, said, actor)


def instead_of(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> list[names.HostName]:
    """Names that may have been meant by the name of a claim, and that its account can register now.

    They are the same name below a domain of the account that is spelled almost alike, and the name without the
    mistake that registration refuses today: an older claim may have an ending that does not exist.
    """
    name = names.HostName(domain.domain_name)
    found = names.typos_of(name, queries.parents_of_others(domain))
    policy = registration.policy_of(settings)
    refusal = names.registration_refusal(name, policy, whole_domains=not domain.method.has_zone)
    if refusal is not None and refusal.is_guess and refusal.suggestion:
        found.append(names.HostName(refusal.suggestion))
    asked = (
        (one, registration.refusal_to_offer(domain.account, one, settings, now, domain.method))
        for one in dict.fromkeys(found)
    )
    return [one for one, refusal in asked if refusal is None]


def _there(seen: Baseline) -> Iterable[There]:
    host, zone = seen.host, seen.parent_zone or "the parent zone"
    if seen.name_servers:
        yield There(
            "ns",
            f"{host} is delegated already, to {few(seen.name_servers)}. Everything that is set up there stops.",
        )
    if seen.cname:
        yield There(
            "site",
            f"{host} leads to {seen.cname[0]} today (CNAME record). That stops, and visitors get your LLM client. "
            f"Delete the record where {zone} is managed: it cannot stand beside the new ones.",
        )
    elif seen.a or seen.aaaa:
        yield There(
            "site",
            f"A web site or another service answers at {host} today ({few((*seen.a, *seen.aaaa))}). It stops, "
            "and visitors get your LLM client. If you never set it up, it is your provider's parking page or a "
            f"wildcard record (*.{zone}), and nothing is lost.",
        )
    if seen.mx:
        hosts = tuple(value.split()[-1] for value in seen.mx)
        yield There(
            "mail",
            f"Mail to addresses that end in @{host} goes to {few(hosts)} today. It stops arriving. "
            f"Mail for {zone} itself is not touched.",
        )
    if seen.txt:
        yield There(
            "txt",
            f"There {_are(len(seen.txt), 'TXT record')} at {host}: {few(seen.txt)}. Services that look for "
            f"{'it' if len(seen.txt) == 1 else 'them'}, to know you or to judge your mail, find nothing any more.",
        )
    if seen.ds:
        yield There(
            "ds",
            f"There {_are(len(seen.ds), 'DS record')} (DNSSEC) for {host}. Delete it where {zone} is managed before "
            "you add the new records, or else many visitors get no answer at all.",
        )


def _missing(
    domain: LLMClientCustomDomain,
    seen: Baseline,
    report: Report | None,
    meant: Callable[[], Iterable[names.HostName]],
) -> Missing | None:
    """Whether the domain is not in DNS, by the latest check: it may have been registered after the first one."""
    gone = report.reason == DOMAIN_MISSING if report else not seen.parent_name_servers
    parent = (report.parent_zone if report else None) or seen.parent_zone
    if not gone or parent is None or parent != domain.registrable_domain:
        return None
    return Missing(parent, tuple(name.ascii for name in meant())[:_MOST_SHOWN])


def _are(count: int, noun: str) -> str:
    return f"is a {noun}" if count == 1 else f"are {count} {noun}s"
