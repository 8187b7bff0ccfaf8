"""What is due: checks to open, checks that got lost, pending names to expire. Rows decide, the queue only wakes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text, update

from webapp.audit.log import SYSTEM
from webapp.checks import queries as check_queries
from webapp.domains.lifecycle import change_state
from webapp.extensions import db
from webapp.jobs import double_check
from webapp.jobs.upsert import insert
from webapp.models import Check, CheckOrigin, CheckStatus, DomainState, LLMClientCustomDomain, Message


def open_due(now: datetime, limit: int = 5000) -> list[int]:
    """Open a waiting check for every domain whose time has come, and return their ids.

    Recording a check sets the time of the next; the time set here is for a check that is never recorded. Nothing is
    opened while `limit` checks wait: more of them would not be done sooner, and make every query of the queue slower.
    """
    room = limit - check_queries.waiting_checks(limit)
    due = check_queries.due_for_check(now, room) if room > 0 else []
    if not due:
        return []
    opened = db.session.scalars(
        insert(Check)
        .values([_waiting(domain_id, now) for domain_id in due])
        .on_conflict_do_nothing(index_elements=["custom_domain_id"], index_where=text("status <> 'done'"))
        .returning(Check.id)
    ).all()
    db.session.execute(
        update(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id.in_(due))
        .values(next_check_at=now + check_queries.SCHEDULE.lease)
    )
    return list(opened)


def _waiting(domain_id: int, now: datetime) -> dict[str, object]:
    return {
        "custom_domain_id": domain_id,
        "origin": CheckOrigin.SCHEDULE,
        "status": CheckStatus.WAITING,
        "lease_until": now + check_queries.QUEUE_LEASE,
        "created_at": now,
        "updated_at": now,
    }


def queue_again(now: datetime, limit: int = 5000) -> list[int]:
    """Let checks wait again whose message was lost or whose worker was killed, and return their ids."""
    found = db.session.scalars(
        update(Check)
        .where(Check.id.in_(check_queries.unattended_checks(now, limit)))
        .values(status=CheckStatus.WAITING, lease_until=now + check_queries.QUEUE_LEASE)
        .returning(Check.id)
        .execution_options(synchronize_session="fetch")
    )
    return sorted(found)


def expire_pending(now: datetime, days: int, limit: int = 200) -> None:
    """Expire names that were not verified within `days`. Their zones and name servers stay; Verify resumes them.

    Two sweeps must agree: one sweep whose clock jumped would otherwise expire every pending name.
    """
    for domain in double_check.found_twice(DomainState.PENDING, now - timedelta(days=days), now, limit):
        said = Message("domain.expired", {"name": domain.domain_name, "days": days})
        change_state(domain, DomainState.EXPIRED, now, SYSTEM, said)
        domain.next_check_at = None
    db.session.flush()
