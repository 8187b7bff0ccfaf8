"""Taking over a hosted zone that a list names, for a name that is registered with it.

The id and the name of a zone may stand in the file of a stranger, so neither proves anything. It is taken over if
Route 53, asked with our credentials, has a public zone of exactly this id and name, no row of ours has it, and a tag
that only somebody with our credentials can have put there says so: our own installation's, or `nameplate:adopt` with
the number of the account. What the zone holds stays as it is, and its delegation is checked as any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select

from webapp.audit.log import Actor, note
from webapp.aws.route53.port import Route53Api, Zone
from webapp.aws.shared.errors import AwsError, Gone, UnexpectedDelegationSet
from webapp.dns.delegation import Baseline, fresh_set_overlaps, take_baseline
from webapp.dns.resolver import Dns
from webapp.domains import queries
from webapp.extensions import db
from webapp.jobs.leases import message_of
from webapp.models import EventKind, HostedZone, LLMClientCustomDomain, Message
from webapp.zones import findings
from webapp.zones.findings import FindingKind

#: The tag with which an operator says for which account a zone is.
ADOPT = "nameplate:adopt"
_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")


@dataclass(frozen=True)
class Proof:
    """`baseline`: what the parent zone lists now, without the zone's own name servers."""

    zone: Zone
    baseline: Baseline


async def prove(name: str, typed: str, account: str, route53: Route53Api, dns: Dns) -> Proof | Message:
    """Ask AWS and DNS about the zone; nothing of ours is written, and no transaction is open meanwhile.

    The tag of our installation is put on a zone that is proved, so that making the name's zone finds it to be ours.
    """
    zone_id = typed.removeprefix("/hostedzone/")
    if not _ZONE_ID.fullmatch(zone_id):
        return Message("adoption.no-zone-id", {"zone": typed})
    try:
        zone = _ours(name, zone_id, account, route53)
        if isinstance(zone, Message):
            return zone
        baseline = await take_baseline(name, dns)
        if not baseline.reachable:
            return Message("zone.parent-silent", {"name": name})
        route53.take_zone(zone_id)
    except AwsError as err:
        return _said(err, zone_id)
    before = set(baseline.name_servers) - fresh_set_overlaps(baseline, zone.name_servers)
    return Proof(zone, replace(baseline, name_servers=tuple(sorted(before))))


def _ours(name: str, zone_id: str, account: str, route53: Route53Api) -> Zone | Message:
    zone = route53.get_zone(zone_id)
    if zone.name != name:
        return Message("adoption.other-name", {"zone": zone_id, "other": zone.name, "name": name})
    if not route53.may_take(zone_id, {ADOPT: account}):
        return Message("adoption.not-proved", {"zone": zone_id, "account": account})
    return zone


def _said(err: AwsError, zone_id: str) -> Message:
    if isinstance(err, Gone):
        return Message("adoption.gone", {"zone": zone_id})
    if isinstance(err, UnexpectedDelegationSet):
        return Message("adoption.not-four", {"zone": zone_id})
    return Message("adoption.aws", {"zone": zone_id, "problem": message_of(err).as_param()})


def known(zone: Zone) -> HostedZone | None:
    """The row that has this zone already, or that is about to find it by its reference."""
    by_id, by_reference = HostedZone.aws_hosted_zone_id, HostedZone.caller_reference
    of_zone = or_(by_id == zone.id, by_reference == zone.caller_reference)
    return db.session.scalar(select(HostedZone).where(of_zone).limit(1))


def take(domain: LLMClientCustomDomain, proof: Proof, *, actor: Actor, now: datetime) -> None:
    """Let the zone that a registration has just wanted be this one: making it finds the zone that is there by its
    reference, tags it for the claim and goes on as with any other. Raises `LookupError` if the claim wants none.
    """
    wanted = queries.current_zone(domain)
    if wanted is None or wanted.aws_hosted_zone_id is not None:
        raise LookupError(f"{domain.domain_name} wants no zone")
    wanted.caller_reference = proof.zone.caller_reference
    wanted.baseline = proof.baseline.to_dict()
    kinds = (FindingKind.ORPHAN, FindingKind.DUPLICATE)
    findings.resolve(kinds, now, aws_zone_id=proof.zone.id)
    params = {"zone": proof.zone.id, "name": domain.domain_name}
    note(domain, EventKind.ZONE_ADOPTED, Message("zone.adopted", params), actor)
    db.session.flush()
