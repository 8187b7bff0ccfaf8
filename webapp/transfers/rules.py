"""Whether a domain may leave its account, and whether another account may have it.

Callers that move a domain hold the locks of both accounts, of the domain and of its name, so that the answers stay
true until the commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import contests, deny_list, queries
from webapp.domains.limits import too_many_waiting, too_many_zones, why_suspended
from webapp.messages.formatting import shown
from webapp.models import Account, LLMClient, LLMClientCustomDomain

_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class NotMoved:
    """Nothing was changed. `field`: what was chosen or typed wrongly, `to` or `llm_client`; empty for neither."""

    code: str
    sentence: str
    field: str = ""


def refusal_to_leave(domain: LLMClientCustomDomain) -> NotMoved | None:
    """What its own account can be told."""
    name = shown(domain.domain_name)
    if domain.state.is_gone:
        return NotMoved("domain-gone", f"{name} is being removed, so it cannot move to another account.")
    if domain.held_at is not None or queries.suspended_claim(domain.domain_name) is not None:
        return NotMoved("domain-suspended", why_suspended(domain))
    if deny_list.covering(domain.domain_name) is not None:
        sentence = f"{name} is a name that we do not serve to other accounts, so it stays in this one."
        return NotMoved("domain-denied", sentence)
    if domain.account.deleted_at is not None:
        return NotMoved("domain-gone", f"{name} goes with its account, which is being deleted.")
    return None


def refusal_to_have(
    account: Account, domain: LLMClientCustomDomain, settings: Settings, now: datetime
) -> NotMoved | None:
    """As at a registration by this account, as far as that applies to a claim that exists. Only its owners may read
    the answer.
    """
    name = names.HostName(domain.domain_name)
    if account.id == domain.account_id:
        return NotMoved("same-account", f"{name.shown} is in this account already.", "to")
    if account.deleted_at is not None:
        return NotMoved("account-deleted", "This account is being deleted, so it takes no domains.", "to")
    if queries.claim_of(account, domain.domain_name) is not None:
        sentence = f"{name.shown} is among the domains of this account already. Remove that one first."
        return NotMoved("already-yours", sentence, "to")
    found = contests.of_others(account, name, settings, own=domain)
    refusal = found.refusal if found is not None else _no_room(account, domain, name, settings, now)
    return NotMoved(refusal.reason, refusal.sentence, "to") if refusal is not None else None


def _no_room(
    account: Account, domain: LLMClientCustomDomain, name: names.HostName, settings: Settings, now: datetime
) -> names.Refusal | None:
    """The limits of the account. No zone is made for it, so that the limits of all accounts together do not apply.

    A zone that was made today counts for its account: else somebody could give away one after the other, until the
    name servers of one match an old delegation (see `limits.too_many_zones`).
    """
    if domain.verified_at is None:
        waiting = too_many_waiting(queries.unproved_of(account), settings)
        if waiting is not None:
            return waiting
    is_new = any(zone.created_at > now - _A_DAY for zone in domain.zones)
    return too_many_zones(account, name, settings, now) if is_new else None


def needs_client(domain: LLMClientCustomDomain) -> bool:
    """Whether visitors reach somebody there now, so that they must reach somebody afterwards."""
    return domain.is_verified and domain.llm_client is not None


def refusal_of_client(
    account: Account, domain: LLMClientCustomDomain, llm_client: LLMClient | None
) -> NotMoved | None:
    """Why the domain cannot lead to this LLM client once it is the account's."""
    name = shown(domain.domain_name)
    if llm_client is None:
        if not needs_client(domain):
            return None
        sentence = (
            f"{name} is served now. Choose the LLM client of this account that visitors reach there next."
        )
        return NotMoved("llm-client-needed", sentence, "llm_client")
    if llm_client.account_id != account.id:
        return NotMoved(
            "llm-client-unknown", "Choose an LLM client of the account that gets the domain.", "llm_client"
        )
    if llm_client.custom_domain is not None:
        sentence = (
            f"{llm_client.name} is reached at {shown(llm_client.custom_domain.domain_name)}. Choose one without a "
            "domain."
        )
        return NotMoved("llm-client-busy", sentence, "llm_client")
    now_reached = domain.llm_client if domain.is_verified else None
    if now_reached is not None and now_reached.deployed and not llm_client.deployed:
        sentence = f"{llm_client.name} is not deployed, so that visitors of {name} would reach nobody."
        return NotMoved("llm-client-not-deployed", sentence, "llm_client")
    return None
