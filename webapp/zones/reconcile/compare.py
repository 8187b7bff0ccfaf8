"""What follows when AWS and our rows do not say the same: repaired where that is safe, else shown to staff."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update

from webapp.audit.log import SYSTEM, Actor, note
from webapp.aws.route53.port import TaggedZone
from webapp.dns.records import RecordSet
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.models import (
    EventKind,
    Finding,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    RecordState,
    ZoneState,
)
from webapp.zones import findings, records
from webapp.zones.findings import FindingKind
from webapp.zones.intent import want_zone

#: The list may still show a zone that was deleted a moment ago.
LIST_LAGS = timedelta(hours=1)
#: How many records of strangers a finding names, and how many letters of each.
MOST_SHOWN, LONGEST_SHOWN = 5, 2000
#: States in which a row without an id is on its way out or over, so that a zone with its reference is a left-over.
_OVER = (ZoneState.LEAVING, ZoneState.RETIRED, ZoneState.REFUSED)


class Fate(StrEnum):
    """What became of a zone that the list should have had. unmarked: there, without our tags or our name."""

    THERE = "there"
    UNMARKED = "unmarked"
    VANISHED = "vanished"


@dataclass(frozen=True)
class AtAws:
    """A row's zone, as AWS is to be asked about it."""

    row_id: int
    aws_id: str
    host: str
    claim_id: str

    @classmethod
    def of(cls, zone: HostedZone) -> AtAws:
        return cls(zone.id, zone.aws_hosted_zone_id or "", zone.domain_name, zone.claim_id)


# The list ------------------------------------------------------------------------------------------------


def compare_list(listed: Collection[TaggedZone], started_at: datetime, now: datetime) -> None:
    """Part of the list of zones with our tag: each is a row's, or a left-over to let go, or nobody's."""
    rows = db.session.scalars(
        select(HostedZone).where(
            or_(
                HostedZone.aws_hosted_zone_id.in_([zone.id for zone in listed]),
                HostedZone.caller_reference.in_([zone.caller_reference for zone in listed]),
            )
        )
    ).all()
    by_id = {row.aws_hosted_zone_id: row for row in rows}
    by_reference = {row.caller_reference: row for row in rows}
    for zone in listed:
        row = by_id.get(zone.id)
        if row is not None:
            _compare_known(row, zone, started_at, now)
        else:
            _compare_unknown(by_reference.get(zone.caller_reference), zone, now)
    seen = [row.id for row in rows if row.aws_hosted_zone_id and row.state is not ZoneState.RETIRED]
    if seen:
        db.session.flush()
        db.session.execute(
            update(HostedZone)
            .where(HostedZone.id.in_(seen), HostedZone.aws_hosted_zone_id.in_([zone.id for zone in listed]))
            .values(seen_at=now)
        )


def _compare_known(row: HostedZone, zone: TaggedZone, started_at: datetime, now: datetime) -> None:
    if (row.domain_name, row.claim_id) != (zone.name, zone.claim_id):
        tagged = {"tagged_name": zone.name, "tagged_claim": zone.claim_id}
        params = {**_named(row), "claim": row.claim_id, **tagged}
        _report(FindingKind.UNMARKED, row, Message("finding.tagged-for-another", params), now)
    elif row.state is ZoneState.RETIRED and row.updated_at < started_at - LIST_LAGS:
        _let_go(row, Message("finding.still-there", _named(row)), now)


def _compare_unknown(row: HostedZone | None, zone: TaggedZone, now: datetime) -> None:
    named = {"zone": zone.id, "name": zone.name, "claim": zone.claim_id}
    if row is not None and row.aws_hosted_zone_id is None:
        if row.state in _OVER:
            row.aws_hosted_zone_id = zone.id
            _let_go(row, Message("finding.made-late", named), now)
        # Else its making is under way, and finds the zone by the same reference.
        return
    holder = _holder(zone.claim_id)
    if holder is not None:
        twice = Message("finding.duplicate", {**named, "holder": holder.aws_hosted_zone_id})
        findings.report(
            FindingKind.DUPLICATE, twice, now, aws_zone_id=zone.id, domain_id=holder.custom_domain_id
        )
        return
    findings.report(FindingKind.ORPHAN, Message("finding.orphan", named), now, aws_zone_id=zone.id)


def _holder(claim_id: str) -> HostedZone | None:
    domain_id, _, generation = claim_id.partition(".")
    if not (domain_id.isdecimal() and generation.isdecimal()):
        return None
    return db.session.scalar(
        select(HostedZone).where(
            HostedZone.custom_domain_id == int(domain_id), HostedZone.generation == int(generation)
        )
    )


def _let_go(row: HostedZone, why: Message, now: datetime) -> None:
    """Safe, because a leaving zone is deleted only once its parent does not list it."""
    row.state, row.next_attempt_at, row.attempts, row.problem = ZoneState.LEAVING, now, 0, None
    _report(FindingKind.RETURNED, row, why, now, repaired=True)


# What was not listed -------------------------------------------------------------------------------------


def follow_fate(zone: HostedZone, fate: Fate, started_at: datetime, now: datetime, *, sure: bool) -> None:
    """`sure`: some of our zones were listed, so that we do look into the right AWS account."""
    if fate is Fate.THERE:
        return
    lock_domain(zone.custom_domain)
    db.session.refresh(zone)
    if zone.state not in {ZoneState.CREATED, ZoneState.READY, ZoneState.LEAVING}:
        return
    if fate is Fate.UNMARKED:
        lost = Message("finding.tags-lost", {**_named(zone), "claim": zone.claim_id})
        _report(FindingKind.UNMARKED, zone, lost, now)
    elif zone.state is ZoneState.LEAVING:
        # What we wanted ourselves; the next step of the removal sees it and ends.
        zone.next_attempt_at = min(zone.next_attempt_at or now, now)
    else:
        _vanished(zone, started_at, now, sure=sure)


def _vanished(zone: HostedZone, started_at: datetime, now: datetime, *, sure: bool) -> None:
    """Somebody deleted it behind us, and its set is lost for ever: AWS gives it to nobody twice.

    A name that nothing is served at gets a new zone by itself, once a second run confirms it: its owner has to type
    in other values anyway, and the sooner the old ones are replaced the better, for they can be had by others. A
    name that is served, or would be but for a hold, waits for staff: if we are the ones who see wrongly, new values
    would break it.
    """
    domain = zone.custom_domain
    finding = _report(FindingKind.VANISHED, zone, Message("finding.vanished", _named(zone)), now)
    if finding.created_at >= started_at:
        note(domain, EventKind.ZONE_LOST, Message("zone.lost", {"name": zone.domain_name}))
        domain.next_check_at = min(domain.next_check_at, now) if domain.next_check_at else None
    elif sure and not domain.state.is_verified:
        renew(zone, now)


def renew(zone: HostedZone, now: datetime, actor: Actor = SYSTEM, *, reason: str | None = None) -> HostedZone:
    """Another zone in the place of a lost one, with other name servers. The old one leaves, if it is there at all.

    Without a `reason` it is ours: two comparisons with AWS did not find the zone.
    """
    zone.state, zone.next_attempt_at, zone.attempts, zone.problem = ZoneState.LEAVING, now, 0, None
    domain = zone.custom_domain
    told = Message("zone.renewed" if reason else "zone.renewed-alone", {"name": zone.domain_name})
    note(domain, EventKind.ZONE_LOST, told, actor, reason=reason)
    findings.resolve([FindingKind.VANISHED], now, aws_zone_id=zone.aws_hosted_zone_id)
    domain.aws_hosted_zone_id = None
    return want_zone(domain, now)


# The records inside --------------------------------------------------------------------------------------


def compare_records(zone: HostedZone, found: Iterable[RecordSet], now: datetime) -> None:
    """Read the records of one zone. Those of strangers are shown, ours are put back; the apex is never touched."""
    found = tuple(found)
    _compare_apex(zone, found, now)
    if zone.state is ZoneState.LEAVING:
        findings.resolve([FindingKind.FOREIGN_RECORD], now, aws_zone_id=zone.aws_hosted_zone_id)
        return
    _compare_foreign(zone, found, now)
    _put_back(zone.custom_domain, zone, found, now)


def _compare_apex(zone: HostedZone, found: Collection[RecordSet], now: datetime) -> None:
    apex = next((one.values for one in found if (one.name, one.type) == (zone.domain_name, "NS")), ())
    if not zone.name_servers or sorted(apex) == sorted(zone.name_servers):
        findings.resolve([FindingKind.APEX_CHANGED], now, aws_zone_id=zone.aws_hosted_zone_id)
        return
    params = {"zone": zone.aws_hosted_zone_id, "found": list(apex), "expected": list(zone.name_servers)}
    _report(FindingKind.APEX_CHANGED, zone, Message("finding.apex-changed", params), now)


def _compare_foreign(zone: HostedZone, found: Iterable[RecordSet], now: datetime) -> None:
    ours = {(row.record_name, row.record_type, row.record_value) for row in zone.custom_domain.dns_records}
    strangers = [
        one
        for one in found
        if not _is_apex(zone, one) and any((one.name, one.type, value) not in ours for value in one.values)
    ]
    if not strangers:
        findings.resolve([FindingKind.FOREIGN_RECORD], now, aws_zone_id=zone.aws_hosted_zone_id)
        return
    first = [_in_a_line(one) for one in strangers[:MOST_SHOWN]]
    params = {
        "zone": zone.aws_hosted_zone_id,
        "records": first,
        "more": max(0, len(strangers) - MOST_SHOWN),
    }
    _report(FindingKind.FOREIGN_RECORD, zone, Message("finding.foreign-records", params), now)


def _in_a_line(one: RecordSet) -> str:
    """A record set of a stranger may hold hundreds of values."""
    return f"{one.name} {one.type} {', '.join(one.values)}"[:LONGEST_SHOWN]


def _is_apex(zone: HostedZone, one: RecordSet) -> bool:
    return one.name == zone.domain_name and one.type in {"NS", "SOA"}


def _put_back(
    domain: LLMClientCustomDomain, zone: HostedZone, found: Iterable[RecordSet], now: datetime
) -> None:
    """Ours are rows, so writing them again is safe; where a stranger's record is in the way it is left alone."""
    there = {(one.name, one.type, value) for one in found for value in one.values}
    missing = [
        f"{row.record_name} {row.record_type}"
        for row in domain.dns_records
        if row.state is RecordState.WRITTEN
        and (row.record_name, row.record_type, row.record_value) not in there
    ]
    if missing and domain.records_due_at is None:
        records.rewrite(domain, now)
        params = {"zone": zone.aws_hosted_zone_id, "records": sorted(set(missing))}
        told = Message("finding.missing-records", params)
        _report(FindingKind.MISSING_RECORD, zone, told, now, repaired=True)


def _named(zone: HostedZone) -> dict[str, str | None]:
    return {"zone": zone.aws_hosted_zone_id, "name": zone.domain_name}


def _report(
    kind: FindingKind, zone: HostedZone, message: Message, now: datetime, *, repaired: bool = False
) -> Finding:
    return findings.report(
        kind,
        message,
        now,
        aws_zone_id=zone.aws_hosted_zone_id,
        domain_id=zone.custom_domain_id,
        repaired=repaired,
    )
