"""Targets in the edge's zone: published as long as a claim needs them, and withdrawn for good.

`claim` and `record` touch the database, `advance` tells the edge's servers; the task commits between them. An update
says all that a target has, so that whatever was killed in the middle is done again from the row and does no harm.
Where no server takes updates, the operator's zone has a wildcard: then every target is there from the beginning, and
a withdrawn one goes on answering.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, update

from webapp.config.settings import Settings
from webapp.dns.updates import DynamicZone, UpdateRefusedError, UpdateRetryError
from webapp.extensions import db, settings
from webapp.jobs.leases import PARKED_PAUSE, BackOff, Job, Trouble
from webapp.models import Message, RecordsProof, TargetState
from webapp.models.proof import UNFINISHED_TARGETS
from webapp.zones import findings
from webapp.zones.findings import FindingKind

_BACK_OFF = BackOff(first=2, most=PARKED_PAUSE.total_seconds())
#: Staff are told of servers that were silent for so many attempts, which is about a minute.
SILENT_ATTEMPTS = 7
#: The most targets that follow the edge to other addresses in one sweep.
MOST_TO_FOLLOW = 500

#: The lease is longer than several servers may be silent, one after the other.
JOB = Job(
    RecordsProof.id,
    RecordsProof.next_attempt_at,
    lease=timedelta(minutes=2),
    longest=lambda: PARKED_PAUSE,
    none_is_due=True,
)

#: What a target was given where the zone has a wildcard: nothing of its own.
_WILDCARD = "wildcard"


@dataclass(frozen=True)
class Step:
    """A target as it stood when this worker took it. `values`: what it is to lead to."""

    proof_id: int
    lease: datetime
    state: TargetState
    target: str
    edge_domain: str
    attempts: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """The zone has the target, with what this is the digest of, or has it no more."""

    published: str | None = None


Outcome = Done | Trouble


def values_of(chosen: Settings) -> tuple[str, ...]:
    """What targets lead to: the addresses of the edge, or the host name that EDGE_TARGET is an alias of."""
    return tuple(one.partition("/")[2] if one.startswith("alias:") else one for one in chosen.edge_target)


def due(now: datetime, limit: int) -> Sequence[int]:
    """The ids of targets to publish or withdraw, by turns between accounts."""
    unfinished = RecordsProof.state.in_(UNFINISHED_TARGETS)
    return JOB.due_in_turns(
        now, limit, RecordsProof.custom_domain_id, unfinished, tried=RecordsProof.attempts
    )


def follow_edge(now: datetime, *, wildcard: bool) -> int:
    """Have targets published anew that lead to where the edge was before. How many; none when nothing changed.

    `wildcard`: the zone has one, so that nothing is to be in the zone for a target.
    """
    values = values_of(settings())
    if not values and not wildcard:
        return 0
    wanted, was = _digest(values, wildcard=wildcard), RecordsProof.published
    others = (
        select(RecordsProof.id)
        .where(RecordsProof.state == TargetState.PUBLISHED, or_(was < wanted, was > wanted, was.is_(None)))
        .limit(MOST_TO_FOLLOW)
    )
    changed = db.session.execute(
        update(RecordsProof)
        .where(RecordsProof.id.in_(others), RecordsProof.state == TargetState.PUBLISHED)
        .values(state=TargetState.WANTED, next_attempt_at=now, attempts=0)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def claim(proof_id: int, now: datetime) -> Step | None:
    """Take the target for the job's lease, unless there is nothing to do or it is another worker's."""
    lease = JOB.claim(proof_id, now, RecordsProof.state.in_(UNFINISHED_TARGETS))
    if lease is None:
        return None
    proof = db.session.get_one(RecordsProof, proof_id, populate_existing=True)
    return Step(
        proof_id=proof.id,
        lease=lease,
        state=proof.state,
        target=proof.target,
        edge_domain=proof.edge_domain,
        attempts=proof.attempts,
        values=values_of(settings()),
    )


def advance(step: Step, zone: DynamicZone | None) -> Outcome:
    """Tell the servers. Without a `zone` there is nobody to tell."""
    try:
        if step.state is TargetState.LEAVING:
            if zone is not None:
                zone.withdraw(step.target)
            return Done()
        if zone is None:
            return Done(_digest(step.values, wildcard=True))
        if not step.values:
            return _trouble("target.no-edge", step, "EDGE_TARGET is empty.", parked=True)
        zone.publish(step.target, step.values)
        return Done(_digest(step.values, wildcard=False))
    except UpdateRetryError as err:
        return _trouble("target.silent", step, str(err), parked=False)
    except UpdateRefusedError as err:
        return _trouble("target.refused", step, str(err), parked=True)


def _trouble(code: str, step: Step, said: str, *, parked: bool) -> Trouble:
    return Trouble(Message(code, {"zone": step.edge_domain, "said": said}), parked=parked)


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the target is still this worker's and is still wanted as it was; whether it is done.

    A target that was given back or taken again meanwhile kept its lease: what this worker did must not come after
    what the next one does. It is due from now on.
    """
    ours = RecordsProof.id == step.proof_id, JOB.is_held(step.lease)
    stored = db.session.execute(
        update(RecordsProof)
        .where(*ours, RecordsProof.state == step.state)
        .values(_changes(step, outcome, now))
        .execution_options(synchronize_session=False)
    )
    if not stored.rowcount:  # type: ignore[attr-defined]
        again = update(RecordsProof).where(*ours).values(next_attempt_at=now)
        db.session.execute(again.execution_options(synchronize_session=False))
        return False
    if isinstance(outcome, Trouble):
        _tell_staff(step, outcome, now)
        return False
    if findings.is_open(FindingKind.EDGE_ZONE, None):
        findings.resolve([FindingKind.EDGE_ZONE], now)
    return True


def _changes(step: Step, outcome: Outcome, now: datetime) -> dict[str, object]:
    if isinstance(outcome, Trouble):
        return {
            "attempts": step.attempts + 1,
            "next_attempt_at": now + outcome.pause(step.attempts + 1, _BACK_OFF),
            "problem_code": outcome.message.code,
            "problem_params": outcome.message.params,
        }
    free = {"attempts": 0, "next_attempt_at": None, "problem_code": None, "problem_params": None}
    if step.state is TargetState.WANTED:
        return {**free, "state": TargetState.PUBLISHED, "published": outcome.published, "withdrawn_at": None}
    # A removal that waits for a look takes one now, because this may have been what it waited for.
    look = case((RecordsProof.next_look_at.is_not(None), now), else_=None)
    return {
        **free,
        "state": TargetState.WITHDRAWN,
        "published": None,
        "withdrawn_at": now,
        "next_look_at": look,
    }


def _tell_staff(step: Step, trouble: Trouble, now: datetime) -> None:
    """One finding for the whole zone, because what keeps one target out keeps all of them."""
    if trouble.parked or step.attempts + 1 >= SILENT_ATTEMPTS:
        told = Message("finding.edge-zone", trouble.message.params)
        findings.report(FindingKind.EDGE_ZONE, told, now)


def _digest(values: Sequence[str], *, wildcard: bool) -> str:
    return _WILDCARD if wildcard else hashlib.sha256(" ".join(sorted(values)).encode()).hexdigest()
