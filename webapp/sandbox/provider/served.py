"""A provider's zones as its name servers answer from them: flattened, proxied, or as they were typed."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable

import dns.name
from dns.name import Name
from dns.rdatatype import RdataType

from webapp.sandbox.internet.registry import registrable
from webapp.sandbox.internet.zone import Made, Zone, parsed, target_of
from webapp.sandbox.provider.providers import Provider
from webapp.sandbox.provider.record import Record, plain, written_as
from webapp.sandbox.provider.records import own_records_of, stored_records
from webapp.sandbox.provider.switches import switches_of
from webapp.sandbox.shared.environment import EDGE_DOMAIN, PROXY_ADDRESSES

PROXY_TTL = 300
_HIDDEN_BY_THE_PROXY = frozenset({"A", "AAAA", "ALIAS", "CNAME"})

#: Finds the addresses of another name, with the longest TTL that they may have.
Find = Callable[[Name, RdataType, int], Made]


def zone_for(connection: sqlite3.Connection, name: Name, provider: Provider, find: Find) -> Zone | None:
    """The zone that encloses a name. It exists for every registrable domain, whether anybody wrote into it or not.

    None where another provider has it.
    """
    origin = registrable(name)
    if origin is None or plain(origin) == EDGE_DOMAIN:
        return None
    switches = switches_of(connection, plain(origin))
    if switches.provider is not provider:
        return None
    zone, stored = Zone(origin), stored_records(connection, plain(origin))
    proxied = {one.name for one in stored if one.proxied}
    for one in (*own_records_of(connection, plain(origin)), *stored):
        if one.name in proxied and one.type in _HIDDEN_BY_THE_PROXY:
            _add_proxy(zone, dns.name.from_text(one.name))
        elif switches.flattens(one):
            _add_flattened(zone, one, find)
        else:
            rdata = parsed(one.type, one.value)
            zone.add(dns.name.from_text(one.name), rdata.rdtype, one.ttl, [rdata])
    return zone


def _add_proxy(zone: Zone, name: Name) -> None:
    """One record behind the proxy takes all addresses of its name along."""
    for kind, addresses in PROXY_ADDRESSES.items():
        if zone.get(name, RdataType[kind]) is None:
            zone.add(name, RdataType[kind], PROXY_TTL, [parsed(kind, address) for address in addresses])


def _add_flattened(zone: Zone, record: Record, find: Find) -> None:
    target = target_of(parsed(written_as(record.type), record.value))
    for kind in (RdataType.A, RdataType.AAAA):
        zone.add_maker(
            dns.name.from_text(record.name), kind, functools.partial(find, target, kind, record.ttl)
        )
