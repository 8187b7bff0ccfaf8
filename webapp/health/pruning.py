"""What is no longer needed is dropped, a little at a time, so that nothing waits for it."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Delete, and_, delete, false, func, or_, select

from webapp.extensions import db
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.jobs.clock import is_of_the_future
from webapp.jobs.writing import begin_writing
from webapp.models import Check, CheckReport, CheckStatus, IdempotentAnswer, LLMClientCustomDomain

#: How many of its newest checks every domain keeps, however old they are.
KEPT_CHECKS = 20
#: How many ends of runs of equal verdicts it keeps besides; an answer that comes and goes is not kept for ever.
KEPT_ENDS = 200
#: Rows that are deleted in one transaction; SQLite lets nobody else write meanwhile.
AT_ONCE = 1000
#: Longer than any transaction of a turn, each of which extends it. That of a worker that was killed is over then.
TURN_LEASE = timedelta(minutes=30)
#: How much later than the turn before it may be, by what is dropped. A clock that leapt by years would empty the
#: history at once, and nothing brings that back. Installations that stood still catch up by a day each day.
LONGEST_STEP = timedelta(days=2)
#: How long the API answers the same request alike.
ANSWERS_KEPT = timedelta(hours=24)


def prune_broker(path: Path) -> int:
    """Delete the delivered messages of the queue's SQLite file, which kombu never does. How many it were."""
    if not path.exists():
        return 0
    deleted = 0
    # Each statement is a transaction of its own.
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kombu_message'").fetchone():
            return 0
        statement = (
            "DELETE FROM kombu_message WHERE id IN (SELECT id FROM kombu_message WHERE visible = 0 LIMIT ?)"
        )
        while count := connection.execute(statement, (AT_ONCE,)).rowcount:
            deleted += count
    return deleted


def prune_answers(before: datetime) -> int:
    """Drop some answers of the API that are given again no more; how many it were."""
    old = (
        select(IdempotentAnswer.id).where(IdempotentAnswer.claimed_at < before - ANSWERS_KEPT).limit(AT_ONCE)
    )
    return _deleted(delete(IdempotentAnswer).where(IdempotentAnswer.id.in_(old)))


@dataclass(frozen=True)
class Old:
    """Some checks in the order of their ids, as far as they are old: the last of them, and whose they are."""

    up_to: int
    domain_ids: list[int]


def domains_with_old_checks(before: datetime, after_id: int, limit: int = AT_ONCE) -> Old | None:
    """The next checks after this id, read by it; None when no old one follows.

    What a clock that was ahead has written is passed over: it would stop the pass for as long.
    """
    rows = db.session.execute(
        select(Check.id, Check.custom_domain_id, Check.created_at)
        .where(Check.id > after_id)
        .order_by(Check.id)
        .limit(limit)
    ).all()
    now = clock.now()
    gone = [row for row in rows if row.created_at < before or is_of_the_future(row.created_at, now)]
    return Old(gone[-1].id, sorted({row.custom_domain_id for row in gone})) if gone else None


def prune_checks(old: Old, before: datetime) -> int:
    """Drop the checks of these domains from before `before`, but for the newest and for the first and the last of
    each run of equal verdicts: what was news stays, and until when it was so, for the newest `KEPT_ENDS` of them.

    Only what is up to the id of `old` is looked at, so that a domain's checks of today are not read for that.
    `drop_reports` follows, in a transaction of its own: it takes the locks of domains, which workers take before
    those of checks.
    """
    begin_writing()
    newest = (
        select(Check.id)
        .where(Check.custom_domain_id == LLMClientCustomDomain.id)
        .order_by(Check.id.desc())
        .offset(KEPT_CHECKS - 1)
        .limit(1)
        .scalar_subquery()
    )
    # Once for each domain, whatever the planner knows of the tables: it would take it anew for each check.
    domains = (
        select(LLMClientCustomDomain.id, newest.label("newest"))
        .where(LLMClientCustomDomain.id.in_(old.domain_ids))
        .cte("domains")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    domain = Check.custom_domain_id
    before_it = func.lag(Check.verdict).over(partition_by=domain, order_by=Check.id)
    after_it = func.lead(Check.verdict).over(partition_by=domain, order_by=Check.id)
    same = func.coalesce(and_(Check.verdict == before_it, Check.verdict == after_it), false())
    may_go = and_(Check.status == CheckStatus.DONE, Check.created_at < before)
    ranked = (
        select(Check.id, same.label("repeated"), domain.label("domain_id"), may_go.label("may_go"))
        .add_columns(domains.c.newest)
        .join(domains, domains.c.id == domain)
        .where(Check.id <= old.up_to)
        .subquery()
    )
    within = func.row_number().over(
        partition_by=(ranked.c.domain_id, ranked.c.repeated), order_by=ranked.c.id.desc()
    )
    past = (
        select(ranked.c.id, ranked.c.repeated, ranked.c.may_go, within.label("end"))
        .where(ranked.c.id < ranked.c.newest)
        .subquery()
    )
    old_ones = select(past.c.id).where(or_(past.c.repeated, past.c.end > KEPT_ENDS), past.c.may_go)
    ids = db.session.scalars(old_ones).all()
    # By their ids: a database that knows little of the table would compare each of its rows with each of these.
    parts = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
    return sum(_deleted(delete(Check).where(Check.id.in_(part))) for part in parts)


def drop_reports(domain_ids: list[int]) -> None:
    """Drop the reports of these domains that no check points to any more.

    A worker may be about to let a check point to one of them, which it does under the lock of the domain.
    """
    begin_writing()
    shown = select(Check.id).where(
        Check.custom_domain_id == CheckReport.custom_domain_id, Check.report_id == CheckReport.id
    )
    unused = ~shown.exists(), CheckReport.custom_domain_id.in_(domain_ids)
    owners = db.session.scalars(select(CheckReport.custom_domain_id).where(*unused).distinct()).all()
    if not owners:
        return
    domain_id = LLMClientCustomDomain.id
    db.session.execute(select(domain_id).where(domain_id.in_(owners)).order_by(domain_id).with_for_update())
    _deleted(delete(CheckReport).where(*unused, CheckReport.custom_domain_id.in_(owners)))


def _deleted(statement: Delete) -> int:
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


class LostError(Exception):
    """Another prune has taken the turn, because this one was silent for longer than `TURN_LEASE`."""


@dataclass
class Turn:
    """One run of all of this: it is the only one, and knows how far those before have come. `now` is the time by
    which rows are old.
    """

    now: datetime
    _holder: str
    _facts: dict[str, Any]

    @classmethod
    def take(cls) -> Self | None:
        """None while another prune runs. It is taken when the caller has committed."""
        now, holder = clock.now(), secrets.token_hex(8)

        def change(facts: dict[str, Any]) -> dict[str, Any]:
            if _is_held(facts, now):
                return facts
            return facts | {
                "holder": holder,
                "held_until": (now + TURN_LEASE).isoformat(),
                "now": _believed(facts, now).isoformat(),
            }

        facts = status.change_facts(Component.RETENTION, change)
        if facts.get("holder") != holder:
            return None
        return cls(datetime.fromisoformat(facts["now"]), holder, facts)

    def known(self, what: str) -> Any:
        """What an earlier turn has noted, None for nothing."""
        return self._facts.get(what)

    def note(self, **facts: object) -> None:
        """Goes with the transaction. Raises `LostError`."""
        self._change(facts | {"held_until": (clock.now() + TURN_LEASE).isoformat()})

    def end(self) -> None:
        self._change({"holder": None, "held_until": None})

    def _change(self, new: dict[str, object]) -> None:
        def change(facts: dict[str, Any]) -> dict[str, Any]:
            if facts.get("holder") != self._holder:
                raise LostError
            return facts | new

        self._facts = status.change_facts(Component.RETENTION, change)


def _is_held(facts: dict[str, Any], now: datetime) -> bool:
    """What a clock that was ahead has written holds nobody up."""
    until = facts.get("held_until")
    return until is not None and now < datetime.fromisoformat(until) <= now + TURN_LEASE + clock.SKEW


def _believed(facts: dict[str, Any], now: datetime) -> datetime:
    last = facts.get("now")
    return now if last is None else min(now, datetime.fromisoformat(last) + LONGEST_STEP)
