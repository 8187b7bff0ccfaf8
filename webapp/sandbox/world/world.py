"""All name servers of the sandbox's Internet: who answers at which address, and from which data."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

import dns.name
import dns.rdata
import dns.rdatatype
from dns.name import Name
from dns.rdatatype import RdataType

from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_records import HostedSet, served_sets
from webapp.sandbox.aws.route53_values import dns_name, name_text, rdata
from webapp.sandbox.internet import registrar, registry
from webapp.sandbox.internet.zone import REFUSED, SERVFAIL, Reply, Zone
from webapp.sandbox.provider import records
from webapp.sandbox.shared.environment import SERVERS_PER_GROUP, Listener, Role, listener_at
from webapp.sandbox.shared.store import Store
from webapp.sandbox.world import recursion

ALIAS_TTL = 60
MAX_ALIASES = 4


class World:
    def __init__(
        self, store: Store, controls: Controls | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._controls, self._clock = store, controls or Controls(), clock

    def answer(
        self,
        listener: Listener,
        name: Name,
        kind: RdataType,
        *,
        recursion_desired: bool = True,
        checking_disabled: bool = False,
    ) -> Reply | None:
        """What a server says to a question; None when it says nothing, as asked of it through `Controls`."""
        outcome = self._controls.dns_outcome(listener)
        if outcome:
            return {"silent": None, "SERVFAIL": SERVFAIL, "REFUSED": REFUSED}[outcome]
        if listener.role is Role.RESOLVER:
            return (
                self.resolve(name, kind, checking_disabled=checking_disabled)
                if recursion_desired
                else REFUSED
            )
        return self._authoritative(listener, name, kind, 0)

    def resolve(
        self, name: Name, kind: RdataType, *, checking_disabled: bool = False, aliases: int = 0
    ) -> Reply:
        def ask(address: str, question: Name, question_kind: RdataType) -> Reply | None:
            listener = listener_at(address)
            if listener is None or self._controls.dns_outcome(listener) == "silent":
                return None
            if self._controls.dns_outcome(listener):
                return SERVFAIL
            return self._authoritative(listener, question, question_kind, aliases)

        return recursion.resolve(ask, name, kind, checking_disabled=checking_disabled)

    def _authoritative(self, listener: Listener, name: Name, kind: RdataType, aliases: int) -> Reply:
        with self._store.reading() as connection:
            if listener.role is Role.REGISTRY:
                domain = registry.registrable(name)
                servers = registrar.chosen(connection, records.plain(domain)) if domain else ()
                return registry.answer(name, kind, servers)
            if listener.role is Role.PROVIDER:
                zone = records.zone_for(connection, name)
            else:
                zone = self._hosted_zone(connection, listener.group, name, kind, aliases)
        return zone.answer(name, kind) if zone else REFUSED

    def _hosted_zone(
        self, connection: sqlite3.Connection, group: int, name: Name, kind: RdataType, aliases: int
    ) -> Zone | None:
        now = self._clock()
        rows = _served_zones(connection, group, name, now)
        if kind == RdataType.DS and len(rows) > 1 and dns_name(rows[0]["name"]) == name:
            rows = rows[1:]
        if not rows:
            return None
        zone = Zone(dns_name(rows[0]["name"]))
        for one in served_sets(connection, rows[0]["id"], now):
            self._add(zone, one, kind, aliases)
        return zone

    def _add(self, zone: Zone, hosted: HostedSet, asked: RdataType, aliases: int) -> None:
        name, kind = dns_name(hosted.name), dns.rdatatype.from_text(hosted.type)
        if "alias" not in hosted.content:
            values = [rdata(hosted.type, value) for value in hosted.content["values"]]
            zone.add(name, kind, hosted.ttl or 0, values)
            return
        zone.add_name(name)
        if kind == asked and aliases < MAX_ALIASES:
            target = dns_name(hosted.content["alias"]["DNSName"])
            found = self.resolve(target, kind, aliases=aliases + 1).answer
            if found and found[-1].rdtype == kind:
                zone.add(name, kind, ALIAS_TTL, list(found[-1]))


def _served_zones(connection: sqlite3.Connection, group: int, name: Name, now: float) -> list[sqlite3.Row]:
    """The hosted zones of this group of servers that enclose a name, the closest first."""
    labels = tuple(label.lower() for label in name.labels[:-1])
    names = [name_text(labels[step:]) for step in range(len(labels))]
    if not names:
        return []
    marks = ", ".join("?" * len(names))
    query = (
        "SELECT id, name FROM hosted_zone JOIN hosted_zone_server ON zone_id = id"  # noqa: S608 - only marks
        f" WHERE name IN ({marks}) AND number >= ? AND number < ?"
        " AND served_from <= ? AND (served_until IS NULL OR served_until > ?) ORDER BY length(name) DESC"
    )
    first = group * SERVERS_PER_GROUP
    return connection.execute(query, (*names, first, first + SERVERS_PER_GROUP, now, now)).fetchall()
