"""A look at a part that is in trouble, for when nothing else is about to use it; and which parts are used at all."""

from __future__ import annotations

from sqlalchemy import func, select

from webapp.aws.route53.port import Route53Api
from webapp.aws.shared.errors import AwsError
from webapp.dns.resolver import Budget, Dns, Outcome
from webapp.extensions import db, settings
from webapp.jobs.leases import message_of
from webapp.models import Certificate, CertificateState, HostedZone, Message, ZoneState
from webapp.models.hosted_zone import OVER_STATES

_SILENCE = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.NOT_ASKED})


def zones_left() -> int:
    """How many zones are at AWS by our doing, or are about to be."""
    left = HostedZone.state.in_([state for state in ZoneState if state not in OVER_STATES])
    return db.session.scalar(select(func.count()).select_from(HostedZone).where(left)) or 0


def certificates_left() -> int:
    left = Certificate.state != CertificateState.DELETED
    return db.session.scalar(select(func.count()).select_from(Certificate).where(left)) or 0


def route53_is_used() -> bool:
    """Whether zones are made here, or some are left from when they were."""
    return settings().makes_zones or zones_left() > 0


def acm_is_used() -> bool:
    return settings().asks_acm or certificates_left() > 0


async def resolver_trouble(dns: Dns) -> Message | None:
    """None when one of our resolvers says anything."""
    budget = Budget(dns.limits.queries)
    outcomes = []
    for path, resolver in enumerate(dns.resolvers):
        answer = await dns.resolve(".", "SOA", budget=budget, path=path)
        if answer.outcome not in _SILENCE:
            return None
        outcomes.append([str(resolver), answer.outcome.value])
    return Message("resolver.silent", {"outcomes": outcomes})


def route53_trouble(route53: Route53Api) -> Message | None:
    """None when AWS counts our zones, else what it said."""
    try:
        quota = route53.zone_quota()
    except AwsError as err:
        return message_of(err)
    return Message("route53.full", {"limit": quota.limit}) if quota.full else None
