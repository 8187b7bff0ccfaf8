"""Registration: who may claim a name, and the claim.

`in_the_way` answers for a name that is registered, and `in_the_way_of` for a claim that would become served: what
other accounts and staff did meanwhile must not be passed by an older claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from webapp.audit.log import Actor, note
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import deny_list, lifecycle, limits, queries
from webapp.domains.assignment import detach, refusal_to_lead
from webapp.domains.contests import InTheWay, held_elsewhere, of_others, of_served
from webapp.domains.locks import lock_account, lock_names, lock_row
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import (
    Account,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    Method,
    ValidationError,
)
from webapp.models.custom_domain_indexes import ALREADY_YOURS


@dataclass(frozen=True)
class Registered:
    """`existing` is true when the account had this claim already; registering twice changes nothing."""

    domain: LLMClientCustomDomain
    existing: bool
    understood: tuple[str, ...] = ()


def register(
    account: Account,
    typed: str,
    *,
    actor: Actor,
    settings: Settings,
    llm_client: LLMClient | None = None,
    method: Method | None = None,
    now: datetime | None = None,
) -> Registered | names.Refusal:
    """Claim a name for `account`, to be proved by this method. What the method needs on our side is wanted here, and
    a worker makes it later. No network is used.
    """
    now, method = now or clock.now(), method or default_method(settings)
    parsed = names.parse(typed)
    if parsed.name is None:
        assert parsed.refusal is not None  # noqa: S101 - a Parsed has one or the other
        return _offering(account, parsed.refusal, settings, now, method)
    name = parsed.name
    existing = queries.claim_of(account, name.ascii)
    if existing is not None:
        return Registered(existing, existing=True, understood=parsed.notes)
    lock_account(account)
    refusal = refusal_for(account, name, settings, now, method)
    if refusal is None and llm_client is not None:
        refusal = refusal_to_lead(llm_client)
    if refusal is not None:
        return _offering(account, refusal, settings, now, method)
    try:
        with db.session.begin_nested():
            domain = LLMClientCustomDomain(account=account, domain_name=name.ascii, method=method)
            db.session.add(domain)
    except IntegrityError as err:
        if not _is_own_claim(domain.conflict(err)):
            raise
        winner = queries.claim_of(account, name.ascii)
        assert winner is not None  # noqa: S101 - the constraint has just said so
        return Registered(winner, existing=True, understood=parsed.notes)
    if llm_client is not None:
        # An LLM client has one domain. The former one loses it, and its history says so.
        detach(llm_client, actor=actor)
        llm_client.custom_domain = domain
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}), actor)
    lifecycle.publish(domain, lifecycle.Transition(lifecycle.TransitionKind.REGISTERED, None, actor, now))
    db.session.flush()
    return Registered(domain, existing=False, understood=parsed.notes)


def _is_own_claim(conflict: Exception) -> bool:
    return isinstance(conflict, ValidationError) and conflict.code == ALREADY_YOURS


def default_method(settings: Settings) -> Method:
    """The method of claims for which nobody has chosen one."""
    return Method(settings.methods[0])


def _offering(
    account: Account, refusal: names.Refusal, settings: Settings, now: datetime, method: Method
) -> names.Refusal:
    """The refusal, with a suggestion only if this account could register it now."""
    return names.with_passing_suggestion(
        refusal, lambda name: refusal_to_offer(account, name, settings, now, method)
    )


def refusal_to_offer(
    account: Account, name: names.HostName, settings: Settings, now: datetime, method: Method | None = None
) -> names.Refusal | None:
    """Why this name must not be suggested. One that the account has already can be: it leads to its page."""
    if queries.claim_of(account, name.ascii) is not None:
        return None
    found = held_elsewhere(account, name, settings)
    return found.refusal if found is not None else refusal_for(account, name, settings, now, method)


def refusal_for(
    account: Account, name: names.HostName, settings: Settings, now: datetime, method: Method | None = None
) -> names.Refusal | None:
    """Why `account` may not register this name now, to be proved by this method, or by the default one."""
    method = method or default_method(settings)
    if method not in settings.methods:
        sentence = f"Names cannot be proved by {method.value} here. Choose {' or '.join(settings.methods)}."
        return names.Refusal(names.RefusalCode.NOT_OFFERED, "method-not-offered", sentence)
    found = in_the_way(account, name, settings, method)
    if found is not None:
        return found.refusal
    drawn = limits.too_many_zones(account, name, settings, now) if method.has_zone else None
    return drawn or limits.no_room(account, settings, method)


def policy_of(settings: Settings) -> names.NamePolicy:
    return names.NamePolicy(
        settings.platform_domain,
        frozenset(settings.reserved_suffixes_allowed),
        frozenset(settings.extra_suffixes_allowed),
    )


def in_the_way(
    account: Account, name: names.HostName, settings: Settings, method: Method = Method.DELEGATION
) -> InTheWay | None:
    """Why `account` may not register this name, in the order of rows 0b to 0e of the verdict table.

    A whole domain can be proved where nothing of it is delegated. That another account is verified with the name is
    no reason: it moves to whose claim DNS proves.
    """
    refusal = names.registration_refusal(name, policy_of(settings), whole_domains=not method.has_zone)
    return InTheWay(refusal) if refusal is not None else of_others(account, name, settings)


def in_the_way_of(domain: LLMClientCustomDomain, settings: Settings) -> InTheWay | None:
    """Why this claim may not be served. Its own suspension does not count.

    Which names are reserved or public suffixes, and which endings exist, is not asked. Scripts may claim such a name
    on purpose, a change of these rules must not cut off a name that was served before, and a proof in DNS shows more
    of an ending than a bundled list knows. A caller that is about to have the name served holds `lock_names`.
    """
    name = names.HostName(domain.domain_name)
    ours = names.refusal_of_ours(name, settings.platform_domain)
    return InTheWay(ours) if ours is not None else of_served(domain.account, name, settings, domain)


def refusal_to_save(domain: LLMClientCustomDomain, settings: Settings) -> names.Refusal | None:
    """Why a script may not save this row as it is: a new claim, or one that it calls verified.

    Which names are reserved is not asked. Scripts are the operator's own, and may claim such a name on purpose.
    """
    name = names.HostName(domain.domain_name)
    if not domain.is_verified:
        return deny_list.refusal(name, settings)
    if domain.id is not None:
        lock_row(domain.id)
    lock_names([domain.domain_name])
    account = domain.account or db.session.get_one(Account, domain.account_id)
    found = of_served(account, name, settings, domain)
    return found.refusal if found is not None else None
