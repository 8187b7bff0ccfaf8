"""What is stored at the pretended DNS providers: zones, one for every domain that can be registered, and records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from webapp.sandbox.provider import rules
from webapp.sandbox.provider.hosts import hosts_in
from webapp.sandbox.provider.record import Record
from webapp.sandbox.provider.switches import Switches, switches_of
from webapp.sandbox.shared.store import Store

APEX_TTL, NEGATIVE_TTL = 3600, 300


def own_records(store: Store, zone: str) -> list[Record]:
    """What the provider itself puts into a zone: SOA and NS, and the hosts of the sandbox in the sandbox's own."""
    with store.reading() as connection:
        return list(own_records_of(connection, zone))


def own_records_of(connection: sqlite3.Connection, zone: str) -> Iterator[Record]:
    row = connection.execute("SELECT serial FROM provider_zone WHERE name = ?", (zone,)).fetchone()
    serial = row["serial"] if row else 1
    provider = switches_of(connection, zone).provider
    first, *_ = provider.servers
    soa = f"{first}. hostmaster.sandbox-{provider.code}.test. {serial} 3600 900 604800 {NEGATIVE_TTL}"
    yield Record(zone, zone, "SOA", APEX_TTL, soa)
    for server in provider.servers:
        yield Record(zone, zone, "NS", APEX_TTL, f"{server}.")
    for host, address in hosts_in(zone):
        yield Record(zone, host, "A", APEX_TTL, address)


def stored_records(connection: sqlite3.Connection, zone: str) -> list[Record]:
    rows = connection.execute("SELECT * FROM provider_record WHERE zone = ? ORDER BY name, type, id", (zone,))
    return [_record(row) for row in rows]


def _record(row: sqlite3.Row) -> Record:
    return Record(
        row["zone"], row["name"], row["type"], row["ttl"], row["value"], row["id"], bool(row["proxied"])
    )


def switches(store: Store, zone: str) -> Switches:
    with store.reading() as connection:
        return switches_of(connection, zone)


def switch(store: Store, zone: str, wanted: Switches) -> None:
    """Raises `RefusedError` when a stored record is in the way; then nothing is changed."""
    with store.writing() as connection:
        rules.refuse_switches(wanted, stored_records(connection, zone))
        _touch(connection, zone)
        connection.execute(
            "UPDATE provider_zone SET provider = ?, flatten = ?, appends = ? WHERE name = ?",
            (wanted.provider.code, wanted.flatten, wanted.appends, zone),
        )


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
    """Add records of one zone, all or none; returns their ids. One that is there already gets the new TTL and proxy.

    Raises `RefusedError` for what the provider does not take.
    """
    with store.writing() as connection:
        _touch(connection, new[0].zone)
        return _insert(connection, new)


def replace(store: Store, old: Record, new: list[Record]) -> list[int]:
    """Raises `RefusedError` for what the provider does not take; then the old record stays."""
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
    zone = new[0].zone
    switches, stored = switches_of(connection, zone), stored_records(connection, zone)
    ids = []
    for one in new:
        rules.refuse(switches, one, stored)
        stored.append(one)
        ids.append(_upsert(connection, one))
    return ids


def _upsert(connection: sqlite3.Connection, one: Record) -> int:
    query = (
        "INSERT INTO provider_record (zone, name, type, ttl, value, proxied) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (name, type, value) DO UPDATE SET ttl = excluded.ttl, proxied = excluded.proxied RETURNING id"
    )
    values = (one.zone, one.name, one.type, one.ttl, one.value, one.proxied)
    (row,) = connection.execute(query, values).fetchall()
    return int(row["id"])
