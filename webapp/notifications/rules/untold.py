"""Notifications that nobody was told yet: added, released, and cancelled, for one domain or for many together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, update

from webapp.extensions import db
from webapp.jobs import together
from webapp.jobs.upsert import insert
from webapp.models import LLMClientCustomDomain, Message, Notification, NotificationKind
from webapp.models.base import current_request_id

_Kinds = tuple[NotificationKind, ...]
What = TypeVar("What")


@dataclass(frozen=True)
class News:
    """A notification before it is stored. `occasion` tells it from others of its kind; a reminder's is when due."""

    kind: NotificationKind
    occasion: datetime
    message: Message


def tell(domain: LLMClientCustomDomain, news: News, send_after: datetime) -> None:
    """Add the notification to the outbox, unless the same one (domain, kind, occasion) was added before."""
    together.flush()
    values = {
        "account_id": domain.account_id,
        "custom_domain_id": domain.id,
        "kind": news.kind,
        "occasion": news.occasion,
        "message_code": news.message.code,
        "message_params": dict(news.message.params),
        "send_after": send_after,
        "request_id": current_request_id(),
    }
    together.send(_add, domain.id, values)


def _add(rows: Sequence[dict[str, Any]]) -> None:
    same = ["custom_domain_id", "kind", "occasion"]
    db.session.execute(insert(Notification).on_conflict_do_nothing(index_elements=same), [*rows])


def release(domain: LLMClientCustomDomain, kind: NotificationKind, now: datetime) -> None:
    """Let a notification that still waits be sent with the next one."""
    together.send(_release, domain.id, (domain.id, kind, now))


def _release(rows: Sequence[tuple[int, NotificationKind, datetime]]) -> None:
    for (kind, now), domain_ids in _alike(rows).items():
        waits = _untold(domain_ids, (kind,)), Notification.send_after > now
        db.session.execute(update(Notification).where(*waits).values(send_after=now))


def cancel(domain: LLMClientCustomDomain, kinds: Sequence[NotificationKind], now: datetime) -> None:
    """Cancel what nobody was told yet."""
    together.send(_cancel, domain.id, (domain.id, tuple(kinds), now))


def _cancel(rows: Sequence[tuple[int, _Kinds, datetime]]) -> None:
    for (kinds, now), domain_ids in _alike(rows).items():
        cancel_of(domain_ids, kinds, now)


def cancel_of(domain_ids: Sequence[int], kinds: Sequence[NotificationKind], now: datetime) -> int:
    """As `cancel`, at once. Returns how many notifications that were."""
    cancelled = update(Notification).where(_untold(domain_ids, kinds)).values(cancelled_at=now)
    return len(db.session.scalars(cancelled.returning(Notification.id)).all())


def _alike(rows: Sequence[tuple[int, What, datetime]]) -> dict[tuple[What, datetime], list[int]]:
    """The ids of domains by what is to be changed, and when: one statement does for all that are alike."""
    found: dict[tuple[What, datetime], list[int]] = {}
    for domain_id, what, now in rows:
        found.setdefault((what, now), []).append(domain_id)
    return found


def _untold(domain_ids: Sequence[int], kinds: Sequence[NotificationKind]) -> ColumnElement[bool]:
    return and_(
        Notification.custom_domain_id.in_(domain_ids),
        Notification.kind.in_(kinds),
        Notification.sent_at.is_(None),
        Notification.cancelled_at.is_(None),
    )
