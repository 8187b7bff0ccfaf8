"""Zones of a test, kept by the twin of Route 53."""

from __future__ import annotations

from tests.twins.route53 import Kept, MemoryRoute53
from webapp.aws.route53.port import Zone
from webapp.dns.records import RecordSet
from webapp.models import HostedZone


def put_at_aws(zone: HostedZone, route53: MemoryRoute53) -> None:
    at_aws = Zone(
        zone.aws_hosted_zone_id or "",
        zone.domain_name,
        tuple(zone.name_servers),
        None,
        None,
        zone.caller_reference,
    )
    apex = RecordSet(zone.domain_name, "NS", 172800, at_aws.name_servers)
    kept = Kept(at_aws, route53.installation_id, zone.claim_id, {(apex.name, "NS"): apex})
    route53.kept[at_aws.id] = kept
