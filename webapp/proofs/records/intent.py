"""The intent for a token and a target, and for giving the target back."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select

from webapp.extensions import db, settings
from webapp.models import DomainState, LLMClientCustomDomain, RecordsProof, TargetState
from webapp.models.proof import UNFINISHED_TARGETS
from webapp.proofs.records import publication, queries

#: 160 random bits; the least that RFC 8555 asks of such a token is 128.
TOKEN_BYTES = 20


def want_proof(domain: LLMClientCustomDomain, now: datetime) -> RecordsProof:
    """The next generation of the claim's token and target. Both are random, and the database gives none twice."""
    former = queries.newest_proof(domain)
    proof = RecordsProof(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        generation=former.generation + 1 if former else 1,
        token=secrets.token_hex(TOKEN_BYTES),
        label=secrets.token_hex(TOKEN_BYTES),
        edge_domain=settings().edge_domain,
        state=TargetState.WANTED,
        next_attempt_at=now,
    )
    db.session.add(proof)
    db.session.flush()
    return proof


def give_back(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Let every target of the claim be withdrawn. Their rows stay, so that no label is given again.

    While the claim is removed, the removal waits until the customer's records were looked for.
    """
    waits = domain.state is DomainState.REMOVING
    for proof in db.session.scalars(
        select(RecordsProof)
        .where(RecordsProof.custom_domain_id == domain.id, RecordsProof.state.not_in(queries.OVER_TARGETS))
        .order_by(RecordsProof.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        _enter(proof, TargetState.LEAVING, now)
        proof.look, proof.next_look_at = None, now if waits else None
    db.session.flush()


def take_again(proof: RecordsProof, now: datetime) -> bool:
    """Have the same token and target in use again after a removal. True while a worker may be busy with it.

    Nobody else ever got the label, so that whoever kept the CNAME record is led as before.
    """
    db.session.refresh(proof, with_for_update=True)
    busy = _enter(proof, TargetState.WANTED, now)
    proof.look = proof.next_look_at = None
    db.session.flush()
    return busy


def _enter(proof: RecordsProof, state: TargetState, now: datetime) -> bool:
    """A worker that is busy with the target keeps its lease: an update of before must not come after the next one."""
    busy = publication.JOB.may_be_held(proof.next_attempt_at, now) and proof.state in UNFINISHED_TARGETS
    proof.state, proof.attempts, proof.problem = state, 0, None
    if not busy:
        proof.next_attempt_at = now
    return busy
