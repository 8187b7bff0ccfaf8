"""E-mails about an endpoint that fails or was switched off, to the owners of its account, or to staff."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial
from typing import Any

import structlog
from flask import current_app, render_template
from flask_mailman import EmailMultiAlternatives
from sqlalchemy import select

from webapp.extensions import db, settings
from webapp.jobs.leases import Job
from webapp.messages.formatting import clock as said_clock
from webapp.models import (
    STAFF_ROLE,
    Membership,
    MembershipRole,
    OffReason,
    Role,
    User,
    WebhookEndpoint,
)
from webapp.notifications.delivery import MailConnection
from webapp.notifications.parcels import ServerTrouble
from webapp.runtime.public_url import own_address
from webapp.webhooks.delivery.queue import SWITCHED_OFF
from webapp.webhooks.endpoints import without_query

log = structlog.get_logger(__name__)

JOB = Job(
    WebhookEndpoint.id,
    WebhookEndpoint.mail_due_at,
    lease=timedelta(minutes=5),
    longest=lambda: timedelta(minutes=5),
)


@dataclass(frozen=True)
class Letter:
    """An e-mail that this worker has claimed until `lease`."""

    endpoint_id: int
    lease: datetime
    kind: str
    to: Sequence[str]
    subject: str
    paragraphs: Sequence[str]
    link: str
    why: str


def claim(endpoint_id: int, now: datetime) -> Letter | None:
    lease = JOB.claim(endpoint_id, now)
    if lease is None:
        return None
    endpoint = db.session.get_one(WebhookEndpoint, endpoint_id, populate_existing=True)
    subject, paragraphs = words(endpoint, now)
    kind, people, link = endpoint.mail_kind or "", _people(endpoint), _link(endpoint)
    return Letter(endpoint_id, lease, kind, people, subject, paragraphs, link, why(endpoint))


def words(endpoint: WebhookEndpoint, now: datetime) -> tuple[str, Sequence[str]]:
    """The subject and the paragraphs."""
    url, since = without_query(endpoint.url), said_clock(endpoint.failing_since or now)
    if endpoint.mail_kind != SWITCHED_OFF:
        return f"Action needed: messages to {url} fail", (
            f"Your webhook endpoint {url} has taken no message of ours since {since}.",
            "Have whoever runs it look at its page, which shows what was sent and what came back.",
            "We go on trying; after five days without success we switch it off.",
        )
    why = "it answered 410 Gone" if endpoint.off_reason is OffReason.GONE else f"it has failed since {since}"
    return f"Switched off: no more messages to {url}", (
        f"The webhook endpoint {url} was switched off, because {why}.",
        "Switch it on again on its page once it works. Nothing is sent to it meanwhile, and what waited was dropped.",
    )


def why(endpoint: WebhookEndpoint) -> str:
    if endpoint.account_id is None:
        return "You get this because you are staff of this platform. Such e-mails end when the endpoint is deleted."
    return "You get this because you own the account of the endpoint. Such e-mails end when it is deleted."


def _people(endpoint: WebhookEndpoint) -> Sequence[str]:
    active = User.active, User.confirmed_at.is_not(None)
    if endpoint.account_id is None:
        query = select(User.email).where(User.roles.any(Role.name == STAFF_ROLE), *active)
    else:
        mine = Membership.account_id == endpoint.account_id, Membership.role == MembershipRole.OWNER
        query = select(User.email).join(Membership, Membership.user_id == User.id).where(*mine, *active)
    return db.session.scalars(query.order_by(User.id)).all()


def _link(endpoint: WebhookEndpoint) -> str:
    """The URL map is bound here, because a worker has no request."""
    routes = current_app.url_map.bind("")
    name = "webhooks.show" if endpoint.account_id is not None else "staff_webhooks.show"
    return own_address(settings()) + routes.build(name, {"endpoint_id": endpoint.id})


def send(letter: Letter) -> bool:
    """Whether this is done: not while the mail server takes nothing at all. A mailbox that it refuses keeps nobody
    else from being told, and does not have the others told again. What is sent again after all has the same
    Message-ID.
    """
    with MailConnection() as connection:
        for address in letter.to:
            outcome = connection.deliver(partial(message, letter, address, connection.raw))
            if isinstance(outcome, ServerTrouble):
                log.warning("webhook.mail", endpoint_id=letter.endpoint_id, **outcome.problem.params)
                return False
            log.info("webhook.mail", endpoint_id=letter.endpoint_id, outcome=type(outcome).__name__)
    return True


def message(letter: Letter, address: str, connection: Any = None) -> EmailMultiAlternatives:
    facts = {"letter": letter}
    return EmailMultiAlternatives(
        subject=letter.subject,
        body=render_template("mail/webhook.txt", **facts),
        to=[address],
        alternatives=[(render_template("mail/webhook.html", **facts), "text/html")],
        headers={"Message-ID": _message_id(letter, address), "Auto-Submitted": "auto-generated"},
        connection=connection,
    )


def _message_id(letter: Letter, address: str) -> str:
    host = parseaddr(settings().mail_from)[1].rpartition("@")[2] or "localhost"
    said = "\n".join([letter.kind, letter.subject, *letter.paragraphs, address])
    which = hashlib.sha256(said.encode()).hexdigest()[:24]
    return f"<{settings().installation_id}.webhook.{letter.endpoint_id}.{which}@{host}>"


def record(letter: Letter, *, taken: bool) -> None:
    """What was not taken is due again when the lease ends."""
    endpoint = db.session.get(
        WebhookEndpoint, letter.endpoint_id, populate_existing=True, with_for_update=True
    )
    if taken and endpoint is not None and endpoint.mail_due_at == letter.lease:
        endpoint.mail_due_at = endpoint.mail_kind = None
        db.session.flush()
