"""The life of a check: taken by one worker, and recorded once whatever happens to that worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, update
from sqlalchemy.exc import IntegrityError

from webapp.dns.delegation import DelegationReport, Expectation, Verdict
from webapp.domains import policy, queries
from webapp.domains.actors import SYSTEM, note
from webapp.domains.services import QUEUE_LEASE, change_state, open_new_check
from webapp.extensions import db, settings
from webapp.models import (
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    ZoneState,
)

#: Longer than any check may take, so that a lease that is over means a worker that is gone.
WORK_LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Work:
    """A check that this worker holds until `lease_until`."""

    check_id: int
    lease_until: datetime
    expectation: Expectation


def take(check_id: int, now: datetime) -> Work | None:
    """Make the check this worker's, unless it is done or another's: compare-and-set on status and lease."""
    lease = now + WORK_LEASE
    free = or_(
        Check.status == CheckStatus.WAITING,
        and_(Check.status == CheckStatus.RUNNING, Check.lease_until <= now),
    )
    taken = db.session.execute(
        update(Check)
        .where(Check.id == check_id, free)
        .values(status=CheckStatus.RUNNING, lease_until=lease, started_at=now)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        return None
    check = db.session.get_one(Check, check_id, populate_existing=True)
    return Work(check_id, lease, expectation_of(check.custom_domain))


def expectation_of(domain: LLMClientCustomDomain) -> Expectation:
    """The record set that the page tells people to type, and that the check looks for: one and the same."""
    zone = queries.current_zone(domain)
    if zone is None:
        return Expectation(host=domain.domain_name, name_servers=(), zone_in_sync=False)
    return Expectation(
        host=domain.domain_name,
        name_servers=tuple(zone.name_servers),
        former_name_servers=queries.former_name_servers(domain.domain_name, zone),
        zone_in_sync=zone.state is ZoneState.READY,
        inconsistent_since=domain.inconsistent_since,
    )


def record(work: Work, report: DelegationReport, now: datetime) -> bool:
    """Finish the check and let the domain follow. False when the lease was lost: then another has recorded it."""
    finished = db.session.execute(
        update(Check)
        .where(
            Check.id == work.check_id,
            Check.status == CheckStatus.RUNNING,
            Check.lease_until == work.lease_until,
        )
        .values(
            status=CheckStatus.DONE,
            finished_at=now,
            verdict=report.verdict.value,
            report=report.to_dict(),
            lease_until=None,
        )
    )
    if not finished.rowcount:  # type: ignore[attr-defined]
        return False
    check = db.session.get_one(Check, work.check_id, populate_existing=True)
    domain = db.session.get_one(
        LLMClientCustomDomain, check.custom_domain_id, populate_existing=True, with_for_update=True
    )
    _follow(domain, report, now)
    db.session.flush()
    return True


def _follow(domain: LLMClientCustomDomain, report: DelegationReport, now: datetime) -> None:
    domain.last_checked_at = now
    _note_new_verdict(domain, report)
    if not report.transient:
        domain.verdict = report.verdict.value
    domain.inconsistent_since = (
        (domain.inconsistent_since or now) if report.verdict is Verdict.PARENT_INCONSISTENT else None
    )
    standing = policy.Standing(domain.state, domain.created_at, domain.contrary_since, domain.grace_until)
    periods = policy.Periods.of(settings())
    decision = policy.decide(standing, report.verdict, now, periods)
    if decision.state is not domain.state and not _enter(domain, decision, report, now):
        decision = policy.Decision(domain.state, None, None)
    domain.contrary_since, domain.grace_until = decision.contrary_since, decision.grace_until
    wait = policy.pause(decision, report.verdict, domain.check_attempt, periods)
    domain.check_attempt += 1
    domain.next_check_at = now + wait if wait is not None else None


def _note_new_verdict(domain: LLMClientCustomDomain, report: DelegationReport) -> None:
    if not report.transient and report.verdict.value != domain.verdict:
        evidence = {"verdict": report.verdict.value, "found": list(report.found)}
        note(domain, EventKind.VERDICT_CHANGED, report.message, evidence=evidence)


_SENTENCES = {
    DomainState.VERIFIED: "{name} is verified: {parent} delegates it to exactly our four name servers.",
    DomainState.FAILING: "{name} no longer leads to us. It is still served until {until}.",
    DomainState.LAPSED: "{name} is no longer served, because it did not lead back to us in time.",
}


def _enter(
    domain: LLMClientCustomDomain, decision: policy.Decision, report: DelegationReport, now: datetime
) -> bool:
    """Change the state; False when another account's claim on the name is verified, which the index decides."""
    until = f"{decision.grace_until:%d %B %Y, %H:%M} UTC" if decision.grace_until else ""
    sentence = _SENTENCES[decision.state].format(
        name=domain.domain_name, parent=report.parent_zone, until=until
    )
    evidence: dict[str, object] = {"verdict": report.verdict.value}
    try:
        with db.session.begin_nested():
            change_state(domain, decision.state, now, SYSTEM, sentence, evidence=evidence)
    except IntegrityError as err:
        if domain.conflict(err) is err:
            raise
        db.session.refresh(domain)
        domain.last_checked_at, domain.verdict = now, report.verdict.value
        note(
            domain,
            EventKind.CLAIM_LOST,
            f"The records for {domain.domain_name} are right, but the name is connected to another account. "
            "If you control it, contact us.",
        )
        return False
    return True


def schedule_due(now: datetime, limit: int = 200) -> list[int]:
    """Open checks for the domains whose time has come. The next time is set when the check is recorded; until
    then the open check itself keeps the domain from being scheduled twice.
    """
    opened = []
    for domain in queries.due_for_check(now, limit):
        domain.next_check_at = now + WORK_LEASE + QUEUE_LEASE
        opened.append(open_new_check(domain, CheckOrigin.SCHEDULE, now).check.id)
    db.session.flush()
    return opened


def queue_again(now: datetime, limit: int = 200) -> list[int]:
    """Checks whose message was lost or whose worker was killed, with a new lease for the queue."""
    found = []
    for check in queries.unattended_checks(now, limit):
        if check.status is CheckStatus.RUNNING:
            check.status = CheckStatus.WAITING
        check.lease_until = now + QUEUE_LEASE
        found.append(check.id)
    db.session.flush()
    return found


def expire_pending(now: datetime, days: int, limit: int = 200) -> None:
    """Stop looking for names that were never proved. Their zones and values stay, and resume on a press."""
    for domain in queries.outlived_pending(now - timedelta(days=days), limit):
        sentence = f"We stopped looking for the records of {domain.domain_name} after {days} days."
        change_state(domain, DomainState.EXPIRED, now, SYSTEM, sentence)
        domain.next_check_at = None
    db.session.flush()
