"""Looking whether the records of a claim that is removed are still in the customer's zone, and what ends the removal.

`claim` and `record` touch the database, `advance` asks DNS; the task commits between them. Whatever is killed in the
middle looks again. A removal ends once its target is withdrawn and a look finds none of the claim's records, or the
time is over in which it can be taken back. A CNAME record that is left then leads to a name that answers nothing and
is never given again, which is harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from webapp.dns.records_method import RecordsExpectation, ValidationRecord, look_up
from webapp.dns.resolver import Dns
from webapp.domains.locks import lock_domain
from webapp.extensions import db, settings
from webapp.jobs.clock import is_of_the_future
from webapp.jobs.leases import Job
from webapp.models import Certificate, DomainState, LLMClientCustomDomain, RecordsProof, TargetState
from webapp.proofs.base.leftovers import Left, Leftovers, LeftRecord
from webapp.proofs.records.diagnosis import addresses_of
from webapp.proofs.records.expectation import expectation_of
from webapp.proofs.records.found import RecordsLook, look_of
from webapp.proofs.records.publication import values_of
from webapp.removal import deletion_record
from webapp.removal.deletion_policy import UNCLEAR_PAUSE, thorough

log = structlog.get_logger(__name__)


def pace() -> timedelta:
    return timedelta(hours=settings().removal_check_hours)


#: The lease is longer than a look.
JOB = Job(
    RecordsProof.id,
    RecordsProof.next_look_at,
    lease=timedelta(minutes=3),
    longest=lambda: max(pace(), UNCLEAR_PAUSE),
)


@dataclass(frozen=True)
class Step:
    """A removal as it stood when this worker took it. `alias`: the host name that EDGE_TARGET is an alias of."""

    proof_id: int
    lease: datetime
    expectation: RecordsExpectation
    alias: str | None


def due(now: datetime, limit: int) -> Sequence[int]:
    """The ids of rows whose claims are to be looked for, by turns between accounts."""
    return JOB.due_in_turns(now, limit, RecordsProof.custom_domain_id)


def look_now(domain: LLMClientCustomDomain, now: datetime) -> tuple[int, ...]:
    """Bring the next look forward; the ids of the rows. One that is under way is left alone."""
    brought = db.session.scalars(
        update(RecordsProof)
        .where(RecordsProof.custom_domain_id == domain.id, RecordsProof.next_look_at > now + JOB.lease)
        .values(next_look_at=now)
        .returning(RecordsProof.id)
        .execution_options(synchronize_session=False)
    ).all()
    return tuple(sorted(brought))


def claim(proof_id: int, now: datetime) -> Step | None:
    """Take the row for the job's lease, unless nothing waits for it or it is another worker's."""
    lease = JOB.claim(proof_id, now)
    if lease is None:
        return None
    proof = db.session.get_one(RecordsProof, proof_id, populate_existing=True)
    alias = next((one for one in settings().edge_target if one.startswith("alias:")), None)
    return Step(proof_id, lease, expectation(proof), values_of(settings())[0] if alias else None)


def expectation(proof: RecordsProof) -> RecordsExpectation:
    """The records of this row, the one of the certificate included, whatever became of that."""
    domain = proof.custom_domain
    return replace(
        expectation_of(domain),
        token=proof.token,
        target=proof.target,
        former_tokens=(),
        former_targets=(),
        validation=_validation(domain),
        # Nothing is proved by a look, so that no resolver needs to be asked whether it agrees.
        proved=True,
    )


def _validation(domain: LLMClientCustomDomain) -> ValidationRecord | None:
    newest = db.session.scalar(
        select(Certificate)
        .where(Certificate.custom_domain_id == domain.id, Certificate.validation_name.is_not(None))
        .order_by(Certificate.generation.desc())
        .limit(1)
    )
    if newest is None or not newest.validation_name or not newest.validation_value:
        return None
    return ValidationRecord(newest.validation_name, newest.validation_value)


async def advance(step: Step, dns: Dns, now: datetime) -> RecordsLook | None:
    """One look; None after a fault of ours, which must not be met again at once and for ever."""
    try:
        seen = await look_up(step.expectation, dns, limits=thorough(dns.limits))
        addresses: frozenset[str] | None = frozenset(step.expectation.edge_addresses)
        if step.alias is not None:
            addresses = await addresses_of(step.alias, dns)
        return look_of(step.expectation, seen, now, addresses)
    except Exception:
        log.exception("look.fault", proof_id=step.proof_id, host=step.expectation.host)
        return None


def record(step: Step, look: RecordsLook | None, now: datetime) -> bool:
    """Store the look if the row is still this worker's, and end the removal if it waits for nothing more."""
    domain = db.session.get_one(RecordsProof, step.proof_id).custom_domain
    lock_domain(domain)
    proof = db.session.get_one(RecordsProof, step.proof_id, populate_existing=True, with_for_update=True)
    if proof.next_look_at != step.lease:
        return False
    if domain.state is not DomainState.REMOVING:
        proof.next_look_at = None
    elif look is None:
        proof.next_look_at = now + UNCLEAR_PAUSE
    else:
        _looked(proof, look, now)
    db.session.flush()
    deletion_record.finish(domain, now)
    return True


def _looked(proof: RecordsProof, look: RecordsLook, now: datetime) -> None:
    undo = timedelta(days=settings().removal_undo_days)
    if proof.withdrawn_at is not None and is_of_the_future(proof.withdrawn_at, now):
        proof.withdrawn_at = now
    before = RecordsLook.from_dict(proof.look) if proof.look else None
    known = look.after(before, proof.withdrawn_at, undo)
    proof.look = known.to_dict()
    if known.over(withdrawn=proof.state is TargetState.WITHDRAWN):
        proof.next_look_at = None
    else:
        proof.next_look_at = now + known.next_look(pace(), proof.withdrawn_at, undo)


def leftovers(proof: RecordsProof, now: datetime) -> Leftovers:
    """What its people still have to delete, by the last look."""
    known = RecordsLook.from_dict(proof.look) if proof.look else None
    wanted = expectation(proof)
    records = tuple(known.marks) if known is not None else wanted.records(apex=wanted.apex)
    marks = known.marks if known is not None else {}
    undo, due = timedelta(days=settings().removal_undo_days), proof.next_look_at
    return Leftovers(
        zone=(known.zone if known else None) or proof.custom_domain.registrable_domain or wanted.host,
        records=tuple(_left(record, marks.get(record)) for record in records),
        outlook=known.outlook if known else None,
        servers=known.servers if known else (),
        looked_at=known.at if known else None,
        next_look_at=due,
        looking=due is not None and due <= now + JOB.lease,
        ends_at=proof.withdrawn_at + undo if proof.withdrawn_at is not None else None,
        answers=not settings().edge_update_servers,
    )


def _left(record: str, mark: Left | None) -> LeftRecord:
    name, kind, value = record.split(" ", 2)
    return LeftRecord(kind, name, value, mark)
