"""What visitors reach, in SQL: the rules of `webapp.domains.rules.standing`, for many rows at once."""

from __future__ import annotations

from sqlalchemy import Boolean, ColumnElement, Select, and_, bindparam, case, func, not_, select

from webapp.extensions import settings
from webapp.live.status import LASTS
from webapp.models import DomainState, LLMClient, LLMClientCustomDomain, Probe, ProbeOutcome, utcnow
from webapp.models.base import UtcDateTime

_WORKS = [one.value for one in ProbeOutcome if one.works]
_FAILS = [one.value for one in ProbeOutcome if not one.works]
#: Whose turn it is while nothing is known of the address.
_YOURS = [one.value for one in ProbeOutcome if not one.works and one.facts.who_acts == "you"]
# Asked with each execution, because the queries are built once for all.
_LOOKS = bindparam("looks", callable_=lambda: settings().probes_names, type_=Boolean())
_SINCE = bindparam("seen_since", callable_=lambda: utcnow() - LASTS, type_=UtcDateTime())


def live(whose: ColumnElement[int]) -> Select[int]:
    """The ids of verified domains of this account that were seen to work, and lately."""
    return _seen(whose, Probe.outcome_code.in_(_WORKS))


def unreached(whose: ColumnElement[int] | None = None) -> Select[int]:
    """The ids of verified domains of this account, or of all, that visitors do not reach until their people change
    something: `webapp.messages.sentences.probes.acting` in SQL.
    """
    delegated = func.coalesce(Probe.outcome_params["delegated"].as_boolean(), False)
    edge = Probe.outcome_params["edge"].as_boolean()
    theirs = case((edge.is_(None), Probe.outcome_code.in_(_YOURS)), else_=not_(edge))
    return _seen(whose, Probe.outcome_code.in_(_FAILS), not_(delegated), theirs)


def _seen(whose: ColumnElement[int] | None, *conditions: ColumnElement[bool]) -> Select[int]:
    mine = LLMClientCustomDomain.__table__.alias()
    found = (
        select(Probe.custom_domain_id)
        .join(mine, mine.c.id == Probe.custom_domain_id)
        .join(LLMClient, and_(LLMClient.custom_domain_id == mine.c.id, LLMClient.deployed))
        .where(_LOOKS, mine.c.state == DomainState.VERIFIED)
        .where(Probe.seen_at >= _SINCE, *conditions)
    )
    return found if whose is None else found.where(mine.c.account_id == whose)
