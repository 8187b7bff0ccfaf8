"""Which of many claims may be refused when they are proved, by few statements; see `registration.in_the_way_of`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import aliased

from webapp.dns import names
from webapp.extensions import db, settings
from webapp.models import VERIFIED_STATES, DeniedName, LLMClientCustomDomain

_DOMAIN = LLMClientCustomDomain


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
