"""What follows when AWS and our rows do not say the same: repaired where that is safe, else shown to staff."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update

from webapp.audit.log import Actor, note
from webapp.aws.route53.port import TaggedZone
from webapp.dns.records import RecordSet
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.models import EventKind, Finding, HostedZone, LLMClientCustomDomain, RecordState, ZoneState
from webapp.zones import findings, records
from webapp.zones.findings import FindingKind
from webapp.zones.intent import want_zone

#: The list may still show a zone that was deleted a moment ago.
LIST_LAGS = timedelta(hours=1)
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
        sentence = (
            f"Zone {zone.id} is tagged for {zone.name}, claim {zone.claim_id or 'none'}, but is ours for "
            f"{row.domain_name}, claim {row.claim_id}. We leave it alone until its tags are put right."
        )
        _report(FindingKind.UNMARKED, row, sentence, now)
    elif row.state is ZoneState.RETIRED and row.updated_at < started_at - LIST_LAGS:
        _let_go(row, f"Zone {zone.id} of {zone.name} was taken for deleted and is still there.", now)


def _compare_unknown(row: HostedZone | None, zone: TaggedZone, now: datetime) -> None:
    if row is not None and row.aws_hosted_zone_id is None:
        if row.state in _OVER:
            row.aws_hosted_zone_id = zone.id
            _let_go(row, f"Zone {zone.id} of {zone.name} was made after we had given up asking for it.", now)
        # Else its making is under way, and finds the zone by the same reference.
        return
    holder = _holder(zone.claim_id)
    if holder is not None:
        sentence = (
            f"Zone {zone.id} is tagged as that of {zone.name}, which has zone {holder.aws_hosted_zone_id}. "
            "We did not make it and leave it alone."
        )
        findings.report(
            FindingKind.DUPLICATE, sentence, now, aws_zone_id=zone.id, domain_id=holder.custom_domain_id
        )
        return
    sentence = (
        f"Zone {zone.id} of {zone.name} carries our tag, and this database does not know it. Does another "
        "database use the same INSTALLATION_ID? We leave it alone."
    )
    findings.report(FindingKind.ORPHAN, sentence, now, aws_zone_id=zone.id)


def _holder(claim_id: str) -> HostedZone | None:
    domain_id, _, generation = claim_id.partition(".")
    if not (domain_id.isdecimal() and generation.isdecimal()):
        return None
    return db.session.scalar(
        select(HostedZone).where(
            HostedZone.custom_domain_id == int(domain_id), HostedZone.generation == int(generation)
        )
    )


def _let_go(row: HostedZone, what: str, now: datetime) -> None:
    """Safe, because a leaving zone is deleted only once its parent does not list it."""
    row.state, row.next_attempt_at, row.attempts, row.error = ZoneState.LEAVING, now, 0, None
    sentence = f"{what} We delete it once nobody delegates to it."
    _report(FindingKind.RETURNED, row, sentence, now, repaired=True)


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
        sentence = (
            f"Zone {zone.aws_hosted_zone_id} of {zone.domain_name} lost its name or its tags at AWS. We leave it "
            f"alone until it has its tag nameplate:claim={zone.claim_id} again."
        )
        _report(FindingKind.UNMARKED, zone, sentence, now)
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
    sentence = f"Zone {zone.aws_hosted_zone_id} of {zone.domain_name} is not at AWS any more."
    finding = _report(FindingKind.VANISHED, zone, sentence, now)
    if finding.created_at >= started_at:
        note(domain, EventKind.ZONE_LOST, f"The zone of {zone.domain_name} is gone. We look into it.")
        domain.next_check_at = min(domain.next_check_at, now) if domain.next_check_at else None
    elif sure and not domain.state.is_verified:
        renew(zone, now, None, "It was gone in two comparisons with AWS, and nothing is served at the name.")


def renew(zone: HostedZone, now: datetime, actor: Actor | None, reason: str) -> HostedZone:
    """Another zone in the place of a lost one, with other name servers. The old one leaves, if it is there at all."""
    zone.state, zone.next_attempt_at, zone.attempts, zone.error = ZoneState.LEAVING, now, 0, None
    sentence = f"{zone.domain_name} gets a new zone with four new name servers."
    domain = zone.custom_domain
    note(domain, EventKind.ZONE_LOST, sentence, *([actor] if actor else []), reason=reason)
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
    sentence = (
        f"The NS records of zone {zone.aws_hosted_zone_id} itself say {', '.join(apex) or 'nothing'}, not "
        f"{', '.join(zone.name_servers)}. We never write there: set them back in the AWS console."
    )
    _report(FindingKind.APEX_CHANGED, zone, sentence, now)


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
    shown = "; ".join(f"{one.name} {one.type} {', '.join(one.values)}" for one in strangers[:5])
    more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
    sentence = f"Zone {zone.aws_hosted_zone_id} holds records that we did not write: {shown}{more}."
    _report(FindingKind.FOREIGN_RECORD, zone, sentence[:2000], now)


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
        sentence = (
            f"Zone {zone.aws_hosted_zone_id} had lost {', '.join(sorted(set(missing)))}. We write it again."
        )
        _report(FindingKind.MISSING_RECORD, zone, sentence, now, repaired=True)


def _report(
    kind: FindingKind, zone: HostedZone, sentence: str, now: datetime, *, repaired: bool = False
) -> Finding:
    return findings.report(
        kind,
        sentence,
        now,
        aws_zone_id=zone.aws_hosted_zone_id,
        domain_id=zone.custom_domain_id,
        repaired=repaired,
    )
