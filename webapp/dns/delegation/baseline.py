"""The baseline: what the parent zone lists for a host before its zone is created.

A delegation that was there before our name servers were chosen proves nothing. Only the baseline shows its age.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from webapp.dns.lookup.inquiry import Inquiry
from webapp.dns.lookup.observation import OurAnswer, ParentAnswer
from webapp.dns.lookup.ours import ask_ours
from webapp.dns.lookup.parent import ParentSearch
from webapp.dns.name_arithmetic import canonical
from webapp.dns.resolver import Dns
from webapp.dns.rules.case import missing_domain

_TYPES = ("CNAME", "A", "AAAA", "MX", "TXT", "DS")


@dataclass(frozen=True)
class Baseline:
    """The records at `host` in its parent zone. `reachable` is False when no server of the parent could be asked.

    `name_servers` is every name that any server of the parent lists for the host, be it as a delegation or
    in a zone of its own. A `parent_zone` without name servers is a domain that is not in DNS yet.
    """

    host: str
    reachable: bool = False
    parent_zone: str | None = None
    parent_name_servers: tuple[str, ...] = ()
    name_servers: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()
    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    txt: tuple[str, ...] = ()
    ds: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Baseline:
        known = {field.name for field in fields(cls)}
        given: dict[str, Any] = {
            key: tuple(v) if isinstance(v, list) else v for key, v in data.items() if key in known
        }
        return cls(**given)


async def take_baseline(host: str, dns: Dns) -> Baseline:
    """Asks the servers of the parent zone about `host`, within the limits of one check."""
    host = canonical(host)
    inquiry = Inquiry(dns)
    search = ParentSearch(inquiry, host)
    records: dict[str, Any] = {}
    try:
        async with asyncio.timeout(dns.limits.seconds):
            await search.run()
            await _ask_for_records(inquiry, search.speakers, host, records)
    except TimeoutError:
        pass
    missing = missing_domain(host, search.zone) if search.zone else None
    seen = frozenset().union(*(said.name_servers for said in search.speakers))
    baseline = Baseline(
        host=host,
        reachable=bool(search.speakers),
        parent_zone=missing or search.zone,
        parent_name_servers=() if missing else search.name_servers,
        name_servers=tuple(sorted(seen)),
    )
    return replace(baseline, **records)


async def _ask_for_records(
    inquiry: Inquiry, speakers: tuple[ParentAnswer, ...], host: str, records: dict[str, Any]
) -> None:
    for said in speakers[:1]:
        answers = await asyncio.gather(
            *(inquiry.ask("parent", said.server, said.address, host, rdtype) for rdtype in _TYPES)
        )
        for answer in answers:
            if answer.authoritative:
                records[answer.type.lower()] = answer.values(answer.type)


async def zone_answers(host: str, name_servers: Iterable[str], dns: Dns) -> dict[str, bool]:
    """Which of our name servers answer for the zone `host` with AA and its SOA."""
    host, names = canonical(host), tuple(map(canonical, name_servers))
    found: dict[str, OurAnswer] = {}
    try:
        async with asyncio.timeout(dns.limits.seconds):
            await ask_ours(Inquiry(dns), host, names, found)
    except TimeoutError:
        pass
    return {
        name: name in found and found[name].authoritative and found[name].soa_owner == host for name in names
    }


def fresh_set_overlaps(baseline: Baseline, name_servers: Iterable[str]) -> frozenset[str]:
    """The names of a new set that the parent listed before we had it.

    Such a set proves nothing: the delegation was there first. It has to be discarded.
    """
    return frozenset(baseline.name_servers) & frozenset(map(canonical, name_servers))
