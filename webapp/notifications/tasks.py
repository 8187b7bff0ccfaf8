"""Background work for notifications. Every task may run twice without harm."""

from __future__ import annotations

import structlog
from celery import shared_task

from webapp.extensions import db, settings
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.notifications import outbox
from webapp.notifications.delivery import MailConnection
from webapp.notifications.parcels import ServerTrouble
from webapp.notifications.rules import reminders

log = structlog.get_logger(__name__)


@shared_task
def send_mail() -> None:
    """Send the e-mails that are due. Each one is committed before the next is begun."""
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
    """Send one e-mail. False when the mail server is in trouble, so that the next one would fail as well."""
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
    return not isinstance(outcome, ServerTrouble)
