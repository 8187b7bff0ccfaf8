"""Looks at a name as a visitor would: resolves it, and visits each of its addresses. It does not judge."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from webapp.config.edge_target import alias_of
from webapp.config.settings import Settings
from webapp.dns.addresses import IPAddress
from webapp.dns.resolver import Dns
from webapp.edge.visitors.proof import PATH, proof
from webapp.outbound.addresses import addresses_of
from webapp.outbound.exchange import Endpoint
from webapp.probes.visits.facts import Facts, Reached, Visit
from webapp.probes.visits.visit import Question, visit

#: From the first packet to the last byte, over all addresses. What resolvers take is not counted.
SECONDS = 5.0
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
    found = await addresses_of(name.name, dns)
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


async def edge_addresses(dns: Dns, settings: Settings) -> Sequence[str]:
    """Those of our edge; none where it is an alias and no resolver knows its addresses."""
    alias = alias_of(settings.edge_target)
    return [str(one) for one in await addresses_of(alias, dns) or ()] if alias else settings.edge_target
