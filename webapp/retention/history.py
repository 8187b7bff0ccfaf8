"""How long the history is kept, and what was said of it: events, notifications, e-mails and messages to endpoints.

Their ids go up with time. So each pass begins where the last one has ended and ends where the rows are young. What
waits to be sent stays, however old, and so does what decides whether something is told again. That is looked at again
every `AGAIN`: a pass that did so each day would read more and more rows, and drop none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.orm import aliased

from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.jobs.clock import is_of_the_future
from webapp.jobs.writing import begin_writing
from webapp.models import Email, EmailState, Event, Notification, WebhookDelivery, WebhookMessage
from webapp.models.notification import email_notifications

#: Rows that are looked at in one transaction.
AT_ONCE = 1000
#: When a pass begins at the lowest id once more.
AGAIN = timedelta(days=30)
#: For how long nobody is told again of the same problem of a certificate: that of `notifications.rules`, which
#: this room cannot import.
SAME_TROUBLE = timedelta(days=7)

Model = type[Event] | type[Notification] | type[Email] | type[WebhookMessage]


@dataclass(frozen=True)
class Kind:
    """One table, for how long its rows are kept, and which of them may go then."""

    name: str
    model: Model
    days: Callable[[Settings], float]
    may_go: Callable[[], Sequence[ColumnElement[bool]]]


def _settled_notifications() -> Sequence[ColumnElement[bool]]:
    """The newest of each kind stays: by it the rules know that the domain's people have been told."""
    newer = aliased(Notification)
    same = newer.custom_domain_id == Notification.custom_domain_id, newer.kind == Notification.kind
    settled = Notification.sent_at.is_not(None) | Notification.cancelled_at.is_not(None)
    return settled, exists().where(*same, newer.id > Notification.id)


def _settled_emails() -> Sequence[ColumnElement[bool]]:
    """An e-mail stays while somebody has still to be told of what it says: it is how we know who was."""
    unsettled = and_(Notification.sent_at.is_(None), Notification.cancelled_at.is_(None))
    link = email_notifications.c
    waits = exists().where(link.letter_id == Email.id, link.mail_id == Notification.id, unsettled)
    return Email.state != EmailState.WAITING, ~waits


def _settled_messages() -> Sequence[ColumnElement[bool]]:
    """With a message go its deliveries and their attempts."""
    waits = exists().where(
        WebhookDelivery.message_id == WebhookMessage.id, WebhookDelivery.next_attempt_at.is_not(None)
    )
    return (~waits,)


def _days_of_notifications(settings: Settings) -> float:
    """However short the setting is, not shorter than the times in which nothing is told twice: the same problem of a
    certificate, and a wrong answer while the domain is pending.
    """
    told_once = max(SAME_TROUBLE / timedelta(days=1), settings.pending_days)
    return max(settings.notification_history_days, told_once)


KINDS = (
    Kind("events", Event, lambda settings: settings.event_history_days, tuple),
    Kind("emails", Email, lambda settings: settings.email_history_days, _settled_emails),
    Kind("webhooks", WebhookMessage, lambda settings: settings.webhook_history_days, _settled_messages),
    Kind("notifications", Notification, _days_of_notifications, _settled_notifications),
)


def prune(kind: Kind, now: datetime, settings: Settings, after_id: int) -> tuple[int, int | None]:
    """Drop what may go of the next rows after this id: how many, and the id to go on after, None at the end."""
    begin_writing()
    model: Any = kind.model
    before = now - timedelta(days=kind.days(settings))
    rows = db.session.execute(
        select(model.id, model.created_at).where(model.id > after_id).order_by(model.id).limit(AT_ONCE)
    ).all()
    # What a clock that was ahead has written is passed over: it would stop the pass for as long.
    gone = [row.id for row in rows if row.created_at < before or is_of_the_future(row.created_at, now)]
    if not gone:
        return 0, None
    within = model.id > after_id, model.id <= gone[-1], model.created_at < before
    done = db.session.execute(
        delete(model).where(*within, *kind.may_go()).execution_options(synchronize_session=False)
    )
    return int(done.rowcount), gone[-1]  # type: ignore[attr-defined]
