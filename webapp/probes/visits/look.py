"""Looks at a name as a visitor would: resolves it, and visits each of its addresses. It does not judge."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, zip_longest

from webapp.config.edge_target import alias_of
from webapp.config.settings import Settings
from webapp.dns.resolver import Answer, Budget, Dns
from webapp.edge.visitors.proof import PATH, proof
from webapp.probes.visits.facts import Facts, Reached, Visit
from webapp.probes.visits.visit import Endpoint, IPAddress, Question, visit

#: From the first packet to the last byte, over all addresses. What resolvers take is not counted.
SECONDS = 5.0
#: How long a resolver may take before the next one is asked.
RESOLVER_SECONDS = 1.5
#: So many addresses of a name are visited, those of IPv4 and IPv6 by turns.
MOST_ADDRESSES = 4
_NONCE_BYTES = 16


@dataclass(frozen=True)
class Name:
    """A claim that is to be looked at; `name` is its A-label name. `delegated`: to a zone of ours."""

    domain_id: int
    name: str
    delegated: bool = False


async def look(name: Name, dns: Dns, settings: Settings, *, seconds: float = SECONDS) -> Facts:
    """Raises OSError when the file of `PROBE_AUTHORITY` cannot be read, and for nothing that a server does."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    path = f"{PATH}{nonce}"
    found = await _addresses(name.name, dns)
    if found is None:
        return Facts(name.name, path, resolved=False)
    question = Question(
        name=name.name,
        path=path,
        proofs=frozenset(proof(key, name.domain_id, name.name, nonce) for key in settings.secret_keys),
        authority=settings.probe_authority,
        deadline=asyncio.get_running_loop().time() + seconds,
        endpoint=partial(_endpoint, settings),
    )
    visits = await asyncio.gather(*(_visit(question, address, dns) for address in found[:MOST_ADDRESSES]))
    return Facts(name.name, path, resolved=True, visits=tuple(visits))


async def _visit(question: Question, address: IPAddress, dns: Dns) -> Visit:
    if dns.refusal(str(address)) is not None:
        return Visit(str(address), Reached.FILTERED)
    return await visit(question, address)


def _endpoint(settings: Settings, address: IPAddress) -> Endpoint:
    mapped = (target for network, target in settings.probe_address_map if address in network)
    return next(mapped, (str(address), settings.probe_port))


async def _addresses(name: str, dns: Dns) -> Sequence[IPAddress] | None:
    """The addresses, as the first resolver that answers has them; None when none does. A family that could not
    be asked is left out where the other one has addresses.
    """
    budget = Budget(dns.limits.queries)
    for path in range(min(len(dns.resolvers), dns.limits.resolvers)):
        asked = (_resolve(dns, name, rdtype, budget, path) for rdtype in ("A", "AAAA"))
        four, six = await asyncio.gather(*asked)
        found = [one for one in chain(*zip_longest(_of(four, "A"), _of(six, "AAAA"))) if one is not None]
        if found or (_is_answered(four) and _is_answered(six)):
            return found
    return None


async def edge_addresses(dns: Dns, settings: Settings) -> Sequence[str]:
    """Those of our edge; none where it is an alias and no resolver knows its addresses."""
    alias = alias_of(settings.edge_target)
    return [str(one) for one in await _addresses(alias, dns) or ()] if alias else settings.edge_target


async def _resolve(dns: Dns, name: str, rdtype: str, budget: Budget, path: int) -> Answer | None:
    try:
        async with asyncio.timeout(RESOLVER_SECONDS):
            return await dns.resolve(name, rdtype, budget=budget, path=path)
    except TimeoutError:
        return None


def _is_answered(answer: Answer | None) -> bool:
    return answer is not None and answer.outcome.answered


def _of(answer: Answer | None, rdtype: str) -> list[IPAddress]:
    """At whatever name the chain of CNAME records ends."""
    if answer is None:
        return []
    values = {value for found in answer.answer if found.type == rdtype for value in found.values}
    return sorted(ipaddress.ip_address(value) for value in values)
