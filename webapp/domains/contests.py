"""What other accounts and staff have done about a name that is claimed or about to be served, and which of many
claims may be refused for it when they are proved, by few statements.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import aliased

from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import deny_list, queries, suspension_notice
from webapp.extensions import db, settings
from webapp.messages.formatting import period
from webapp.models import VERIFIED_STATES, Account, DeniedName, LLMClientCustomDomain

_DOMAIN = LLMClientCustomDomain


@dataclass(frozen=True)
class InTheWay:
    """Why an account may not have a name. `other`: the claim that is in the way, for staff alone. `contested`: that
    claim has this very name, and gives way to a proof, see `webapp.moves`.
    """

    refusal: names.Refusal
    other: LLMClientCustomDomain | None = None
    contested: bool = False


def of_served(
    account: Account, name: names.HostName, settings: Settings, own: LLMClientCustomDomain
) -> InTheWay | None:
    """What they have done about a claim that would be served: another account may hold the very name."""
    return of_others(account, name, settings, own) or held_elsewhere(account, name, settings)


def held_elsewhere(account: Account, name: names.HostName, settings: Settings) -> InTheWay | None:
    """Another account is verified with this very name, which moves by proof."""
    other = queries.verified_elsewhere(account, name.ascii)
    if other is None:
        return None
    apart = period(timedelta(minutes=settings.failing_confirmation_minutes), in_words=True)
    sentence = f"{name.shown} is verified in another account. {how_it_moves(apart)}"
    refusal = names.Refusal(names.RefusalCode.NAME_IN_USE, "in-use", sentence, None)
    return InTheWay(refusal, other, contested=True)


def how_it_moves(apart: str) -> str:
    return f"If DNS proves your claim in two checks {apart} apart, it moves to you."


def of_others(
    account: Account, name: names.HostName, settings: Settings, own: LLMClientCustomDomain | None = None
) -> InTheWay | None:
    """What other accounts and staff have done about the name."""
    denied = deny_list.refusal(name, settings)
    if denied is not None:
        return InTheWay(denied)
    suspended = queries.suspended_claim(name.ascii, besides=own)
    if suspended is not None:
        mine = suspended.account_id == account.id
        return InTheWay(suspension_notice.refusal(name, settings, mine=mine), suspended)
    verified = queries.verified_in_the_way(account, name)
    return InTheWay(_in_use(name, settings), verified) if verified is not None else None


def _in_use(name: names.HostName, settings: Settings) -> names.Refusal:
    sentence = (
        f"A name above or below {name.shown} is connected to another account. If the domain is yours, contact "
        f"{settings.contact}, and we sort out with you who controls it."
    )
    return names.Refusal(names.RefusalCode.NAME_IN_USE, "in-use", sentence, None)


def may_be_refused(proved: Sequence[LLMClientCustomDomain]) -> set[int]:
    """The ids of the domains to look at one by one: all that may not be served, and some that may."""
    if not proved:
        return set()
    lineages = {one.id: names.HostName(one.domain_name).lineage for one in proved}
    at_or_above = {*chain.from_iterable(lineages.values())}
    denied, suspended = _denied(at_or_above), _suspended([one.domain_name for one in proved])
    accounts: dict[str, set[int]] = {}
    for one in proved:
        accounts.setdefault(one.registrable_domain, set()).add(one.account_id)
    beside_others = _beside_others(proved) | _below_others(proved, lineages, at_or_above)
    return {
        one.id
        for one in proved
        if one.id in beside_others
        or one.domain_name in suspended
        or denied.intersection(lineages[one.id])
        or len(accounts[one.registrable_domain]) > 1
        or _is_of_another_list(one)
        or names.refusal_of_ours(names.HostName(one.domain_name), settings().platform_domain)
    }


def _is_of_another_list(domain: LLMClientCustomDomain) -> bool:
    """Whether the list of public suffixes has changed for this name, so that rows cannot be compared by it."""
    registrable = names.HostName(domain.domain_name).registrable
    return domain.registrable_domain != (registrable or domain.domain_name)


def _denied(at_or_above: Collection[str]) -> set[str]:
    return {*db.session.scalars(select(DeniedName.name).where(DeniedName.name.in_(at_or_above)))}


def _suspended(domain_names: Collection[str]) -> set[str]:
    held = _DOMAIN.domain_name.in_(domain_names), _DOMAIN.held_at.is_not(None)
    return {*db.session.scalars(select(_DOMAIN.domain_name).where(*held))}


def _beside_others(proved: Sequence[LLMClientCustomDomain]) -> set[int]:
    """The ids of those domains whose registrable domain has a verified name of another account."""
    other = aliased(_DOMAIN)
    query = select(_DOMAIN.id).where(
        _DOMAIN.id.in_([one.id for one in proved]),
        select(other.id)
        .where(
            other.registrable_domain == _DOMAIN.registrable_domain,
            other.state.in_(VERIFIED_STATES),
            other.account_id != _DOMAIN.account_id,
        )
        .exists(),
    )
    return {*db.session.scalars(query)}


def _below_others(
    proved: Sequence[LLMClientCustomDomain],
    lineages: Mapping[int, Collection[str]],
    at_or_above: Collection[str],
) -> set[int]:
    """The ids of those domains whose name, or one above it, is verified for another account: that row may still have
    the registrable domain of an earlier list of public suffixes.
    """
    verified = select(_DOMAIN.domain_name, _DOMAIN.account_id).where(
        _DOMAIN.domain_name.in_(at_or_above), _DOMAIN.state.in_(VERIFIED_STATES)
    )
    owners = db.session.execute(verified).all()
    return {
        one.id
        for one in proved
        if any(name in lineages[one.id] and who != one.account_id for name, who in owners)
    }
