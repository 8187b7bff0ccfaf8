"""Zones at AWS that carry our tags and that no row knows, as after a restore: adopted by a claim, or deleted.

A comparison with AWS finds them (`webapp.zones.reconcile`). Which account such a zone was made for is not known any
more: ids of domains are given again after a restore. So a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError

from webapp.audit.log import Actor, note, note_alone
from webapp.aws.route53.port import Route53Api, Zone
from webapp.aws.shared.errors import Gone
from webapp.dns.delegation import Baseline, fresh_set_overlaps
from webapp.domains import queries
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.models import (
    DomainState,
    EventKind,
    Finding,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    ZoneState,
)
from webapp.zones import findings
from webapp.zones.findings import FindingKind

_KINDS = (FindingKind.ORPHAN, FindingKind.DUPLICATE)
#: The states of a claim that wait for a proof, or live by one.
_LIVING = (DomainState.PENDING, DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED)
_IN_THE_MAKING = (ZoneState.WANTED, ZoneState.CREATED, ZoneState.PARKED)
#: For so long after somebody settled what was found, a comparison that was under way may find the zone once more.
_SETTLING = timedelta(minutes=10)


@dataclass(frozen=True)
class Orphan:
    """`claim_id`: the claim that its tag names, which may be another one today."""

    zone: Zone
    claim_id: str


def row_of(aws_id: str) -> HostedZone | None:
    return db.session.scalar(select(HostedZone).where(HostedZone.aws_hosted_zone_id == aws_id))


def _row_for(zone: Zone) -> HostedZone | None:
    """A claim's intent for this zone, be it that its making has not found the zone yet."""
    by_id = HostedZone.aws_hosted_zone_id == zone.id
    by_reference = HostedZone.caller_reference == zone.caller_reference
    return db.session.scalar(select(HostedZone).where(or_(by_id, by_reference)).limit(1))


def finding_about(aws_id: str) -> Finding | None:
    """The open finding that says that no row knows this zone."""
    return db.session.scalar(_findings_about(aws_id).where(Finding.resolved_at.is_(None)).limit(1))


def _findings_about(aws_id: str) -> Select[Finding]:
    of_kinds = Finding.kind.in_([kind.value for kind in _KINDS])
    return select(Finding).where(Finding.aws_hosted_zone_id == aws_id, of_kinds)


def read(finding: Finding, route53: Route53Api) -> Orphan | str:
    """The zone as AWS has it now, or why it is none that we may touch. Raises `Gone`, and what else AWS raises."""
    aws_id = finding.aws_hosted_zone_id or ""
    claim_id = finding.message.params.get("claim") if finding.message else None
    zone = route53.get_zone(aws_id)
    if claim_id is None:
        return (
            f"Nothing says yet for which claim zone {aws_id} was made. Compare again: flask domains reconcile"
        )
    if not route53.zone_is_ours(aws_id, zone.name, claim_id):
        return f"Zone {aws_id} of {zone.name} does not carry the tags of this installation any more."
    if known := _row_for(zone):
        return _is_claimed(aws_id, known)
    return Orphan(zone, claim_id)


def _is_claimed(aws_id: str, row: HostedZone) -> str:
    return f"Zone {aws_id} is the one of {row.domain_name} that we know."


def doubts_about(domain: LLMClientCustomDomain, orphan: Orphan, finding: Finding) -> list[str]:
    """What speaks against it that the zone was made for this claim. A person weighs it: nobody knows for whom."""
    doubts = []
    if orphan.claim_id.partition(".")[0] != str(domain.id):
        doubts.append(
            f"The zone's tag names claim {orphan.claim_id}, and this one is {domain.id}: it was made for another "
            "claim, which is lost, or for another account."
        )
    if domain.created_at >= finding.created_at:
        doubts.append("This claim was registered after the zone had been found, so anybody can have made it.")
    return doubts


def is_at_aws(zone: HostedZone, route53: Route53Api) -> bool:
    """Whether a zone that was found missing is there. AWS's list can lag behind, and findings are hours old; a name
    that is served must not lose its zone for that. Raises what AWS raises, except `Gone`.
    """
    try:
        route53.get_zone(zone.aws_hosted_zone_id or "")
    except Gone:
        return False
    return True


def refusal_to_adopt(domain: LLMClientCustomDomain, orphan: Orphan) -> str | None:
    """Why the claim cannot have the zone. A name that is served keeps the zone that visitors are led to."""
    name, current = domain.domain_name, queries.current_zone(domain)
    if name != orphan.zone.name:
        return f"Zone {orphan.zone.id} is one of {orphan.zone.name}, and not of {name}."
    if domain.held_at is not None:
        return f"{name} is suspended. Release it first."
    if domain.state not in _LIVING:
        return f"{name} is {domain.state}. Only a claim that is checked can adopt a zone."
    if domain.state.is_verified and not _is_lost(current):
        return f"{name} is {domain.state} with zone {domain.aws_hosted_zone_id}, which it would lose."
    return None


def _is_lost(zone: HostedZone | None) -> bool:
    return zone is None or findings.is_open(FindingKind.VANISHED, zone.aws_hosted_zone_id)


def adopt(
    domain: LLMClientCustomDomain,
    orphan: Orphan,
    baseline: Baseline,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> HostedZone | str:
    """Write the intent for a zone with the caller reference of this one: making it finds the zone that is there, tags
    it for its new claim and goes on as with any other. The zone of before leaves.

    `baseline` is what the parent lists now. Where that is this very set, the customer was given it before the restore
    and has typed it in: whoever decides on the adoption vouches for that, so it is not held against the zone.
    """
    lock_domain(domain)
    if refusal := refusal_to_adopt(domain, orphan):
        return refusal
    if refusal := _take(orphan, now):
        return refusal
    former = queries.current_zone(domain)
    if former is not None and former.state not in (ZoneState.RETIRED, ZoneState.DISCARDED):
        _let_leave(former, now)
    before = set(baseline.name_servers) - fresh_set_overlaps(baseline, orphan.zone.name_servers)
    zone = HostedZone(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        generation=former.generation + 1 if former else 1,
        caller_reference=orphan.zone.caller_reference,
        baseline=replace(baseline, name_servers=tuple(sorted(before))).to_dict(),
        next_attempt_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(zone)
    except IntegrityError:
        return _settled(orphan)
    domain.aws_hosted_zone_id = None
    if former is not None:
        findings.resolve([FindingKind.VANISHED], now, aws_zone_id=former.aws_hosted_zone_id)
    params = {"zone": orphan.zone.id, "name": domain.domain_name}
    said = Message("zone.adopted", {**params, "claim": zone.claim_id, "tagged": orphan.claim_id})
    note(domain, EventKind.ZONE_ADOPTED, said, actor, reason=reason)
    db.session.flush()
    return zone


def _settled(orphan: Orphan) -> str:
    return (
        f"Zone {orphan.zone.id} was adopted, deleted or not listed a moment ago. Compare again in ten minutes: "
        "flask domains reconcile"
    )


def _let_leave(zone: HostedZone, now: datetime) -> None:
    """A worker may be busy with one that is in the making; what AWS answers to it is still recorded."""
    busy = zone.state in _IN_THE_MAKING and zone.next_attempt_at is not None and zone.next_attempt_at > now
    if not busy:
        zone.next_attempt_at = now
    zone.state, zone.attempts, zone.problem = ZoneState.LEAVING, 0, None


def begin_deletion(orphan: Orphan, now: datetime) -> str | None:
    """Take the zone, so that no claim can adopt it any more, or say why not.

    Commit it before AWS is told: a lock would keep everybody else from writing to SQLite until AWS answers. If this
    process ends in between, the next comparison finds the zone again.
    """
    return _take(orphan, now)


def delete(orphan: Orphan, route53: Route53Api) -> None:
    """Raises what AWS raises. That nobody delegates to it any more is for the caller to know."""
    try:
        route53.delete_zone(orphan.zone.id, orphan.zone.name, orphan.claim_id)
    except Gone:
        return


def not_deleted(finding: Finding) -> None:
    """AWS did not delete it: it waits for somebody again."""
    finding.resolved_at = None
    db.session.flush()


def deleted(orphan: Orphan, *, actor: Actor, reason: str) -> None:
    """Record that the zone is gone from AWS."""
    said = Message("zone.orphan-deleted", {"zone": orphan.zone.id, "name": orphan.zone.name})
    note_alone(EventKind.ZONE_DELETED, said, actor, reason=reason)
    db.session.flush()


def _take(orphan: Orphan, now: datetime) -> str | None:
    """Close what was found about the zone. Of all who adopt or delete it at once, the others are refused."""
    aws_id = orphan.zone.id
    taken = findings.resolve(_KINDS, now, aws_zone_id=aws_id)
    if known := _row_for(orphan.zone):
        return _is_claimed(aws_id, known)
    return None if taken and not _was_settled(aws_id, now) else _settled(orphan)


def _was_settled(aws_id: str, now: datetime) -> bool:
    """Whether another finding about the zone was closed within the last minutes."""
    lately = Finding.resolved_at > now - _SETTLING, Finding.resolved_at < now
    return db.session.scalar(_findings_about(aws_id).where(*lately).limit(1)) is not None
