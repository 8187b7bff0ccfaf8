"""The doctor's part on the edge's zone: whether it takes our updates, and leads customers' names to the edge."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.dns.resolver import Budget, Dns
from webapp.dns.updates import DynamicZone, UpdateError, UpdateRefusedError
from webapp.health.doctor.diagnosis import Diagnosis, ok, unknown, wrong

_SET_UP = "Set the zone up at its name servers and delegate to them; docs/edge-zone.md says what it needs."


@dataclass(frozen=True)
class EdgeZone:
    """`leads_to`: the addresses, or the one host name, that every target has. `zone`: None where no server takes
    updates and a wildcard stands for all targets. `published`: gives a target that has to answer, or None.
    """

    domain: str
    leads_to: Sequence[str]
    zone: DynamicZone | None
    published: Callable[[], str | None]


def edge_zone_health(edge: EdgeZone, dns: Dns) -> Diagnosis:
    """For the records method. A name is made up, put into the zone, and taken out again."""
    if not edge.leads_to:
        return wrong("EDGE_TARGET is empty, so that targets lead nowhere.", "Set EDGE_TARGET.")
    if edge.zone is None:
        still = "Removed targets go on answering, because EDGE_UPDATE_SERVERS is empty."
        return _astray(edge, _made_up(edge), dns) or ok(f"*.{edge.domain} leads to the edge. {still}")
    return (
        _absent(edge, dns)
        or _closed(edge, edge.zone)
        or _open_to_all(edge, dns)
        or _published(edge, edge.published(), dns)
    )


def _made_up(edge: EdgeZone) -> str:
    return f"doctor-{secrets.token_hex(8)}.{edge.domain}"


def _absent(edge: EdgeZone, dns: Dns) -> Diagnosis | None:
    soa = asyncio.run(dns.resolve(edge.domain, "SOA", budget=Budget(dns.limits.queries)))
    if not soa.outcome.answered:
        return unknown(f"The resolver says {soa.outcome.value} about {edge.domain}.", _SET_UP)
    if soa.record_set("SOA", edge.domain) is None:
        return wrong(f"{edge.domain} (EDGE_DOMAIN) is no zone, or nobody delegates to it.", _SET_UP)
    return None


def _closed(edge: EdgeZone, zone: DynamicZone) -> Diagnosis | None:
    name = _made_up(edge)
    try:
        zone.publish(name, edge.leads_to)
        zone.withdraw(name)
    except UpdateRefusedError as err:
        return wrong(
            str(err), "Compare EDGE_UPDATE_KEY with the server's key, what it may do, and both clocks."
        )
    except UpdateError as err:
        return wrong(str(err), "Start the server, let us reach it over TCP, or correct EDGE_UPDATE_SERVERS.")
    return None


def _open_to_all(edge: EdgeZone, dns: Dns) -> Diagnosis | None:
    if asyncio.run(addresses_of(_made_up(edge), dns)):
        found = "takes our updates, and has a wildcard, which goes on answering for removed targets."
        return wrong(f"{edge.domain} {found}", f"Delete *.{edge.domain}.")
    return None


def _published(edge: EdgeZone, target: str | None, dns: Dns) -> Diagnosis:
    if target is None:
        return ok(f"{edge.domain} takes our updates; no target is published yet.")
    return _astray(edge, target, dns) or ok(f"{edge.domain} takes our updates, and targets lead to the edge.")


def _astray(edge: EdgeZone, name: str, dns: Dns) -> Diagnosis | None:
    """What is wrong with where a name leads by any of the resolvers, if anything is."""
    found = (_astray_by(edge, name, dns, path) for path in range(len(dns.resolvers)))
    return next((one for one in found if one is not None), None)


def _astray_by(edge: EdgeZone, name: str, dns: Dns, path: int) -> Diagnosis | None:
    found, wanted = asyncio.run(_both(name, edge.leads_to, dns, path))
    resolver = dns.resolvers[path]
    if found is None or wanted is None:
        told = f"The resolver {resolver} cannot tell where {name} leads."
        return unknown(told, "Fix the resolver, or the zone's servers.")
    if found and (found == wanted or (not _are_addresses(edge.leads_to) and not found.isdisjoint(wanted))):
        return None
    where = f"{', '.join(sorted(found)) or 'nowhere'}, not to EDGE_TARGET ({', '.join(edge.leads_to)})"
    return wrong(
        f"{name} leads to {where}, by the resolver {resolver}.",
        f"Give *.{edge.domain} what EDGE_TARGET says, or set EDGE_UPDATE_SERVERS."
        if edge.zone is None
        else "Run a worker, which publishes targets, and let all servers of the zone have what it publishes.",
    )


async def _both(
    name: str, leads_to: Sequence[str], dns: Dns, path: int
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    found = await addresses_of(name, dns, path)
    if _are_addresses(leads_to):
        return found, frozenset(leads_to)
    return found, await addresses_of(leads_to[0], dns, path)


async def addresses_of(name: str, dns: Dns, path: int = 0) -> frozenset[str] | None:
    """None where it could not be asked. A resolver follows CNAME records on the way."""
    budget = Budget(dns.limits.queries)
    answers = await asyncio.gather(
        *(dns.resolve(name, kind, budget=budget, path=path) for kind in ("A", "AAAA"))
    )
    if not all(answer.outcome.answered for answer in answers):
        return None
    return frozenset(
        value
        for answer in answers
        for one in answer.answer
        if one.type == answer.type
        for value in one.values
    )


def _are_addresses(values: Sequence[str]) -> bool:
    try:
        return all(ipaddress.ip_address(value) for value in values)
    except ValueError:
        return False
