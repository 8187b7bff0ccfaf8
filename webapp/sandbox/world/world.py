"""All name servers of the sandbox's Internet: who answers at which address, and from which data."""

from __future__ import annotations

import functools
import sqlite3
import time
from collections.abc import Callable

import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
from dns.name import Name
from dns.rcode import Rcode
from dns.rdatatype import RdataType
from dns.update import UpdateMessage

from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_records import HostedSet, served_sets
from webapp.sandbox.aws.route53_values import dns_name, name_text, rdata
from webapp.sandbox.edge.targets import edge_zone
from webapp.sandbox.edge.updates import apply_update
from webapp.sandbox.internet import registrar, registry
from webapp.sandbox.internet.zone import REFUSED, SERVFAIL, Made, Reply, Zone
from webapp.sandbox.provider.providers import provider_of_group
from webapp.sandbox.provider.record import plain
from webapp.sandbox.provider.served import zone_for
from webapp.sandbox.provider.switches import switches_of
from webapp.sandbox.shared.environment import (
    EDGE_DOMAIN,
    EDGE_SERVERS,
    SERVERS_PER_GROUP,
    Listener,
    Role,
    listener_at,
)
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

    def update(self, listener: Listener, update: UpdateMessage) -> Rcode | None:
        """What a server says to a dynamic update; None when it says nothing."""
        outcome = self._controls.dns_outcome(listener)
        if outcome:
            return None if outcome == "silent" else dns.rcode.from_text(outcome)
        return apply_update(self._store, update) if listener.role is Role.EDGE else dns.rcode.NOTIMP

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
                return registry.answer(name, kind, _servers(connection, plain(domain)) if domain else ())
            if listener.role is Role.PROVIDER:
                find = functools.partial(self._found, aliases)
                zone = zone_for(connection, name, provider_of_group(listener.group), find)
            elif listener.role is Role.EDGE:
                zone = edge_zone(connection, name)
            else:
                zone = self._hosted_zone(connection, listener.group, name, kind, aliases)
        return zone.answer(name, kind) if zone and name.is_subdomain(zone.origin) else REFUSED

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
            self._add(zone, one, aliases)
        return zone

    def _add(self, zone: Zone, hosted: HostedSet, aliases: int) -> None:
        name, kind = dns_name(hosted.name), dns.rdatatype.from_text(hosted.type)
        if "alias" in hosted.content:
            target = dns_name(hosted.content["alias"]["DNSName"])
            zone.add_maker(name, kind, functools.partial(self._found, aliases, target, kind, ALIAS_TTL))
        else:
            values = [rdata(hosted.type, value) for value in hosted.content["values"]]
            zone.add(name, kind, hosted.ttl or 0, values)

    def _found(self, aliases: int, target: Name, kind: RdataType, longest_ttl: int) -> Made:
        """The records of another name, as a resolver finds them. None at the end of aliases that lead to aliases."""
        if aliases >= MAX_ALIASES:
            return Made(longest_ttl)
        reply = self.resolve(target, kind, aliases=aliases + 1)
        if reply.rcode == dns.rcode.SERVFAIL:
            return Made(longest_ttl, failed=True)
        if not reply.answer or reply.answer[-1].rdtype != kind:
            return Made(longest_ttl)
        return Made(min(longest_ttl, *(one.ttl for one in reply.answer)), tuple(reply.answer[-1]))


def _servers(connection: sqlite3.Connection, domain: str) -> tuple[str, ...]:
    """The name servers that the registry hands out for a domain."""
    if chosen := registrar.chosen(connection, domain):
        return tuple(chosen)
    return tuple(EDGE_SERVERS if domain == EDGE_DOMAIN else switches_of(connection, domain).provider.servers)


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
