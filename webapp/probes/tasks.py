"""Background work: looking at names from outside. Every task may be run twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from celery import shared_task
from sqlalchemy import select

from webapp.config.settings import Settings
from webapp.dns.resolver import Dns
from webapp.extensions import db, dns, settings
from webapp.jobs import clock
from webapp.jobs.places import FOR_ASKED_PROBES, FOR_PROBES, place
from webapp.models import Probe
from webapp.probes import lifecycle, queries, record
from webapp.probes.judge import judge
from webapp.probes.visits.facts import Facts
from webapp.probes.visits.look import Name, edge_addresses, look

log = structlog.get_logger(__name__)

#: So many names are claimed together, so many of them looked at at the same time, and so often in a row before a
#: process does something else.
CLAIMED, AT_ONCE, IN_A_ROW = 200, 25, 10


@shared_task
def probe_name(domain_id: int) -> None:
    """Look at the name that somebody waits for. While the place for it is taken, it waits for its turn."""
    if not settings().probes_names:
        return
    with place(FOR_ASKED_PROBES) as free:
        if free:
            found = db.session.scalars(select(Probe.id).where(Probe.custom_domain_id == domain_id)).all()
            _probe(found)
            return
    probe_due.delay()


@shared_task
def probe_due() -> None:
    """Look at what is due. If another thread of this process does so already, it goes on with this, too."""
    with place(FOR_PROBES) as free:
        for _ in range(IN_A_ROW if free else 0):
            due = queries.due(clock.now(), CLAIMED)
            db.session.commit()
            if not _probe(due):
                return


def _probe(probe_ids: Sequence[int]) -> int:
    """How many names were looked at."""
    steps = record.claim(probe_ids, clock.now()) if probe_ids else []
    db.session.commit()
    if not steps:
        return 0
    chosen = settings()
    seen, edge = asyncio.run(_look_at([step.name for step in steps], dns(), chosen))
    for step, facts in zip(steps, seen, strict=True):
        now = clock.now()
        found = judge(facts, now, edge, delegated=step.name.delegated)
        recorded = record.record(step, found, now)
        db.session.commit()
        log.info("probe.done", domain_id=step.name.domain_id, outcome=found.outcome.value, recorded=recorded)
    return len(steps)


async def _look_at(names: Sequence[Name], port: Dns, chosen: Settings) -> tuple[list[Facts], Sequence[str]]:
    """What was seen of each name, and the addresses of our edge at that time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(name: Name) -> Facts:
        async with places:
            try:
                return await look(name, session, chosen)
            except OSError:
                log.exception("probe.authority", path=chosen.probe_authority)
            except Exception:
                # A fault of ours. It must not end the looks at all others, of which strangers could make use.
                log.exception("probe.fault", domain_id=name.domain_id)
            return Facts(name.name, "", resolved=False)

    async with port.session() as session:
        edge = await edge_addresses(session, chosen)
        return await asyncio.gather(*map(one, names)), edge


@shared_task
def sweep_probes() -> None:
    """Wake a worker if anything is due."""
    if not settings().probes_names:
        return
    due = queries.due(clock.now(), 1)
    db.session.commit()
    if due:
        probe_due.delay()


@shared_task
def want_probes() -> None:
    """Find names that were verified while nobody looked. It reads every domain, so it runs seldom."""
    if not settings().probes_names:
        return
    now, after_id, numbered = clock.now(), 0, 0
    while found := lifecycle.look_at_missing(now, after_id, numbered):
        db.session.commit()
        after_id, numbered = found[-1], numbered + len(found)
    db.session.commit()
