"""What would keep a name from its certificate, seen before the name is registered. Nothing is stored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from webapp.certificates.problems import forbidden
from webapp.certificates.status import CaaRecord, caa_record
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.dns.caa import CaaObservation, CaaVerdict, judge, look_up
from webapp.dns.resolver import Dns
from webapp.messages.catalogue import sentence
from webapp.messages.sentences.certificates import next_step

#: Somebody waits for the page.
SECONDS = 2.0


@dataclass(frozen=True)
class Foretold:
    """What CAA forbids today. `to_add`: the record that would allow it, if one would."""

    sentence: str
    next_step: str
    to_add: CaaRecord | None


def foretold(name: names.HostName, settings: Settings, dns: Dns) -> Foretold | None:
    """None where nothing is in the way, or nobody could be asked, or the edge gets certificates by itself."""
    if not settings.asks_acm:
        return None
    caa = judge(asyncio.run(_look_up(name.ascii, dns)))
    if caa.verdict is not CaaVerdict.BLOCKED:
        return None
    problem = forbidden(caa).problem
    return Foretold(sentence(problem), next_step(problem), caa_record(problem))


async def _look_up(host: str, dns: Dns) -> CaaObservation:
    try:
        async with asyncio.timeout(SECONDS):
            return await look_up(host, dns)
    except TimeoutError:
        return CaaObservation(host)
