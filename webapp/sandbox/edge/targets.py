"""The zone of the platform's edge: the targets to which CNAME records of customers lead.

A target is answered while it stands in the zone. There is no wildcard, which would go on answering for a target that
was taken out. Nameplate puts targets in and takes them out by dynamic updates (RFC 2136), signed with the key of
`webapp.sandbox.shared.environment`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import dns.name
from dns.name import Name
from dns.rdata import Rdata
from dns.rdatatype import RdataType

from webapp.sandbox.internet.zone import MAX_CHAIN, Zone, parsed, target_of
from webapp.sandbox.shared.environment import EDGE_DOMAIN, EDGE_SERVERS
from webapp.sandbox.shared.store import Store

ORIGIN = dns.name.from_text(EDGE_DOMAIN)
APEX_TTL, NEGATIVE_TTL = 3600, 60


@dataclass(frozen=True)
class Target:
    """One record of the zone: the name absolute, in lower case, without final dot; the value as in a zone file."""

    name: str
    type: str
    ttl: int
    value: str


def plain(name: Name) -> str:
    """A name as it is stored and shown."""
    return name.canonicalize().to_text(omit_final_dot=True)


def edge_zone(connection: sqlite3.Connection, asked: Name) -> Zone:
    """The zone with as much in it as a question needs: there may be very many targets."""
    zone = Zone(ORIGIN)
    serial = serial_of(connection)
    first, *_ = EDGE_SERVERS
    soa = parsed("SOA", f"{first}. hostmaster.{EDGE_DOMAIN}. {serial} 3600 900 604800 {NEGATIVE_TTL}")
    zone.add(ORIGIN, RdataType.SOA, APEX_TTL, [soa])
    for host, address in EDGE_SERVERS.items():
        zone.add(ORIGIN, RdataType.NS, APEX_TTL, [parsed("NS", f"{host}.")])
        zone.add(dns.name.from_text(host), RdataType.A, APEX_TTL, [parsed("A", address)])
    for _ in range(MAX_CHAIN):
        cnames = [_add(zone, one) for one in _at_and_below(connection, asked)]
        asked = next((target_of(cname) for cname in cnames if cname.rdtype == RdataType.CNAME), ORIGIN)
        if asked == ORIGIN or not asked.is_subdomain(ORIGIN):
            break
    return zone


def _add(zone: Zone, one: Target) -> Rdata:
    rdata = parsed(one.type, one.value)
    zone.add(dns.name.from_text(one.name), rdata.rdtype, one.ttl, [rdata])
    return rdata


def _at_and_below(connection: sqlite3.Connection, name: Name) -> list[Target]:
    """Those below count as well: a name exists if there is one below it."""
    text = plain(name)
    rows = connection.execute(
        "SELECT name, type, ttl, value FROM edge_record WHERE name = ? OR substr(name, -?) = ?",
        (text, len(text) + 1, f".{text}"),
    )
    return [Target(*row) for row in rows]


def serial_of(connection: sqlite3.Connection) -> int:
    (serial,) = connection.execute("SELECT serial FROM edge_serial").fetchone()
    return int(serial)


def targets(store: Store) -> list[Target]:
    query = "SELECT name, type, ttl, value FROM edge_record ORDER BY name, type, value"
    with store.reading() as connection:
        return [Target(*row) for row in connection.execute(query)]


def targets_named(connection: sqlite3.Connection, name: str) -> set[Target]:
    rows = connection.execute("SELECT name, type, ttl, value FROM edge_record WHERE name = ?", (name,))
    return {Target(*row) for row in rows}


def exchange(connection: sqlite3.Connection, gone: set[Target], new: set[Target]) -> None:
    """Take some out and put others in, under the next serial."""
    connection.executemany(
        "DELETE FROM edge_record WHERE (name, type, value) = (?, ?, ?)",
        [(one.name, one.type, one.value) for one in gone],
    )
    connection.executemany(
        "INSERT INTO edge_record (name, type, ttl, value) VALUES (?, ?, ?, ?)",
        [(one.name, one.type, one.ttl, one.value) for one in new],
    )
    connection.execute("UPDATE edge_serial SET serial = serial + 1")
