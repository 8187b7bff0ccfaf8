"""E-mails about transfers. Every task may run twice without harm."""

from __future__ import annotations

from functools import partial

import structlog
from celery import shared_task
from flask import current_app, render_template
from flask_mailman import EmailMultiAlternatives

from webapp.abuse import stranger_mail
from webapp.auth.links import NEVER, signed
from webapp.extensions import db, settings
from webapp.jobs import clock
from webapp.notifications.delivery import MailConnection
from webapp.notifications.parcels import ServerTrouble
from webapp.runtime.public_url import own_address
from webapp.transfers import telling
from webapp.transfers.telling import Told

log = structlog.get_logger(__name__)


@shared_task
def tell_due() -> None:
    """Send the e-mails of all transfers that are due."""
    transfer_ids = telling.due(clock.now())
    db.session.commit()
    for transfer_id in transfer_ids:
        tell(transfer_id)


@shared_task
def tell(transfer_id: int) -> None:
    """Send the e-mails of one transfer. The lease is committed before the mail server is asked."""
    claimed = telling.claim(transfer_id, clock.now(), settings())
    db.session.commit()
    if claimed is None:
        return
    lease, emails = claimed
    trouble = False
    with MailConnection() as connection:
        for email in emails:
            if email.by_stranger and not stranger_mail.may_write(email.address):
                continue
            outcome = connection.deliver(partial(_message, email, connection.raw))
            log.info("transfer.email", transfer_id=transfer_id, outcome=type(outcome).__name__)
            trouble = isinstance(outcome, ServerTrouble)
            if trouble:
                break
    telling.settle(transfer_id, lease, clock.now(), again=trouble)
    db.session.commit()


def _message(email: Told, connection: object) -> EmailMultiAlternatives:
    """The URL map is bound here, because a worker has no request, which `url_for` would need."""
    routes, here = current_app.url_map.bind(""), own_address(settings())
    link = here + routes.build("transfers.index")
    never = here + routes.build("invitations.never", {"token": signed(NEVER, email.address)})
    facts = {"email": email, "link": link, "never": never if email.by_stranger else None}
    return EmailMultiAlternatives(
        subject=email.subject,
        body=render_template("transfers/email.txt", **facts),
        to=[email.address],
        headers={"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"},
        connection=connection,
    )
