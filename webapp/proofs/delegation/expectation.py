"""What a check of a delegation has to find: the name servers of the claim's zone, and the past of the name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from webapp.dns.delegation import Expectation
from webapp.domains import queries
from webapp.models import HostedZone, LLMClientCustomDomain, Method, ZoneState


def expectation_of(domain: LLMClientCustomDomain) -> Expectation:
    return expectations_of([domain])[domain.id]


def current_zones(
    domains: Sequence[LLMClientCustomDomain],
) -> Iterator[tuple[LLMClientCustomDomain, HostedZone]]:
    """The newest zone of each that has one, with one query."""
    zones = queries.zones_of_names({domain.domain_name for domain in domains})
    for domain in domains:
        own = [zone for zone in zones[domain.domain_name] if zone.custom_domain_id == domain.id]
        if own:
            yield domain, own[-1]


def expectations_of(domains: Sequence[LLMClientCustomDomain]) -> dict[int, Expectation]:
    """By the domains' ids, with one query."""
    zones = queries.zones_of_names({domain.domain_name for domain in domains})
    return {domain.id: _expectation(domain, zones[domain.domain_name]) for domain in domains}


def _expectation(domain: LLMClientCustomDomain, zones: Sequence[HostedZone]) -> Expectation:
    """`zones` are all that the name ever had, under any account, oldest first."""
    own = [zone for zone in zones if zone.custom_domain_id == domain.id]
    if not own:
        return Expectation(host=domain.domain_name, name_servers=(), zone_in_sync=False)
    current = own[-1]
    former = {server for zone in zones if zone.id < current.id for server in zone.name_servers}
    return Expectation(
        host=domain.domain_name,
        name_servers=tuple(current.name_servers),
        former_name_servers=tuple(sorted(former - set(current.name_servers))),
        zone_in_sync=current.state is ZoneState.READY,
        inconsistent_since=domain.inconsistent_since,
        proved=domain.state.is_verified and domain.method is Method.DELEGATION,
        listed_before=domain.verified_at is not None,
        history=domain.check_history,
        known_delegations=_known_delegations(domain, own),
    )


def _known_delegations(
    domain: LLMClientCustomDomain, zones: Sequence[HostedZone]
) -> dict[str, tuple[str, ...]]:
    """By the checks, else by what was asked before each zone was made."""
    before = [zone.baseline for zone in zones if zone.baseline and zone.baseline.get("parent_zone")]
    known = {one["parent_zone"]: one.get("parent_name_servers", ()) for one in before} | (
        domain.known_delegations or {}
    )
    return {zone: tuple(names) for zone, names in known.items()}
