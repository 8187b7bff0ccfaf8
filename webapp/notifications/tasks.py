"""Background work for what people are told. Every task takes row ids and may be run twice."""

from __future__ import annotations

import structlog
from celery import shared_task

from webapp.extensions import db, settings
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.notifications import outbox, reminders
from webapp.notifications.delivery import MailConnection

log = structlog.get_logger(__name__)


@shared_task
def send_mail() -> None:
    """Tell people what there is to tell. Each e-mail is committed before the next one is begun."""
    now = clock.now()
    reminders.remind(now)
    db.session.commit()
    outbox.write_emails(now, settings())
    email_ids = [] if outbox.rests(now) else outbox.due(now)
    db.session.commit()
    with MailConnection() as connection:
        for email_id in email_ids:
            if not _send(email_id, connection):
                return


def _send(email_id: int, connection: MailConnection) -> bool:
    """False when there is no use in trying another."""
    parcel = outbox.claim(email_id, clock.now(), settings())
    db.session.commit()
    if parcel is None:
        return True
    outcome = connection.send(parcel)
    outbox.record(parcel, outcome, clock.now())
    status.note(Component.MAIL, outbox.health_of(outcome))
    db.session.commit()
    log.info(
        "mail.email",
        email_id=email_id,
        domain_id=parcel.domain_id,
        outcome=type(outcome).__name__,
        request_ids=parcel.request_ids,
    )
    return not isinstance(outcome, outbox.ServerTrouble)
