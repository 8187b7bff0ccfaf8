"""The intent for a token and a target, and for giving the target back."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select

from webapp.extensions import db, settings
from webapp.models import LLMClientCustomDomain, RecordsProof, TargetState
from webapp.proofs.records import queries

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
    """Let every target of the claim be withdrawn. Their rows stay, so that no label is given again."""
    for proof in db.session.scalars(
        select(RecordsProof)
        .where(RecordsProof.custom_domain_id == domain.id, RecordsProof.state.not_in(queries.OVER_TARGETS))
        .with_for_update()
    ):
        proof.state, proof.next_attempt_at, proof.attempts = TargetState.LEAVING, now, 0
        proof.problem = None
    db.session.flush()
