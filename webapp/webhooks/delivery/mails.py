"""E-mails about an endpoint that fails or was switched off, to the owners of its account, or to staff."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import current_app, render_template
from flask_mailman import EmailMultiAlternatives
from sqlalchemy import select

from webapp.extensions import db, mail, settings
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


def claim(endpoint_id: int, now: datetime) -> Letter | None:
    lease = JOB.claim(endpoint_id, now)
    if lease is None:
        return None
    endpoint = db.session.get_one(WebhookEndpoint, endpoint_id, populate_existing=True)
    subject, paragraphs = words(endpoint, now)
    return Letter(
        endpoint_id, lease, endpoint.mail_kind or "", _people(endpoint), subject, paragraphs, _link(endpoint)
    )


def words(endpoint: WebhookEndpoint, now: datetime) -> tuple[str, Sequence[str]]:
    """The subject and the paragraphs."""
    url, since = without_query(endpoint.url), said_clock(endpoint.failing_since or now)
    if endpoint.mail_kind != SWITCHED_OFF:
        return f"Action needed: the webhook endpoint {url} fails", (
            f"Since {since} no message to {url} has been taken.",
            "We go on trying. After five days without success we switch the endpoint off.",
            "Its page shows what was sent and what came back.",
        )
    why = "it answered 410 Gone" if endpoint.off_reason is OffReason.GONE else f"it has failed since {since}"
    return f"Switched off: the webhook endpoint {url}", (
        f"The webhook endpoint {url} was switched off, because {why}.",
        "Nothing is sent to it any more, and what waited was dropped. Switch it on again on its page once it works.",
    )


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
    """Whether the mail server took it. What is sent again after that was not has been sent to some already."""
    facts = {"letter": letter}
    try:
        for address in letter.to:
            EmailMultiAlternatives(
                subject=letter.subject,
                body=render_template("mail/webhook.txt", **facts),
                to=[address],
                alternatives=[(render_template("mail/webhook.html", **facts), "text/html")],
                headers={"Auto-Submitted": "auto-generated"},
                connection=mail.get_connection(),
            ).send()
    except (smtplib.SMTPException, OSError) as err:
        log.warning("webhook.mail", endpoint_id=letter.endpoint_id, reason=str(err))
        return False
    return True


def record(letter: Letter, *, taken: bool) -> None:
    """What was not taken is due again when the lease ends."""
    endpoint = db.session.get(
        WebhookEndpoint, letter.endpoint_id, populate_existing=True, with_for_update=True
    )
    if taken and endpoint is not None and endpoint.mail_due_at == letter.lease:
        endpoint.mail_due_at = endpoint.mail_kind = None
        db.session.flush()
