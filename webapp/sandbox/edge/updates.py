"""Dynamic updates of the edge's zone (RFC 2136): their prerequisites, and what they put in and take out."""

from __future__ import annotations

import sqlite3

import dns.rcode
import dns.rdataclass
from dns.rcode import Rcode
from dns.rdatatype import RdataType
from dns.rrset import RRset
from dns.update import UpdateMessage

from webapp.sandbox.edge.targets import ORIGIN, Target, exchange, plain, targets_named
from webapp.sandbox.shared.environment import EDGE_SERVERS
from webapp.sandbox.shared.store import Store

TYPES = frozenset({RdataType.A, RdataType.AAAA, RdataType.CNAME, RdataType.TXT})

#: The records of each name that an update speaks of.
Stored = dict[str, set[Target]]


class _RefusedError(Exception):
    """The update is refused as a whole, with this code."""

    def __init__(self, rcode: Rcode) -> None:
        super().__init__(rcode)
        self.rcode = rcode


def apply_update(store: Store, update: UpdateMessage) -> Rcode:
    """Do all that an update wants or, with any code but NOERROR, nothing of it."""
    if not update.had_tsig:
        return dns.rcode.REFUSED
    if len(update.zone) != 1:
        return dns.rcode.FORMERR
    if update.zone[0].name != ORIGIN:
        return dns.rcode.NOTAUTH
    with store.writing() as connection:
        try:
            _apply(connection, update)
        except _RefusedError as refused:
            return refused.rcode
    return dns.rcode.NOERROR


def _apply(connection: sqlite3.Connection, update: UpdateMessage) -> None:
    named = [*update.prerequisite, *update.update]
    if any(not one.name.is_subdomain(ORIGIN) for one in named):
        raise _RefusedError(dns.rcode.NOTZONE)
    before = {plain(one.name): targets_named(connection, plain(one.name)) for one in named}
    _check_prerequisites(before, update.prerequisite)
    for change in update.update:
        _refuse(change)
    after = dict(before)
    for change in update.update:
        after[plain(change.name)] = _changed(after[plain(change.name)], change)
    gone = {one for name, here in before.items() for one in here - after[name]}
    new = {one for name, here in after.items() for one in here - before[name]}
    if gone or new:
        exchange(connection, gone, new)


def _check_prerequisites(stored: Stored, wanted: list[RRset]) -> None:
    """What the client says must hold (RFC 2136 3.2), such as that nobody has the name yet."""
    exact: dict[tuple[str, str], set[str]] = {}
    for one in wanted:
        name, kind = plain(one.name), RdataType.to_text(one.rdtype)
        whole_name = one.rdtype == RdataType.ANY
        found = {target for target in stored[name] if whole_name or target.type == kind}
        if one.deleting == dns.rdataclass.NONE and found:
            raise _RefusedError(dns.rcode.YXDOMAIN if whole_name else dns.rcode.YXRRSET)
        if one.deleting == dns.rdataclass.ANY and not found:
            raise _RefusedError(dns.rcode.NXDOMAIN if whole_name else dns.rcode.NXRRSET)
        if one.deleting is None:
            exact.setdefault((name, kind), set()).update(rdata.to_text() for rdata in one)
    for (name, kind), values in exact.items():
        if values != {one.value for one in stored[name] if one.type == kind}:
            raise _RefusedError(dns.rcode.NXRRSET)


def _refuse(change: RRset) -> None:
    """The apex and the servers are the sandbox's. A wildcard would answer for targets that were taken out."""
    refused = change.deleting is None and (change.name.is_wild() or change.rdtype not in TYPES)
    if refused or change.name == ORIGIN or plain(change.name) in EDGE_SERVERS:
        raise _RefusedError(dns.rcode.REFUSED)


def _changed(here: set[Target], change: RRset) -> set[Target]:
    """A name's records after one change (RFC 2136 3.4.2). What is not there needs no taking out."""
    kind, values = RdataType.to_text(change.rdtype), {rdata.to_text() for rdata in change}
    same = {one for one in here if one.type == kind}
    if change.deleting == dns.rdataclass.ANY:
        return set() if change.rdtype == RdataType.ANY else here - same
    if change.deleting == dns.rdataclass.NONE:
        return here - {one for one in same if one.value in values}
    if any((one.type == "CNAME") != (kind == "CNAME") for one in here):
        return here
    kept = set() if kind == "CNAME" else {one.value for one in same}
    return (here - same) | {Target(plain(change.name), kind, change.ttl, value) for value in kept | values}
