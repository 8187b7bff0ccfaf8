"""A short look at a name before it is registered, for the method that is recommended. Nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from webapp.dns import names
from webapp.dns.delegation import Baseline, take_baseline
from webapp.dns.providers import provider_of, why_no_ns
from webapp.dns.resolver import Dns
from webapp.proofs.choice import Seen

#: Somebody waits for the page. Who cannot be asked within this time counts as silent.
SECONDS = 4.0


def look_at(name: names.HostName, dns: Dns) -> Seen:
    """What speaks for or against a method. A whole domain is known by its name, and nobody is asked about it."""
    if name.registrable == name.ascii:
        return Seen(apex=True, zone=name.ascii)
    return seen_in(asyncio.run(_baseline(name.ascii, dns)))


async def _baseline(host: str, dns: Dns) -> Baseline:
    try:
        async with asyncio.timeout(SECONDS):
            return await take_baseline(host, dns)
    except TimeoutError:
        return Baseline(host)


def seen_in(baseline: Baseline) -> Seen:
    zone, servers = baseline.parent_zone or "", baseline.parent_name_servers
    provider = provider_of(servers)
    return Seen(
        asked=baseline.reachable,
        zone=zone,
        provider=provider.name if provider is not None else "",
        refuses_ns=why_no_ns(zone, servers),
        there=tuple(dict.fromkeys(_there(baseline))),
        servers=tuple(servers),
    )


def _there(baseline: Baseline) -> Iterator[str]:
    """The kinds of records that stop at the name with a delegation."""
    if baseline.name_servers:
        yield "ns"
    if baseline.cname or baseline.a or baseline.aaaa:
        yield "site"
    if baseline.mx:
        yield "mail"
    if baseline.txt:
        yield "txt"
