"""The life of a check: taken by one worker, and recorded once whatever happens to that worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, null, or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp.audit.log import SYSTEM, note
from webapp.checks import queries as check_queries
from webapp.checks import refused_proof
from webapp.checks.outcome import alarm
from webapp.checks.outcome.consequences import Consequences, consequences, next_check_at
from webapp.checks.outcome.report_storage import parts_of
from webapp.dns.judgement.report import Report
from webapp.dns.methods import AnyExpectation
from webapp.domains.lifecycle import change_state
from webapp.domains.locks import lock_claims
from webapp.domains.rules import transitions
from webapp.extensions import db, settings
from webapp.jobs.writing import begin_writing
from webapp.models import (
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
)
from webapp.moves import contest
from webapp.proofs import change, registry
from webapp.reports import rows
from webapp.reports.rows import Seen

_CHECK: Any = Check.__table__


@dataclass(frozen=True)
class Work:
    """A check that this worker holds until `lease_until`. `coming`: by the method that the domain changes to.
    `awaited`: somebody asked for it, and waits.
    """

    check_id: int
    lease_until: datetime
    expectation: AnyExpectation
    domain_id: int
    request_id: str | None = None
    coming: AnyExpectation | None = None
    awaited: bool = False


def take(check_id: int, now: datetime) -> Work | None:
    """Lease the check to this worker, unless it is done or another worker has it."""
    return next(iter(_take([check_id], now)), None)


def take_batch(limit: int, now: datetime) -> list[Work]:
    """Lease up to `limit` waiting checks to this worker; those that people asked for come before the schedule's.

    Accounts take turns: one that asks for checks of all its domains keeps nobody else waiting. The schedule's checks
    were opened by turns and are taken in that order; most checks are the schedule's, and to rank them at each batch
    would cost a worker part of its time.
    """
    waits = Check.status == CheckStatus.WAITING
    asked_for = and_(waits, Check.origin.in_([one for one in CheckOrigin if one is not CheckOrigin.SCHEDULE]))
    chosen = [*db.session.scalars(_unlocked(check_queries.first_in_turns(limit, asked_for)))]
    # Each query reads a range of the index of open checks. One query for all would have to sort the whole queue.
    for condition in (_abandoned(now), and_(waits, Check.origin == CheckOrigin.SCHEDULE)):
        if len(chosen) < limit:
            some = select(Check.id).where(check_queries.OPEN, condition).order_by(Check.id)
            chosen += db.session.scalars(_unlocked(some.limit(limit - len(chosen))))
    return _take(chosen, now)


def _unlocked(query: Select[int]) -> Select[int]:
    """Those rows that no other worker is about to take."""
    return query.with_for_update(skip_locked=True, of=Check)


def _abandoned(now: datetime) -> ColumnElement[bool]:
    return and_(Check.status == CheckStatus.RUNNING, check_queries.WORK.is_due(now))


def _take(check_ids: Sequence[int], now: datetime) -> list[Work]:
    """Compare-and-set on status and lease, which decides between workers that chose the same rows."""
    if not check_ids:
        return []
    free = or_(Check.status == CheckStatus.WAITING, _abandoned(now))
    taken = check_queries.WORK.claim_all(check_ids, now, free, status=CheckStatus.RUNNING, started_at=now)
    lease = now + check_queries.WORK.lease
    rows = db.session.execute(
        select(Check.id, Check.request_id, LLMClientCustomDomain, Check.origin != CheckOrigin.SCHEDULE)
        .join(Check.custom_domain)
        .where(Check.id.in_(taken))
        .order_by(Check.id)
        .execution_options(populate_existing=True)
    ).all()
    expected, coming = _expected([domain for _, _, domain, _ in rows], now)
    return [
        Work(check_id, lease, expected[domain.id], domain.id, request_id, coming.get(domain.id), awaited)
        for check_id, request_id, domain, awaited in rows
    ]


def _expected(
    domains: Sequence[LLMClientCustomDomain], now: datetime
) -> tuple[Mapping[int, AnyExpectation], Mapping[int, AnyExpectation]]:
    """By their methods, and by those that they change to. A claim that a script made may have nothing to expect yet,
    and is prepared here: it must not end the checks of all others.
    """
    expected, coming = registry.expectations_of(domains), registry.next_expectations_of(domains)
    bare = [(one, one.method) for one in domains if one.id not in expected]
    bare += [(one, one.next_method) for one in domains if one.next_method and one.id not in coming]
    for domain, method in bare:
        registry.METHODS[method].prepare(domain, now)
    if not bare:
        return expected, coming
    return registry.expectations_of(domains), registry.next_expectations_of(domains)


def finish_check(work: Work, report: Report, now: datetime, known: Consequences | None = None) -> bool:
    """Record the report and update the domain. False when the lease was lost: another worker has recorded the check.

    `known`: the consequences, if the caller has locked the domain and found them out already.
    """
    begin_writing()
    lock_rivals([(work, report)])
    if not still_held([work.check_id], work.lease_until):
        return False
    domain = db.session.get_one(
        LLMClientCustomDomain, work.domain_id, populate_existing=True, with_for_update=True
    )
    end_checks([(work, report)], now)
    periods = transitions.Periods.of(settings())
    if not change.enter(domain, report, now):
        # Somebody changed the method meanwhile. What this check says is kept, and nothing follows from it.
        domain.next_check_at = now
        db.session.flush()
        return True
    after = known or consequences(domain, report, now, periods)
    if after.proved and work.expectation.proved:
        _ask_anew(domain, now)
    else:
        follow(domain, report, after, now, periods)
    db.session.flush()
    return True


def lock_rivals(done: Sequence[tuple[Work, Report]]) -> None:
    """Lock these domains, and all claims on the names of those that are newly proved, if any is."""
    names = [
        work.expectation.host for work, report in done if report.verified and not work.expectation.proved
    ]
    if names:
        lock_claims(names, [work.domain_id for work, _ in done])


def still_held(check_ids: Sequence[int], lease: datetime) -> set[int]:
    """The ids of those checks that this worker still holds until `lease`, locked until the commit."""
    held = Check.id.in_(check_ids), Check.status == CheckStatus.RUNNING, check_queries.WORK.is_held(lease)
    return set(db.session.scalars(select(Check.id).where(*held).order_by(Check.id).with_for_update()))


def end_checks(done: Sequence[tuple[Work, Report]], now: datetime, *, quiet: bool = False) -> None:
    """Write down what these checks say. They are held, and their domains are locked.

    One statement writes each row once: every version of a row that PostgreSQL has to make leaves an entry in each
    index. `quiet`: nothing follows from them. Then those of the schedule become as small as they can, see `Check`:
    their request id leads from nowhere to them.
    """
    kept = rows.keep(
        [Seen(work.domain_id, work.check_id, report.transient, parts_of(report)) for work, report in done]
    )
    ended: dict[str, Any] = {"status": CheckStatus.DONE, "lease_until": None, "updated_at": now}
    ended |= _small(now) if quiet else {"finished_at": now}
    db.session.execute(
        update(_CHECK)
        .where(_CHECK.c.id == bindparam("which"))
        .values(verdict=bindparam("said"), report_id=bindparam("there"), **ended),
        [
            {"which": work.check_id, "said": report.verdict.value, "there": there}
            for (work, report), there in zip(done, kept, strict=True)
        ],
    )


def _small(now: datetime) -> dict[str, Any]:
    check = _CHECK.c
    scheduled = check.origin == CheckOrigin.SCHEDULE
    began = func.coalesce(check.started_at, check.created_at)
    return {
        "created_at": case((scheduled, began), else_=check.created_at),
        "started_at": case((scheduled, null()), else_=check.started_at),
        "finished_at": case((scheduled, null()), else_=literal(now, check.finished_at.type)),
        "request_id": case((scheduled, null()), else_=check.request_id),
    }


def _ask_anew(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Have a domain that was verified when its check began, and is not any more, checked again at once.

    A check of a verified name does not ask resolvers whether the name is there, so that it cannot verify one anew.
    """
    domain.last_checked_at = domain.next_check_at = now


def follow(
    domain: LLMClientCustomDomain,
    report: Report,
    after: Consequences,
    now: datetime,
    periods: transitions.Periods,
    *,
    enter: Callable[..., bool] | None = None,
) -> None:
    """Let the domain be as the report says. `enter` changes its state, and tells whether it could."""
    domain.last_checked_at = now
    if after.suspended:
        domain.next_check_at = None
        return
    if after.new_verdict:
        _note_new_verdict(domain, report)
    domain.known_delegations = after.delegations
    if after.alarm != alarm.of(domain):
        alarm.settle(domain, after.alarm, now)
    domain.verdict, domain.inconsistent_since = after.verdict, after.inconsistent_since
    domain.check_history = after.history
    domain.unsettled = after.unsettled
    decision = after.decision
    if after.new_verdict and not report.verified:
        refused_proof.settle(domain, now)
    if contest.is_over(domain, report):
        contest.end(domain, now)
    if decision.state is not domain.state and not (enter or _enter)(domain, decision, report, now):
        decision = transitions.Decision(domain.state, None, None)
    domain.contrary_since, domain.grace_until = decision.contrary_since, decision.grace_until
    domain.overdue_since = decision.overdue_since
    usual = next_check_at(replace(after, decision=decision), report, domain.check_attempt, now, periods)
    domain.next_check_at = contest.next_check_at(domain, usual, now, periods.confirmation)
    domain.check_attempt += 1


def _note_new_verdict(domain: LLMClientCustomDomain, report: Report) -> None:
    evidence = {"verdict": report.verdict.value, "found": list(report.found)}
    said = Message("verdict.changed", report.to_statement())
    note(domain, EventKind.VERDICT_CHANGED, said, evidence=evidence)


def _enter(
    domain: LLMClientCustomDomain, decision: transitions.Decision, report: Report, now: datetime
) -> bool:
    """Change the state. False when the claim is proved and refused, by the rules that registration goes by.

    They do not stop a name that is already served. A name that another account holds may move here by this proof,
    see `webapp.moves`. Processes of a release that knows no lock of names, which run on
    during an upgrade, meet the unique index of verified names instead.
    """
    newly_verified = decision.state.is_verified and not domain.state.is_verified
    try:
        with db.session.begin_nested():
            # What it takes from another account, it takes only together with its own change.
            if newly_verified and refused_proof.refuse(domain, report, now):
                return False
            enter_unasked(domain, decision, report, now)
    except IntegrityError as err:
        if domain.conflict(err) is err:
            raise
        db.session.refresh(domain)
        domain.last_checked_at, domain.verdict = now, report.verdict.value
        refused_proof.refuse(domain, report, now, moving=False)
        return False
    return True


def enter_unasked(
    domain: LLMClientCustomDomain, decision: transitions.Decision, report: Report, now: datetime
) -> bool:
    said = _entered(domain.domain_name, decision, report)
    # Set before the change, because the notifications that follow from it state this date.
    domain.grace_until = decision.grace_until
    change_state(domain, decision.state, now, SYSTEM, said, evidence={"verdict": report.verdict.value})
    return True


def _entered(name: str, decision: transitions.Decision, report: Report) -> Message:
    if decision.state is DomainState.VERIFIED:
        return Message(
            "domain.verified", {"name": name, "parent": report.parent_zone, "method": report.method}
        )
    if decision.state is DomainState.LAPSED:
        return Message("domain.lapsed", {"name": name})
    assert decision.grace_until is not None  # noqa: S101 - what fails is served until then
    code = "domain.failing-unproved" if report.leads_unproved else "domain.failing"
    return Message(code, {"name": name, "until": decision.grace_until.isoformat()})
