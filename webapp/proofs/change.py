"""A claim changes its method. A name that is served is proved by the new method before the old one is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from webapp.audit.log import SYSTEM, Actor, note
from webapp.config.settings import Settings
from webapp.dns.judgement.report import Report
from webapp.domains.limits import why_suspended
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.jobs import clock
from webapp.jobs.clock import SKEW
from webapp.jobs.double_check import APART
from webapp.messages.formatting import shown
from webapp.models import EventKind, LLMClientCustomDomain, Message, Method
from webapp.proofs.registry import METHODS, offered

#: How long what belongs to the former method stays. Resolvers keep a delegation for two days at most by custom, and
#: lead visitors by it until then.
FORMER_STAYS = timedelta(days=3)


def choose(
    domain: LLMClientCustomDomain,
    method: Method,
    *,
    actor: Actor,
    settings: Settings,
    now: datetime | None = None,
) -> str | None:
    """Have the claim proved by this method. A refusal is a sentence.

    A claim that is not served has it at once. One that is served goes on by its method until a check proves it by
    the new one.
    """
    if not lock_domain(domain):
        return f"{shown(domain.domain_name)} has moved to another account."
    now = now or clock.now()
    refusal = _refusal(domain, method, settings)
    if refusal is not None:
        return refusal
    if method is (domain.next_method or domain.method):
        return None
    if method is domain.method:
        _stay(domain, actor, now)
        return None
    refusal = METHODS[method].refusal(domain, settings, now)
    if refusal is not None:
        return refusal
    METHODS[method].prepare(domain, now)
    told = {"name": domain.domain_name, "method": method.value, "before": domain.method.value}
    if domain.state.is_verified:
        domain.next_method, domain.next_report = method, None
        note(domain, EventKind.METHOD_CHANGED, Message("method.changing", told), actor)
    else:
        before, domain.method = domain.method, method
        _begin_anew(domain)
        METHODS[before].let_go(domain, now)
        METHODS[method].entered(domain)
        note(domain, EventKind.METHOD_CHANGED, Message("method.changed", told), actor)
    domain.next_check_at = now
    db.session.flush()
    return None


def _refusal(domain: LLMClientCustomDomain, method: Method, settings: Settings) -> str | None:
    if domain.state.is_gone:
        return (
            f"{shown(domain.domain_name)} is being removed, so it cannot be proved in another way any more."
        )
    if domain.held_at is not None:
        return why_suspended(domain)
    if method not in offered(settings):
        return f"Proof by {method.value} is not offered here."
    return None


def _stay(domain: LLMClientCustomDomain, actor: Actor, now: datetime) -> None:
    """Take the change back. What was prepared for it goes at once: the name never led there."""
    dropped, domain.next_method, domain.next_report = domain.next_method, None, None
    if dropped is not None:
        METHODS[dropped].let_go(domain, now)
    told = {"name": domain.domain_name, "method": domain.method.value}
    note(domain, EventKind.METHOD_CHANGED, Message("method.kept", told), actor)
    db.session.flush()


def _begin_anew(domain: LLMClientCustomDomain) -> None:
    """What checks found by the former method says nothing of the new one."""
    domain.verdict = domain.contrary_since = domain.inconsistent_since = None
    domain.unsettled = domain.check_history = None
    domain.contests_since = None
    domain.check_attempt = 0


def enter(domain: LLMClientCustomDomain, report: Report, now: datetime) -> bool:
    """Let the new method take the place of the old one, if this report proves the claim by it. The domain is locked.

    False when the report is by a method that the claim neither has nor changes to any more: it says nothing then.
    """
    if report.method == domain.method:
        return True
    if report.method != domain.next_method or not report.verified:
        return False
    before, domain.method = domain.method, Method(report.method)
    domain.next_method = domain.next_report = None
    _begin_anew(domain)
    domain.former_until, domain.former_overdue_since = now + FORMER_STAYS, None
    METHODS[domain.method].entered(domain)
    told = {"name": domain.domain_name, "method": domain.method.value, "before": before.value}
    note(domain, EventKind.METHOD_CHANGED, Message("method.changed", told), SYSTEM)
    return True


def keep(coming: Mapping[int, Report]) -> None:
    """Keep what checks said by the methods that domains change to, by the domains' ids, for their pages."""
    if not coming:
        return
    row = LLMClientCustomDomain
    for domain in db.session.scalars(
        select(row).where(row.id.in_(coming), row.next_method.is_not(None)).order_by(row.id).with_for_update()
    ):
        if domain.next_method == coming[domain.id].method:
            domain.next_report = coming[domain.id].to_data()


def let_former_go(now: datetime, limit: int = 100) -> int:
    """Give back what former methods had, where nobody is led by it any more. How many domains there were.

    It takes two looks at the clock, as `webapp.jobs.double_check` does, because what is given back too early is not
    there for visitors who are still led by it.
    """
    row = LLMClientCustomDomain
    until, mark = row.former_until, row.former_overdue_since
    _set_former(until > now + FORMER_STAYS + SKEW, former_until=now + FORMER_STAYS)
    _set_former(mark.is_not(None) & or_(until.is_(None), until > now, mark > now), former_overdue_since=None)
    domains = db.session.scalars(
        select(row)
        .where(until <= now, mark <= now - APART)
        .order_by(until)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    _set_former((until <= now) & mark.is_(None), former_overdue_since=now)
    for domain in domains:
        domain.former_until = domain.former_overdue_since = None
        for method in METHODS.values():
            if method.id not in {domain.method, domain.next_method}:
                method.let_go(domain, now)
    db.session.flush()
    return len(domains)


def _set_former(which: ColumnElement[bool], **values: datetime | None) -> None:
    """Past the table's version: nobody who read the domain before needs to know of this."""
    changing = update(LLMClientCustomDomain).where(which).values(values)
    db.session.execute(changing.execution_options(synchronize_session=False))
