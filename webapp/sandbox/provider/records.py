"""The pretended DNS provider of the customers: its zones, one for every domain that can be registered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import dns.name
from dns.name import Name

from webapp.sandbox.internet.registry import registrable
from webapp.sandbox.internet.zone import Zone, parsed
from webapp.sandbox.shared.environment import (
    PROVIDER_SERVERS,
    REGISTRY_ADDRESS,
    REGISTRY_NAME,
    ROUTE53_SUFFIXES,
    SERVERS_PER_SUFFIX,
    route53_address,
    route53_server,
)
from webapp.sandbox.shared.store import Store

TYPES = ("A", "AAAA", "CAA", "CNAME", "DNAME", "DS", "MX", "NS", "SRV", "TXT")
APEX_TTL, NEGATIVE_TTL = 3600, 300
DEFAULT_TTL = 3600
MAX_TTL = 604_800


@dataclass(frozen=True)
class Record:
    """One record as stored: names absolute, in lower case, without final dot; value as in a zone file."""

    zone: str
    name: str
    type: str
    ttl: int
    value: str
    id: int = 0


def zone_for(connection: sqlite3.Connection, name: Name) -> Zone | None:
    """The zone that encloses a name. It exists for every registrable domain, whether anybody wrote into it or not."""
    origin = registrable(name)
    if origin is None:
        return None
    zone, text = Zone(origin), plain(origin)
    for record in (*_own_records(connection, text), *_stored(connection, text)):
        rdata = parsed(record.type, record.value)
        zone.add(dns.name.from_text(record.name), rdata.rdtype, record.ttl, [rdata])
    return zone


def own_records(store: Store, zone: str) -> list[Record]:
    """What the provider itself puts into a zone: SOA and NS, and the hosts of the sandbox in the sandbox's own."""
    with store.reading() as connection:
        return list(_own_records(connection, zone))


def _own_records(connection: sqlite3.Connection, zone: str) -> Iterator[Record]:
    row = connection.execute("SELECT serial FROM provider_zone WHERE name = ?", (zone,)).fetchone()
    serial = row["serial"] if row else 1
    first, *_ = PROVIDER_SERVERS
    soa = f"{first}. hostmaster.sandbox-registrar.test. {serial} 3600 900 604800 {NEGATIVE_TTL}"
    yield Record(zone, zone, "SOA", APEX_TTL, soa)
    for server in PROVIDER_SERVERS:
        yield Record(zone, zone, "NS", APEX_TTL, f"{server}.")
    for host, address in _hosts(zone):
        yield Record(zone, host, "A", APEX_TTL, address)


def _hosts(zone: str) -> Iterator[tuple[str, str]]:
    for host, address in (*PROVIDER_SERVERS.items(), (REGISTRY_NAME, REGISTRY_ADDRESS)):
        if host.endswith("." + zone):
            yield host, address
    label, _, suffix = zone.partition(".")
    block = label.removeprefix("awsdns-")
    if suffix in ROUTE53_SUFFIXES and label == f"awsdns-{block}" and block.isdecimal() and int(block) < 64:
        first = ROUTE53_SUFFIXES.index(suffix) * SERVERS_PER_SUFFIX + int(block) * 8
        for number in range(first, first + 8):
            if route53_server(number).endswith("." + zone):
                yield route53_server(number), route53_address(number)


def is_the_sandboxs_own(zone: str) -> bool:
    """Whether the sandbox's own servers have their names here. Nobody can write into such a zone."""
    return any(True for _ in _hosts(zone))


def plain(name: Name) -> str:
    """A name as it is stored and shown."""
    return name.canonicalize().to_text(omit_final_dot=True)


def _stored(connection: sqlite3.Connection, zone: str) -> list[Record]:
    rows = connection.execute("SELECT * FROM provider_record WHERE zone = ? ORDER BY name, type, id", (zone,))
    return [_record(row) for row in rows]


def _record(row: sqlite3.Row) -> Record:
    return Record(row["zone"], row["name"], row["type"], row["ttl"], row["value"], row["id"])


def zones(store: Store) -> list[tuple[str, int]]:
    """The zones that somebody has opened or written into, with the number of their records."""
    query = (
        "SELECT provider_zone.name, count(provider_record.id) FROM provider_zone"
        " LEFT JOIN provider_record ON zone = provider_zone.name GROUP BY provider_zone.name ORDER BY 1"
    )
    with store.reading() as connection:
        return [(name, count) for name, count in connection.execute(query)]


def open_zone(store: Store, zone: str) -> None:
    with store.writing() as connection:
        connection.execute("INSERT INTO provider_zone (name) VALUES (?) ON CONFLICT DO NOTHING", (zone,))


def records(store: Store, zone: str | None = None) -> list[Record]:
    """Everything that was typed in, of one zone or of all."""
    query = "SELECT * FROM provider_record WHERE ? IN (zone, '') ORDER BY zone, name, type, id"
    with store.reading() as connection:
        return [_record(row) for row in connection.execute(query, (zone or "",))]


def record(store: Store, zone: str, record_id: int) -> Record | None:
    with store.reading() as connection:
        row = connection.execute(
            "SELECT * FROM provider_record WHERE zone = ? AND id = ?", (zone, record_id)
        ).fetchone()
    return _record(row) if row else None


def add(store: Store, new: list[Record]) -> list[int]:
    """Add records of one zone, all or none; returns their ids. One that is there already gets the new TTL."""
    with store.writing() as connection:
        _touch(connection, new[0].zone)
        return _insert(connection, new)


def replace(store: Store, old: Record, new: list[Record]) -> list[int]:
    with store.writing() as connection:
        _touch(connection, old.zone)
        connection.execute("DELETE FROM provider_record WHERE id = ?", (old.id,))
        return _insert(connection, new)


def remove(store: Store, gone: list[Record]) -> None:
    with store.writing() as connection:
        for one in gone:
            _touch(connection, one.zone)
            connection.execute("DELETE FROM provider_record WHERE id = ?", (one.id,))


def _touch(connection: sqlite3.Connection, zone: str) -> None:
    connection.execute(
        "INSERT INTO provider_zone (name) VALUES (?) ON CONFLICT DO UPDATE SET serial = serial + 1", (zone,)
    )


def _insert(connection: sqlite3.Connection, new: list[Record]) -> list[int]:
    query = (
        "INSERT INTO provider_record (zone, name, type, ttl, value) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name, type, value) DO UPDATE SET ttl = excluded.ttl RETURNING id"
    )
    cursors = (connection.execute(query, (one.zone, one.name, one.type, one.ttl, one.value)) for one in new)
    return [row["id"] for cursor in cursors for row in cursor.fetchall()]
