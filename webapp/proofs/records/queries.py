"""Questions about the tokens and targets of claims. They read and never write."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import LLMClientCustomDomain, RecordsProof, TargetState

#: The states of a target that is on its way out or gone.
OVER_TARGETS = (TargetState.LEAVING, TargetState.WITHDRAWN)


def current_proof(domain: LLMClientCustomDomain) -> RecordsProof | None:
    """The newest generation, unless it was given back."""
    newest = newest_proof(domain)
    return None if newest is None or newest.state in OVER_TARGETS else newest


def newest_proof(domain: LLMClientCustomDomain) -> RecordsProof | None:
    return db.session.scalar(
        select(RecordsProof)
        .where(RecordsProof.custom_domain_id == domain.id)
        .order_by(RecordsProof.generation.desc())
        .limit(1)
    )


def proofs_of_accounts(
    account_ids: Collection[int], names: Collection[str]
) -> dict[tuple[int, str], list[RecordsProof]]:
    """Every generation that these accounts ever had for these names, by account and name, oldest first."""
    found: dict[tuple[int, str], list[RecordsProof]] = {}
    rows = (
        select(RecordsProof, LLMClientCustomDomain.account_id)
        .join(RecordsProof.custom_domain)
        .where(RecordsProof.domain_name.in_(names), LLMClientCustomDomain.account_id.in_(account_ids))
        .order_by(RecordsProof.id)
    )
    for proof, account_id in db.session.execute(rows):
        found.setdefault((account_id, proof.domain_name), []).append(proof)
    return found


def leaving_proof(domain: LLMClientCustomDomain) -> RecordsProof | None:
    """The newest generation whose records the customer still has to delete, as far as a removal knows."""
    return db.session.scalar(
        select(RecordsProof)
        .where(RecordsProof.custom_domain_id == domain.id, RecordsProof.keeps_from_ending())
        .order_by(RecordsProof.generation.desc())
        .limit(1)
    )


def published_target() -> str | None:
    """One that has to answer: the newest."""
    proof = db.session.scalar(
        select(RecordsProof)
        .where(RecordsProof.state == TargetState.PUBLISHED)
        .order_by(RecordsProof.id.desc())
        .limit(1)
    )
    return proof.target if proof is not None else None
