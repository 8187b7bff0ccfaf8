"""A claim that DNS proves while another account holds the name: begun, kept, ended, and the move itself.

Callers hold the rows of all claims on the name (`locks.lock_claims`) and the lock of the name, so that nothing of
them changes until the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update

from webapp.audit import history
from webapp.audit.log import SYSTEM, note
from webapp.dns.judgement.report import Report
from webapp.domains.lifecycle import Transition, TransitionKind, change_state
from webapp.domains.rules import transitions
from webapp.extensions import db
from webapp.jobs import together
from webapp.models import Check, DomainState, EventKind, LLMClientCustomDomain, Message
from webapp.models.check import IS_OPEN
from webapp.moves import evidence
from webapp.moves.rule import Readings, Step, kept_since, may_move
from webapp.zones import findings
from webapp.zones.findings import FindingKind

#: How soon the same people are told of a contest again: whoever proves a claim and takes it back must not flood them.
SAME_CONTEST = timedelta(hours=1)
#: How long after the holder's next check the contest is decided.
_AFTER_THE_HOLDER = timedelta(seconds=30)
_CONTESTS, _CONTESTED = "claim.contests", "claim.contested"


@dataclass(frozen=True)
class Settled:
    """`told`: the contest has just begun, and the holder's people were told so."""

    step: Step
    told: bool

    def rest(self, confirmation: timedelta) -> timedelta | None:
        """How long after its last check the holder is to be checked again; None when its own schedule does that."""
        if self.step in {Step.WAIT, Step.UNCONFIRMED, Step.MOVE}:
            return None
        if self.told:
            return timedelta(0)
        return confirmation / 10 if self.step in {Step.BEGIN, Step.ASK} else confirmation


def settle(
    domain: LLMClientCustomDomain,
    other: LLMClientCustomDomain,
    report: Report,
    now: datetime,
    confirmation: timedelta,
    *,
    moving: bool = True,
) -> Settled:
    """What follows for the claim, which this report proves, on the name that `other` holds. After `Step.MOVE` the
    name is free, unless `moving` is False.
    """
    db.session.flush()
    db.session.refresh(other, with_for_update=True)
    proof = Readings(report.checked_at, now)
    before = None if _has_another_holder(domain, other) else domain.contests_since
    step = may_move(before, proof, evidence.holder_of(other, confirmation), confirmation)
    domain.contests_since = since = kept_since(before, proof)
    told = False
    if step is Step.BEGIN:
        _tell(domain, EventKind.CLAIM_LOST, _CONTESTS, since + confirmation, now)
        told = _tell(other, EventKind.CLAIM_CONTESTED, _CONTESTED, since + confirmation, now)
    _report(domain, other, since + confirmation, now)
    if step is Step.MOVE and moving:
        _move(domain, other, since, now)
    return Settled(step, told)


def _has_another_holder(domain: LLMClientCustomDomain, other: LLMClientCustomDomain) -> bool:
    """Whether the name came to `other` after the contest had begun. Its people were not warned then."""
    known = findings.open_about(FindingKind.CONTEST, domain.id)
    return known is not None and known.message is not None and known.message.params["holder"] != other.id


def _tell(
    domain: LLMClientCustomDomain, kind: EventKind, code: str, decides_at: datetime, now: datetime
) -> bool:
    """Record the event, from which a notification follows for the holder, unless the same one was recorded a while
    ago. It does not tell whose the other claim is.
    """
    if history.count_of(domain, code, since=now - SAME_CONTEST):
        return False
    note(domain, kind, Message(code, {"name": domain.domain_name, "from": decides_at.isoformat()}))
    return True


def _report(
    domain: LLMClientCustomDomain, other: LLMClientCustomDomain, decides_at: datetime, now: datetime
) -> None:
    params = {
        "name": domain.domain_name,
        "account": domain.account.number,
        "other_account": other.account.number,
        "holder": other.id,
        "from": decides_at.isoformat(),
    }
    findings.report(FindingKind.CONTEST, Message("finding.contest", params), now, domain_id=domain.id)


def _move(
    domain: LLMClientCustomDomain, other: LLMClientCustomDomain, since: datetime, now: datetime
) -> None:
    """Take the name from the claim that holds it. The caller lets `domain` be verified in the same transaction."""
    other.grace_until = None
    told = {"name": domain.domain_name}
    change_state(other, DomainState.LAPSED, now, SYSTEM, Message(evidence.MOVED_AWAY, told))
    other.contrary_since = None
    other.check_attempt, other.next_check_at = 0, now + transitions.pending_pause(0)
    # For staff, who read both accounts. No document of an event has its evidence.
    behind = {"former": other.id, "since": since.isoformat(), "verdict": other.verdict}
    note(domain, EventKind.CLAIM_MOVED, Message("claim.moved", told), evidence=behind)
    # The unique index of verified names must see the former claim go first.
    db.session.flush()


def is_over(domain: LLMClientCustomDomain, report: Report) -> bool:
    """Whether this report ends the contest: it proves the claim no longer. What could not be asked ends nothing."""
    return domain.contests_since is not None and not report.verified and not report.transient


def end(domain: LLMClientCustomDomain, now: datetime) -> None:
    if domain.contests_since is not None:
        domain.contests_since = None
        together.send(_close, domain.id, (domain.id, now))


def _close(rows: Sequence[tuple[int, datetime]]) -> None:
    now = max(now for _, now in rows)
    findings.resolve_domains([FindingKind.CONTEST], [domain_id for domain_id, _ in rows], now)


def next_check_at(
    domain: LLMClientCustomDomain, usual: datetime | None, now: datetime, confirmation: timedelta
) -> datetime | None:
    """When the next check of the claim comes: if it contests its name, the one that may decide, else `usual`."""
    since = domain.contests_since
    if since is None or usual is None:
        return usual
    if now < since + confirmation:
        return since + confirmation
    asked = _holder_asked_at(domain, now)
    return usual if asked is None else min(usual, max(asked + _AFTER_THE_HOLDER, now + confirmation / 10))


def _holder_asked_at(domain: LLMClientCustomDomain, now: datetime) -> datetime | None:
    """When the holder is checked next; None without a holder."""
    row = LLMClientCustomDomain
    others = row.domain_name == domain.domain_name, row.account_id != domain.account_id
    under_way = exists().where(Check.custom_domain_id == row.id, IS_OPEN)
    found = db.session.execute(
        select(row.next_check_at, under_way).where(*others, row.is_verified).limit(1)
    ).one_or_none()
    if found is None:
        return None
    return now if found[1] or found[0] is None else max(found[0], now)


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """A contest ends when the claim is served, given up or removed, and when staff suspend either side."""
    if transition.kind is TransitionKind.SUSPENDED:
        _end_all(domain, transition.now)
    elif transition.kind is TransitionKind.STATE:
        end(domain, transition.now)


def _end_all(domain: LLMClientCustomDomain, now: datetime) -> None:
    """End all contests on the name."""
    row = LLMClientCustomDomain
    ended = db.session.scalars(
        update(row)
        .where(row.domain_name == domain.domain_name, row.contests_since.is_not(None))
        .values(contests_since=None)
        .returning(row.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    findings.resolve_domains([FindingKind.CONTEST], ended, now)
