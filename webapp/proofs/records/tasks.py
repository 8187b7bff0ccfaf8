"""Background work for targets and for records that customers still have to delete. Each task may be run twice."""

from __future__ import annotations

import asyncio

import structlog
from celery import shared_task

from webapp.extensions import db, dns, edge_zone, settings
from webapp.jobs import clock
from webapp.jobs.places import FOR_STEPS, FOR_TARGETS, place
from webapp.proofs.records import look, publication

log = structlog.get_logger(__name__)

#: So many targets are published or withdrawn one after another before a process does something else.
MOST_IN_A_ROW = 500


@shared_task
def see_to_target(proof_id: int) -> None:
    """Publish or withdraw this target, and go on with what is due besides, until a server does not take one.

    While another thread does so messages are dropped, and the sweep comes back for the rest.
    """
    with place(FOR_TARGETS) as free:
        if not free or not _see_to(proof_id):
            return
        others = publication.due(clock.now(), MOST_IN_A_ROW)
        db.session.commit()
        for other in others:
            if not _see_to(other):
                return


def _see_to(proof_id: int) -> bool:
    """False when nothing more should be tried now."""
    step = publication.claim(proof_id, clock.now())
    db.session.commit()
    if step is None:
        return True
    outcome = publication.advance(step, edge_zone(step.edge_domain))
    done = publication.record(step, outcome, clock.now())
    db.session.commit()
    log.info("target.step", proof_id=proof_id, state=step.state.value, outcome=type(outcome).__name__)
    return done


@shared_task
def sweep_targets() -> None:
    """Targets to publish and to withdraw, those among them that the edge has moved away from."""
    now = clock.now()
    publication.follow_edge(now, wildcard=not settings().edge_update_servers)
    first = publication.due(now, 1)
    db.session.commit()
    for proof_id in first:
        see_to_target.delay(proof_id)


@shared_task
def look_for_records(proof_id: int) -> None:
    """Look whether the records of a claim that is removed are still in its zone."""
    with place(FOR_STEPS) as free:
        if not free:
            return
        now = clock.now()
        step = look.claim(proof_id, now)
        db.session.commit()
        if step is None:
            return
        found = asyncio.run(look.advance(step, dns(), now))
        look.record(step, found, clock.now())
        db.session.commit()
        log.info("records.look", proof_id=proof_id, outlook=found.outlook.value if found else "fault")


@shared_task
def sweep_looks() -> None:
    """Removals whose records are to be looked for."""
    proof_ids = look.due(clock.now(), 200)
    db.session.commit()
    for proof_id in proof_ids:
        look_for_records.delay(proof_id)
