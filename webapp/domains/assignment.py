"""Which LLM client is served at a domain."""

from __future__ import annotations

from datetime import timedelta

from webapp.audit import history
from webapp.audit.log import Actor, note
from webapp.dns import names
from webapp.domains import queries
from webapp.domains.limits import why_suspended
from webapp.domains.locks import lock_llm_client
from webapp.extensions import db, settings
from webapp.jobs import clock, together
from webapp.messages.formatting import shown
from webapp.models import (
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    TlsStatus,
)

_ATTACHED = "llm-client.attached"
#: How often in 24 hours people can give a domain to an LLM client: each time leaves events for ever.
MOST_ATTACHED_A_DAY = 30
CLIENT_GONE = "That LLM client was deleted a moment ago. Choose another one."


def attach(llm_client: LLMClient, domain: LLMClientCustomDomain, *, actor: Actor) -> names.Refusal | None:
    """Give the domain to this LLM client. Both belong to one account; the domain's former client loses the domain."""
    if domain.account_id != llm_client.account_id:
        return names.Refusal(
            names.RefusalCode.NAME_IN_USE,
            "not-yours",
            f"{shown(domain.domain_name)} is not among your domains.",
            None,
        )
    if domain.state.is_gone:
        sentence = f"{shown(domain.domain_name)} is being removed, so it leads to no LLM client any more."
        return names.Refusal(names.RefusalCode.NAME_IN_USE, "being-removed", sentence, None)
    if domain.held_at is not None or queries.suspended_claim(domain.domain_name) is not None:
        return _refused_while_suspended(domain)
    if domain.llm_client is llm_client:
        return None
    refusal = refusal_to_lead(llm_client) or _too_often(domain, actor)
    if refusal is not None:
        return refusal
    if domain.llm_client is not None:
        detach(domain.llm_client, actor=actor)
        db.session.flush()
    if llm_client.custom_domain is not None:
        detach(llm_client, actor=actor)
        db.session.flush()
    llm_client.custom_domain = domain
    show_certificate(domain)
    said = Message(_ATTACHED, {"name": domain.domain_name, "llm_client": llm_client.name})
    note(domain, EventKind.ATTACHED, said, actor)
    db.session.flush()
    return None


def _too_often(domain: LLMClientCustomDomain, actor: Actor) -> names.Refusal | None:
    if not actor.is_limited:
        return None
    if history.count_of(domain, _ATTACHED, since=clock.now() - timedelta(days=1)) < MOST_ATTACHED_A_DAY:
        return None
    sentence = (
        f"{shown(domain.domain_name)} was given to an LLM client {MOST_ATTACHED_A_DAY} times in 24 hours, which is "
        f"the limit. Change it again tomorrow, or contact {settings().contact}."
    )
    return names.Refusal(names.RefusalCode.TOO_MANY, "too-many", sentence, None)


def refusal_to_lead(llm_client: LLMClient) -> names.Refusal | None:
    """The refusal of a name that is to lead to this LLM client, which stays locked until the commit."""
    if not lock_llm_client(llm_client):
        return names.Refusal(names.RefusalCode.NAME_IN_USE, "llm-client-gone", CLIENT_GONE, None)
    return refusal_to_detach(llm_client)


def refusal_to_detach(llm_client: LLMClient) -> names.Refusal | None:
    """The refusal while the client's domain is suspended, else None."""
    domain = llm_client.custom_domain
    return _refused_while_suspended(domain) if domain is not None and domain.held_at is not None else None


def _refused_while_suspended(domain: LLMClientCustomDomain) -> names.Refusal:
    return names.Refusal(names.RefusalCode.ON_HOLD, "on-hold", why_suspended(domain), None)


def detach(llm_client: LLMClient, *, actor: Actor) -> None:
    domain = llm_client.custom_domain
    if domain is None:
        return
    llm_client.custom_domain = None
    llm_client.tls_certificate_issuance_status = TlsStatus.NONE
    said = Message("llm-client.detached", {"name": domain.domain_name, "llm_client": llm_client.name})
    note(domain, EventKind.DETACHED, said, actor)
    db.session.flush()


def show_certificate(domain: LLMClientCustomDomain) -> None:
    """Set the LLM client's certificate status from the domain's newest certificate."""
    together.flush()
    if domain.llm_client is not None:
        newest = queries.newest_certificate(domain)
        status = newest.state.tls_status if newest is not None else TlsStatus.NONE
        domain.llm_client.tls_certificate_issuance_status = status
