"""Background work: sending what waits. Every task may be run twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import structlog
from celery import shared_task
from sqlalchemy.exc import DataError

from webapp.config.settings import Settings
from webapp.dns.resolver import Dns
from webapp.extensions import db, dns, settings
from webapp.jobs import clock
from webapp.jobs.places import FOR_WEBHOOKS, place
from webapp.webhooks.delivery import mails, queue
from webapp.webhooks.delivery.post import Parcel, Sent, send

log = structlog.get_logger(__name__)

#: So many messages are under way in one process at the same time, and so many of them to endpoints that fail: each of
#: these may take all its time, and would else leave no place to the others.
AT_ONCE, TO_FAILING = 50, 10
#: Seconds for which one run claims more, and after which it looks for more while none is done.
CLAIMS, LOOKS = 30.0, 0.5

Running = dict[asyncio.Task[Sent], Parcel]


@shared_task
def send_due() -> None:
    """Send what is due. If another thread of this process does so already, it goes on with this, too.

    One thread with one event loop does, because nearly all the time is spent waiting for receivers. A place that
    becomes free is filled at once, so that nobody waits for the slowest of a batch.
    """
    with place(FOR_WEBHOOKS) as free:
        if free:
            queue.drop_what_nobody_gets(clock.now())
            db.session.commit()
            asyncio.run(_send_all(dns(), settings()))


@shared_task
def send_one(_delivery_id: int) -> None:
    """Somebody waits for this delivery. It has its turn among the others."""
    send_due()


async def _send_all(port: Dns, chosen: Settings) -> None:
    loop = asyncio.get_running_loop()
    ends = loop.time() + CLAIMS
    running: Running = {}
    async with port.session() as session:
        while True:
            for parcel in _claim(running, chosen) if loop.time() < ends else ():
                running[asyncio.create_task(send(parcel, session, chosen))] = parcel
            if not running:
                return
            done, _ = await asyncio.wait(running, timeout=LOOKS, return_when=asyncio.FIRST_COMPLETED)
            _record({task: running.pop(task) for task in done})


def _claim(running: Running, chosen: Settings) -> list[Parcel]:
    """What is due, as far as there are places. At the end of a turn each endpoint had one."""
    now, at = clock.now(), Counter(parcel.endpoint_id for parcel in running.values())
    found: list[Parcel] = []
    failing_places = TO_FAILING
    for failing in (True, False):
        places = AT_ONCE - len(running) - len(found)
        most = queue.AT_FAILING if failing else queue.AT_ONE
        busy = [endpoint_id for endpoint_id, count in at.items() if count >= most]
        if failing:
            places = min(places, failing_places - sum(at[one] for one in busy))
        for turn in queue.turns(now, busy, places, failing=failing) if places > 0 else ():
            free = min(turn.most - at[turn.endpoint_id], places)
            if free > 0:
                claimed = queue.claim(queue.due_of(turn.endpoint_id, now, free), now, chosen)
                found += claimed
                places -= len(claimed)
    db.session.commit()
    return found


def _record(done: Mapping[asyncio.Task[Sent], Parcel]) -> None:
    """What cannot be written down is tried again when its lease ends, and keeps no other from being written down."""
    for task, parcel in done.items():
        sent = task.result()
        try:
            recorded = queue.record(parcel, sent, clock.now())
            db.session.commit()
        except (DataError, ValueError):
            db.session.rollback()
            log.exception("webhook.unrecorded", delivery_id=parcel.delivery_id, outcome=sent.outcome.value)
            continue
        log.info(
            "webhook.sent",
            delivery_id=parcel.delivery_id,
            endpoint_id=parcel.endpoint_id,
            outcome=sent.outcome.value,
            recorded=recorded,
        )


@shared_task
def tell_owners() -> None:
    """Write the e-mails that are due about endpoints."""
    due = mails.JOB.due_ids(clock.now(), 100)
    db.session.commit()
    for endpoint_id in due:
        letter = mails.claim(endpoint_id, clock.now())
        db.session.commit()
        if letter is None:
            continue
        taken = mails.send(letter)
        mails.record(letter, taken=taken)
        db.session.commit()
        log.info("webhook.mailed", endpoint_id=endpoint_id, kind=letter.kind, taken=taken)


@shared_task
def sweep_webhooks() -> None:
    """Wake a worker if anything is due."""
    now = clock.now()
    due, letters = queue.is_anything_due(now), mails.JOB.due_ids(now, 1)
    db.session.commit()
    if due:
        send_due.delay()
    if letters:
        tell_owners.delay()
