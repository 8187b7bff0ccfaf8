"""One act on each of several domains, by the service that the domain's own page calls, and what came of it.

The caller commits after each domain, so that one that is refused or breaks keeps no other from being done, and no
transaction holds the locks of two domains. `wake` is called after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.audit.log import Actor
from webapp.checks import request as check_request
from webapp.checks.tasks import queue_request
from webapp.config.settings import Settings
from webapp.domains import assignment, lifecycle, limits
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.messages.formatting import shown
from webapp.models import Account, CheckOrigin, DomainState, LLMClient, LLMClientCustomDomain
from webapp.proofs.waking import wake_for

#: Domains that can be chosen at once.
MOST_CHOSEN = 100


@dataclass(frozen=True)
class Done:
    """`sentence` says what was done, or why it was not."""

    domain_id: int
    name: str
    done: bool
    sentence: str
    wake: Callable[[], None] | None = None


def chosen(account: Account, ids: Collection[int]) -> Sequence[LLMClientCustomDomain]:
    """Those of these domains that are the account's and not gone for good, by name."""
    row = LLMClientCustomDomain
    mine = row.account_id == account.id, row.state != DomainState.REMOVED, row.id.in_(ids)
    query = select(row).where(*mine).options(selectinload(row.llm_client))
    return db.session.scalars(query.order_by(row.domain_name, row.id)).all()


def still_of(account: Account, domain: LLMClientCustomDomain) -> Done | None:
    """Lock the domain for the act. A refusal if it moved to another account since it was chosen: the commit of the
    domain before may be a while ago.
    """
    name = shown(domain.domain_name)
    if lock_domain(domain) and domain.account_id == account.id:
        return None
    return Done(domain.id, name, False, "It has moved to another account.")


def check(domain: LLMClientCustomDomain, *, actor: Actor, settings: Settings) -> Done:
    outcome = check_request.request_check(domain, origin=CheckOrigin.CUSTOMER, actor=actor, settings=settings)
    if not isinstance(outcome, check_request.CheckRequested | check_request.ParentCheckRequested):
        return _refused(domain, outcome.sentence)
    return _done(domain, "A check was requested.", partial(queue_request, outcome))


def remove(domain: LLMClientCustomDomain, *, actor: Actor) -> Done:
    if domain.state.is_gone:
        return _refused(domain, "It is being removed already.")
    lifecycle.remove(domain, actor=actor)
    return _done(domain, "It is switched off and being removed.", partial(wake_for, domain))


def assign(domain: LLMClientCustomDomain, llm_client_id: int | None, *, actor: Actor) -> Done:
    """None: it leads to no LLM client any more. By the id, because the LLM client may have been deleted since the
    commit of the domain before.
    """
    if domain.held_at is not None:
        return _refused(domain, limits.why_suspended(domain))
    if llm_client_id is None:
        if domain.llm_client is not None:
            assignment.detach(domain.llm_client, actor=actor)
        return _done(domain, "It leads to no LLM client.")
    llm_client = db.session.get(LLMClient, llm_client_id)
    if llm_client is None:
        return _refused(domain, assignment.CLIENT_GONE)
    refusal = assignment.attach(llm_client, domain, actor=actor)
    if refusal is not None:
        return _refused(domain, refusal.sentence)
    return _done(domain, f"It leads to {llm_client.name}.")


def _done(domain: LLMClientCustomDomain, sentence: str, wake: Callable[[], None] | None = None) -> Done:
    return Done(domain.id, shown(domain.domain_name), True, sentence, wake)


def _refused(domain: LLMClientCustomDomain, sentence: str) -> Done:
    return Done(domain.id, shown(domain.domain_name), False, sentence)
