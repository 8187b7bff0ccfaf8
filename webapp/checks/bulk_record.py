"""Recording many checks at once: with set-based statements where a report changes nothing, together where it changes
something of its domain, and one by one where that cannot be.

Almost no report changes anything, except when a platform moves its customers here, or a DNS provider fails that has
many of the names. What follows from each is found out once, see `webapp.checks.outcome.consequences`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload, selectinload

from webapp.checks import faults, record
from webapp.checks.outcome import alarm
from webapp.checks.outcome.consequences import READ, consequences, next_check_at
from webapp.checks.record import Work
from webapp.dns import methods
from webapp.dns.judgement.report import Report
from webapp.domains.contests import may_be_refused
from webapp.domains.locks import lock_names
from webapp.domains.rules import transitions
from webapp.extensions import db, settings
from webapp.jobs.together import together
from webapp.jobs.writing import begin_writing
from webapp.models import LLMClientCustomDomain
from webapp.runtime.request_ids import following

log = structlog.get_logger(__name__)

_Lease = tuple[int, datetime]
Done = tuple[Work, Report]
_DOMAIN: Any = LLMClientCustomDomain.__table__


def record_reports(done: Sequence[Done], now: datetime) -> list[bool]:
    """Record all reports in one transaction; the result of `record.finish_check` for each, in their order.

    A report that cannot be recorded for a fault of ours is logged, and the check is recorded as broken off. Otherwise
    it would undo the recording of the others, now and at every later attempt.
    """
    domains = _lock(done)
    held = _held([work for work, _ in done])
    mine = [one for one in done if _lease_of(one[0]) in held]
    periods = transitions.Periods.of(settings())
    found = [_Found(one, domains[one[0].domain_id], now, periods) for one in mine]
    # All at once, and before any is verified: two batches that prove the same names for two accounts would otherwise
    # wait for each other.
    lock_names(each.work.expectation.host for each in found if each.after.proved)
    quiet = [each for each in found if each.after.quiet and each.by_its_method]
    recorded = _finish_quiet(quiet, now)
    changed = [each for each in found if each not in quiet]
    recorded |= _finish_changed(changed, now, periods)
    # In the order of their names, so that two batches of a release that knows no lock of names do not wait for each
    # other at the unique index of verified names.
    for each in sorted(changed, key=lambda each: each.work.expectation.host):
        if each.work.check_id not in recorded and _finish_one(each, now):
            recorded.add(each.work.check_id)
    told = [(work.domain_id, report) for work, report in mine if work.check_id in recorded]
    faults.note(told, now)
    return [_lease_of(work) in held and work.check_id in recorded for work, _ in done]


def _lock(done: Sequence[Done]) -> dict[int, Row[Any]]:
    """Lock the domains' rows until the commit, and read them. With one that is proved, so are all claims on its name,
    because one of them may lose the name to it.

    The update makes SQLite take its one write lock before anything is read. PostgreSQL locks the rows in the order of
    their ids, and before their checks, so that two batches never wait for each other.
    """
    begin_writing()
    domain_ids = [work.domain_id for work, _ in done]
    record.lock_rivals(done)
    columns = [_DOMAIN.c[name] for name in ("id", *READ)]
    query = select(*columns).where(_DOMAIN.c.id.in_(domain_ids)).order_by(_DOMAIN.c.id).with_for_update()
    return {row.id: row for row in db.session.execute(query)}


def _held(works: Sequence[Work]) -> set[_Lease]:
    """Those that are still held, until the commit.

    A worker that stood still, with its machine, may have taken one of its own checks anew before the first run of it
    ended, and then has two reports of one check.
    """
    ids: dict[datetime, list[int]] = {}
    for work in works:
        ids.setdefault(work.lease_until, []).append(work.check_id)
    return {(which, lease) for lease, some in ids.items() for which in record.still_held(some, lease)}


def _lease_of(work: Work) -> _Lease:
    return work.check_id, work.lease_until


class _Found:
    """A finished check with what follows from its report."""

    def __init__(self, done: Done, row: Row[Any], now: datetime, periods: transitions.Periods) -> None:
        self.work, self.report = done
        self._row, self._periods = row, periods
        self.after = consequences(row, self.report, now, periods)

    @property
    def by_its_method(self) -> bool:
        """False when the report is by a method that the domain changes to, or does not have any more."""
        return bool(self._row.method == self.report.method)

    def domain_values(self, now: datetime) -> dict[str, Any]:
        attempt = self._row.check_attempt
        due = next_check_at(self.after, self.report, attempt, now, self._periods)
        kept = {"history": self.after.history, "delegations": self.after.delegations}
        return {"which": self.work.domain_id, "due": due, **kept}


def _finish_quiet(quiet: Sequence[_Found], now: datetime) -> set[int]:
    """Finish these checks and set the next ones; their ids."""
    if quiet:
        _write(quiet, now)
    return {each.work.check_id for each in quiet}


def _write(quiet: Sequence[_Found], now: datetime) -> None:
    record.end_checks([(each.work, each.report) for each in quiet], now, quiet=True)
    db.session.execute(
        update(_DOMAIN)
        .where(_DOMAIN.c.id == bindparam("which"))
        .values(
            last_checked_at=now,
            next_check_at=bindparam("due"),
            check_history=bindparam("history"),
            known_delegations=bindparam("delegations"),
            check_attempt=_DOMAIN.c.check_attempt + 1,
            version=_DOMAIN.c.version + 1,
        ),
        [each.domain_values(now) for each in quiet],
    )


def _finish_changed(changed: Sequence[_Found], now: datetime, periods: transitions.Periods) -> set[int]:
    """Finish those of these checks that can be together; their ids. The domains, and the names of those that are
    proved, are locked.

    All others are to be finished one by one: one whose claim may be refused, one that begins or ends an alarm, and
    all of them if a fault of one has taken back the others.
    """
    if not changed:
        return set()
    try:
        with db.session.begin_nested():
            return _finish_together(changed, now, periods)
    except OperationalError:
        raise  # the database is gone, for all of them
    except Exception:
        log.warning("checks.not_recorded_together", checks=len(changed), exc_info=True)
        return set()


def _finish_together(changed: Sequence[_Found], now: datetime, periods: transitions.Periods) -> set[int]:
    domains = _load([each.work.domain_id for each in changed])
    able = [each for each in changed if _is_able(domains[each.work.domain_id], each)]
    refusable = may_be_refused([domains[each.work.domain_id] for each in able if each.after.proved])
    mine = [each for each in able if each.work.domain_id not in refusable]
    if not mine:
        return set()
    record.end_checks([(each.work, each.report) for each in mine], now)
    with together():
        for each in mine:
            with following(each.work.request_id):
                domain = domains[each.work.domain_id]
                record.follow(domain, each.report, each.after, now, periods, enter=record.enter_unasked)
    return {each.work.check_id for each in mine}


def _load(domain_ids: Sequence[int]) -> dict[int, LLMClientCustomDomain]:
    """The domains with all that a change of state reads, in one statement for each table."""
    row = LLMClientCustomDomain
    query = (
        select(row)
        .where(row.id.in_(domain_ids))
        .options(joinedload(row.account), selectinload(row.zones), selectinload(row.llm_client))
        .options(selectinload(row.certificates), selectinload(row.dns_records))
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in db.session.scalars(query)}


def _is_able(domain: LLMClientCustomDomain, found: _Found) -> bool:
    after = found.after
    began_as_proved = after.proved and found.work.expectation.proved
    return (
        found.by_its_method
        and not after.suspended
        and not began_as_proved
        and after.alarm == alarm.of(domain)
    )


def _finish_one(found: _Found, now: datetime) -> bool:
    """Finish one check in a savepoint, so that a fault does not undo the others."""
    work, report = found.work, found.report
    with following(work.request_id):
        try:
            with db.session.begin_nested():
                return record.finish_check(work, report, now, found.after if found.by_its_method else None)
        except OperationalError:
            raise  # the database is gone, for all of them
        except Exception:
            log.exception("check.not_recorded", check_id=work.check_id, host=work.expectation.host)
            return _break_off(work, report, now)


def _break_off(work: Work, report: Report, now: datetime) -> bool:
    """Record that the check ended with a fault of ours; unrecorded it would be taken again and again.

    The result is False, as nothing of the report was recorded. If even this fails, the check stays until its lease
    ends.
    """
    if faults.is_fault(report):
        return False
    broken_off = methods.broken_off(work.expectation, now)
    try:
        with db.session.begin_nested():
            if record.finish_check(work, broken_off, now):
                faults.note([(work.domain_id, broken_off)], now)
    except OperationalError:
        raise
    except Exception:
        log.exception("check.not_broken_off", check_id=work.check_id, host=work.expectation.host)
    return False
